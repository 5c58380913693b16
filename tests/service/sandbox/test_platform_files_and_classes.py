"""The simulated file service and class management answer as the platform's own do."""

import io
from uuid import uuid4

import pytest
from quart.datastructures import FileStorage

from sandbox.upstreams.records import Batch, BatchState, Student
from tests.service.sandbox.world import ERIK, MARIA, World

ESSAY = b"Once upon a time there was a school by a lake."
ELLA = {"person_name": {"first_name": "Ella", "last_name": "Berg"}}


async def upload(world: World, batch: Batch, name: str = "ella.txt", content: bytes = ESSAY) -> tuple[int, object]:
    """Hand a file in as Maria; return status and body."""
    answer = await world.files.post(
        "/v1/files/batch",
        form={"batch_id": batch.batch_id},
        files={"files": FileStorage(io.BytesIO(content), filename=name)},
        headers=MARIA,
    )
    return answer.status_code, await answer.get_json()


async def test_an_upload_is_answered_202_with_three_members(world: World) -> None:
    """Message, batch and correlation id; a batch without a class is ready then, and the teacher is told."""
    batch = world.batch()

    status, body = await upload(world, batch)

    assert status == 202
    assert isinstance(body, dict)
    assert set(body) == {"message", "batch_id", "correlation_id"}
    assert batch.state is BatchState.READY
    assert world.notifier.types == ["batch_files_uploaded"]


EMPTY_INPUT = (
    b'--X\r\nContent-Disposition: form-data; name="files"; filename="a.txt"\r\n\r\n%b\r\n'
    b'--X\r\nContent-Disposition: form-data; name="files"; filename=""\r\n'
    b"Content-Type: application/octet-stream\r\n\r\n\r\n--X--\r\n"
) % ESSAY


async def test_a_file_input_that_was_left_empty_is_skipped(world: World) -> None:
    """It becomes no essay, sound or not."""
    batch = world.batch(expected_essay_count=2)
    headers = {**MARIA, "Content-Type": "multipart/form-data; boundary=X"}

    answer = await world.files.post(f"/v1/files/batch/{batch.batch_id}/files", data=EMPTY_INPUT, headers=headers)
    body = await answer.get_json()

    assert (answer.status_code, body["added_files"]) == (202, 1)
    assert [essay.filename for essay in batch.essays.values()] == ["a.txt"]


async def test_an_unsound_file_is_202_and_told_later(world: World) -> None:
    """The service looks at it only after it has answered."""
    batch = world.batch()

    status, _ = await upload(world, batch, "b.pdf", b"no pdf at all")

    assert status == 202
    assert world.notifier.types == ["batch_validation_failed"]
    assert batch.state is BatchState.AWAITING_CONTENT_VALIDATION


@pytest.mark.parametrize(
    ("form", "text"),
    [
        ({}, "batch_id is required in form data."),
        ({"batch_id": "known"}, "No files provided in 'files' field."),
    ],
)
async def test_a_form_that_lacks_something_is_400(world: World, form: dict[str, str], text: str) -> None:
    """In shape C."""
    batch = world.batch(batch_id="known")

    answer = await world.files.post("/v1/files/batch", form=form, headers=MARIA)

    assert (answer.status_code, await answer.get_json()) == (400, {"error": text})
    assert batch.essays == {}


async def test_the_files_of_a_batch_whose_processing_began_are_locked(world: World) -> None:
    """409, for adding and removing alike, and for good."""
    running, finished = world.batch(state=BatchState.PROCESSING), world.batch(finished_phases={"spellcheck"})

    added = await upload(world, running)
    late = await upload(world, finished)
    removed = await world.files.delete(f"/v1/files/batch/{running.batch_id}/files/none", headers=MARIA)

    locked = {"error": "Batch is locked: SPELLCHECK_STARTED"}
    assert added == late == (409, locked)
    assert (removed.status_code, await removed.get_json()) == (409, locked)


async def test_a_removed_file_is_told_and_the_batch_waits_again(world: World) -> None:
    """The state says whether files can change."""
    batch = world.batch(state=BatchState.READY)
    essay = world.essay(batch)
    path = f"/v1/files/batch/{batch.batch_id}"

    removed = await world.files.delete(f"{path}/files/{essay.file_upload_id}", headers=MARIA)
    state = await (await world.files.get(f"{path}/state", headers=MARIA)).get_json()

    assert removed.status_code == 200
    assert (state["lock_status"]["locked"], batch.state) == (False, BatchState.AWAITING_CONTENT_VALIDATION)
    assert world.notifier.types == ["batch_file_removed"]


async def test_the_file_service_alone_decodes_the_user(world: World) -> None:
    """When the request says that the header is encoded."""
    batch = world.batch(user_id="lärare-åsa")
    path, encoded = f"/v1/files/batch/{batch.batch_id}/state", {"X-User-ID": "l%C3%A4rare-%C3%A5sa"}

    decoded = await world.files.get(path, headers={**encoded, "X-Identity-Encoding": "url"})
    plain = await world.files.get(path, headers=encoded)

    assert (decoded.status_code, plain.status_code) == (200, 403)


