"""The simulated file service and class management keep the contract's word."""

import io

from quart.datastructures import FileStorage

from sandbox.upstreams.records import BatchState, Essay, SchoolClass, Student
from tests.service.sandbox.world import MARIA, World

ESSAY = b"Once upon a time there was a school by a lake."


def file(name: str, content: bytes = ESSAY) -> FileStorage:
    """Return an uploaded file."""
    return FileStorage(io.BytesIO(content), filename=name)


async def test_a_complete_upload_makes_the_batch_ready_and_is_told(world: World) -> None:
    """201 with a receipt for the file, and a batch_files_uploaded notification."""
    batch = world.batch()

    answer = await world.files.post(
        "/v1/files/batch", form={"batch_id": batch.batch_id}, files={"files": file("ella.txt")}, headers=MARIA
    )

    body = await answer.get_json()
    assert answer.status_code == 201
    assert (body["files"][0]["filename"], body["files"][0]["size_bytes"]) == ("ella.txt", len(ESSAY))
    assert batch.state is BatchState.READY
    assert world.notifier.types == ["batch_files_uploaded"]


async def test_an_upload_of_which_nothing_can_be_read_is_refused(world: World) -> None:
    """400 with the file's own fault as code."""
    batch = world.batch()

    answer = await world.files.post(
        f"/v1/files/batch/{batch.batch_id}/files", files={"files": file("b.pdf", b"no pdf at all")}, headers=MARIA
    )

    assert answer.status_code == 400
    assert (await answer.get_json())["error"]["code"] == "TEXT_EXTRACTION_FAILED"


async def test_an_unsound_file_among_sound_ones_is_taken_with_a_warning(world: World) -> None:
    """202; the teacher hears which file was rejected."""
    batch = world.batch()
    part = '--b\r\nContent-Disposition: form-data; name="files"; filename="{}"\r\n\r\n{}\r\n'
    body = part.format("a.txt", ESSAY.decode()) + part.format("b.pdf", "no pdf at all") + "--b--\r\n"

    answer = await world.files.post(
        f"/v1/files/batch/{batch.batch_id}/files",
        data=body,
        headers={**MARIA, "Content-Type": "multipart/form-data; boundary=b"},
    )

    assert answer.status_code == 202
    assert [one["status"] for one in (await answer.get_json())["files"]] == ["accepted", "rejected"]
    assert world.notifier.types == ["batch_validation_failed", "batch_files_uploaded"]


async def test_files_of_a_batch_at_work_cant_be_changed(world: World) -> None:
    """409 while it is being processed, for adding and removing alike."""
    batch = world.batch(state=BatchState.PROCESSING)

    added = await world.files.post(
        f"/v1/files/batch/{batch.batch_id}/files", files={"files": file("a.txt")}, headers=MARIA
    )
    removed = await world.files.delete(f"/v1/files/batch/{batch.batch_id}/files/none", headers=MARIA)

    assert (added.status_code, removed.status_code) == (409, 409)


async def test_removing_a_file_is_told_and_shows_in_the_state(world: World) -> None:
    """The file is gone, and the batch waits for content again."""
    batch = world.batch(state=BatchState.READY)
    essay = Essay(filename="a.txt", size_bytes=1, content_hash="00")
    batch.essays[essay.file_upload_id] = essay

    await world.files.delete(f"/v1/files/batch/{batch.batch_id}/files/{essay.file_upload_id}", headers=MARIA)
    state = await (await world.files.get(f"/v1/files/batch/{batch.batch_id}/state", headers=MARIA)).get_json()

    assert (state["file_count"], state["status"]) == (0, "awaiting_content_validation")
    assert world.notifier.types == ["batch_file_removed"]


async def test_an_upload_to_somebody_elses_batch_is_403(world: World) -> None:
    """The upstream checks the owner."""
    batch = world.batch(user_id="teacher-erik")

    answer = await world.files.post(
        "/v1/files/batch", form={"batch_id": batch.batch_id}, files={"files": file("a.txt")}, headers=MARIA
    )

    assert answer.status_code == 403


async def test_a_class_and_its_pupils_can_be_made_changed_and_removed(world: World) -> None:
    """The whole life of a class; creating it and adding a pupil are told."""
    created = await world.cms.post("/v1/classes", json={"name": "8B", "course_code": "SV1"}, headers=MARIA)
    path = f"/v1/classes/{(await created.get_json())['class_id']}"
    pupil = await world.cms.post(f"{path}/students", json={"first_name": "Ella", "last_name": "Berg"}, headers=MARIA)

    renamed = await world.cms.patch(path, json={"name": "8C"}, headers=MARIA)
    removed = await world.cms.delete(path, headers=MARIA)
    gone = await world.cms.get(path, headers=MARIA)

    assert (created.status_code, pupil.status_code, removed.status_code) == (201, 201, 204)
    assert (await renamed.get_json())["name"] == "8C"
    assert (await gone.get_json())["error"]["code"] == "CLASS_NOT_FOUND"
    assert world.notifier.types == ["class_created", "student_added_to_class"]


async def test_somebody_elses_class_does_not_exist(world: World) -> None:
    """404 with the service's own code, as for any unknown class."""
    other = SchoolClass(user_id="teacher-erik", name="9A", course_code="SV1")
    world.platform.classes[other.class_id] = other

    answer = await world.cms.get(f"/v1/classes/{other.class_id}", headers=MARIA)

    assert answer.status_code == 404


async def test_the_teacher_confirms_who_wrote_what(world: World) -> None:
    """Her word wins over the guess; the batch is ready afterwards; nothing more can be confirmed."""
    ella, omar = Student(first_name="Ella", last_name="Berg"), Student(first_name="Omar", last_name="Haddad")
    school_class = SchoolClass(
        user_id="teacher-maria", name="8B", course_code="ENG5", students={one.student_id: one for one in (ella, omar)}
    )
    world.platform.classes[school_class.class_id] = school_class
    batch = world.batch(class_id=school_class.class_id, state=BatchState.AWAITING_STUDENT_VALIDATION)
    essay = Essay(filename="x.txt", size_bytes=1, content_hash="00", suggested_student_id=ella.student_id)
    batch.essays[essay.file_upload_id] = essay
    path = f"/v1/batches/{batch.batch_id}/student-associations"

    suggested = await (await world.cms.get(path, headers=MARIA)).get_json()
    said = {"associations": [{"essay_id": essay.essay_id, "student_id": omar.student_id}]}
    confirmed = await world.cms.post(f"{path}/confirm", json=said, headers=MARIA)
    again = await world.cms.post(f"{path}/confirm", json=said, headers=MARIA)

    assert suggested["associations"][0]["student_name"] == "Ella Berg"
    assert (confirmed.status_code, again.status_code) == (200, 409)
    assert essay.confirmed_student_id == omar.student_id
    assert batch.state is BatchState.READY
    assert world.notifier.types == ["student_associations_confirmed"]