async def test_a_class_is_created_as_id_and_name_and_told(world: World) -> None:
    """201; the notification's correlation id is the class's id."""
    answer = await world.cms.post("/v1/classes/", json={"name": "8B", "course_codes": ["SV1"]}, headers=MARIA)

    body = await answer.get_json()
    assert answer.status_code == 201
    assert set(body) == {"id", "name"}
    assert world.notifier.types == ["class_created"]
    assert world.notifier.told[0].correlation_id == body["id"]


async def test_classes_are_listed_with_a_pagination_of_their_own(world: World) -> None:
    """The caller's alone; it counts what it returned, not what there is."""
    own = world.school_class(Student(first_name="Ella", last_name="Berg"))
    world.school_class(user_id="teacher-erik")

    body = await (await world.cms.get("/v1/classes/", headers=MARIA)).get_json()

    assert body["pagination"] == {"limit": 20, "offset": 0, "returned": 1}
    assert {key: body["classes"][0][key] for key in ("id", "name", "course_code", "student_count")} == {
        "id": own.class_id,
        "name": "8B",
        "course_code": "ENG5",
        "student_count": 1,
    }
    assert body["classes"][0]["created_at"]


async def test_whose_a_class_is_isnt_looked_at(world: World) -> None:
    """Another reads, changes and deletes it."""
    path = f"/v1/classes/{world.school_class().class_id}"

    read = await world.cms.get(path, headers=ERIK)
    changed = await world.cms.put(path, json={"name": "8C"}, headers=ERIK)
    deleted = await world.cms.delete(path, headers=ERIK)

    assert [read.status_code, changed.status_code, deleted.status_code] == [200, 200, 200]
    assert (await changed.get_json())["name"] == "8C"
    assert world.platform.classes == {}


async def test_a_pupil_is_added_to_classes(world: World) -> None:
    """201 with id and full name; the teacher is told."""
    school_class = world.school_class()

    answer = await world.cms.post(
        "/v1/classes/students", json={**ELLA, "class_ids": [school_class.class_id]}, headers=MARIA
    )

    body = await answer.get_json()
    student = await (await world.cms.get(f"/v1/classes/students/{body['id']}", headers=MARIA)).get_json()
    assert (answer.status_code, body["full_name"]) == (201, "Ella Berg")
    assert student["class_ids"] == [school_class.class_id]
    assert world.notifier.types == ["student_added_to_class"]


async def test_a_batch_of_a_class_goes_on_to_its_pupils_by_itself(world: World) -> None:
    """Once its essays are in."""
    batch = world.batch(class_id=world.school_class().class_id, expected_essay_count=2)

    await upload(world, batch)
    early = world.complete.qsize()
    await upload(world, batch)

    assert (early, world.complete.qsize()) == (0, 1)
    assert world.complete.get_nowait() is batch


async def test_whose_a_batch_is_isnt_looked_at_when_authors_are_confirmed(world: World) -> None:
    """Another reads the guesses and confirms them; the batch is ready then."""
    ella = Student(first_name="Ella", last_name="Berg")
    batch = world.batch(class_id=world.school_class(ella).class_id, state=BatchState.AWAITING_STUDENT_VALIDATION)
    essay = world.essay(batch, suggested_student_id=ella.student_id, suggested_at=batch.created_at)
    path = f"/v1/batches/{batch.batch_id}/student-associations"
    said = {"associations": [{"essay_id": essay.essay_id, "student_id": ella.student_id, "confirmed": True}]}

    suggested = await (await world.cms.get(path, headers=ERIK)).get_json()
    confirmed = await world.cms.post(f"{path}/confirm", json=said, headers=ERIK)

    assert [one["suggested_student_id"] for one in suggested["associations"]] == [ella.student_id]
    assert (confirmed.status_code, await confirmed.get_json()) == (
        200,
        {"status": "confirmed", "associations_confirmed": 1, "associations_rejected": 0},
    )
    assert (essay.confirmed_student_id, batch.state) == (ella.student_id, BatchState.READY)


async def test_the_confirmation_is_told_with_every_essay(world: World) -> None:
    """500 essays are about 78 KB."""
    school_class = world.school_class()
    batch = world.batch(class_id=school_class.class_id)
    said = [{"essay_id": str(uuid4()), "student_id": str(uuid4()), "confirmed": True} for _ in range(500)]

    await world.cms.post(
        f"/v1/batches/{batch.batch_id}/student-associations/confirm", json={"associations": said}, headers=MARIA
    )

    (told,) = world.notifier.told
    associations = told.payload["associations"]
    assert isinstance(associations, list)
    assert (told.type, len(associations)) == ("student_associations_confirmed", 500)
    assert 60_000 < len(str(told.row().envelope())) < 120_000
