"""The simulated services refuse in the platform's three shapes, and answer 500 to bad input, as its own do."""

from email.utils import parsedate_to_datetime

import pytest

from sandbox.upstreams.records import BatchState
from tests.service.sandbox.world import INSIDE, MARIA, World

PROMPT = {"student_prompt_ref": {"references": {"student_prompt_text": {"storage_id": "p1"}}}}


async def test_shape_a_is_the_bffs_alone(world: World) -> None:
    """Code, message, correlation id, service, time and details."""
    answer = await world.bff.get("/bff/v1/teacher/dashboard?limit=0", headers=MARIA)

    error = (await answer.get_json())["error"]
    assert answer.status_code == 400
    assert set(error) == {"code", "message", "correlation_id", "service", "timestamp", "details"}
    assert error["code"] == "VALIDATION_ERROR"


async def test_shape_b_is_an_error_detail_as_it_lies_in_memory(world: World) -> None:
    """Ten members, a filled stack trace among them; Quart writes the time as an HTTP date."""
    correlation_id = "3f0c1f8e-5d0a-4d6b-9c1e-2b7a8f6d4e11"

    answer = await world.cms.post(
        "/v1/classes/",
        json={"name": "8B", "course_codes": ["LATIN1"]},
        headers={**MARIA, "X-Correlation-ID": correlation_id},
    )

    error = (await answer.get_json())["error"]
    assert set(error) == {
        "error_code",
        "message",
        "correlation_id",
        "timestamp",
        "service",
        "operation",
        "details",
        "stack_trace",
        "trace_id",
        "span_id",
    }
    assert error["correlation_id"] == correlation_id
    assert error["stack_trace"].startswith("Traceback")
    assert parsedate_to_datetime(error["timestamp"]).tzinfo is not None


@pytest.mark.parametrize(
    ("path", "body", "code"),
    [
        ("/v1/classes/", {"name": "8B", "course_codes": ["LATIN1"]}, "COURSE_NOT_FOUND"),
        ("/v1/classes/", {"name": "8B", "course_codes": ["ENG5", "SV1"]}, "MULTIPLE_COURSE_ERROR"),
        (
            "/v1/classes/students",
            {
                "person_name": {"first_name": "Ella", "last_name": "Berg"},
                "class_ids": ["3f0c1f8e-5d0a-4d6b-9c1e-2b7a8f6d4e11"],
            },
            "CLASS_NOT_FOUND",
        ),
    ],
)
async def test_class_management_answers_400_where_it_should_be_404_or_409(
    world: World, path: str, body: dict[str, object], code: str
) -> None:
    """Only the code tells what is wrong."""
    answer = await world.cms.post(path, json=body, headers=MARIA)

    assert (answer.status_code, (await answer.get_json())["error"]["error_code"]) == (400, code)


async def test_more_than_one_course_is_said_in_words_a_teacher_needs(world: World) -> None:
    """The text names what is supported."""
    answer = await world.cms.post("/v1/classes/", json={"name": "8B", "course_codes": ["ENG5", "SV1"]}, headers=MARIA)

    assert "only one course per class is supported" in (await answer.get_json())["error"]["message"]


async def test_the_file_services_refusal_names_two_users(world: World) -> None:
    """Its details hold who owns the batch and who asked."""
    batch = world.batch(user_id="teacher-erik")

    answer = await world.files.get(f"/v1/files/batch/{batch.batch_id}/state", headers=MARIA)

    error = (await answer.get_json())["error"]
    assert (answer.status_code, error["error_code"]) == (403, "AUTHORIZATION_ERROR")
    assert error["details"] == {
        "batch_id": batch.batch_id,
        "batch_owner": "teacher-erik",
        "requested_user": "teacher-maria",
    }


async def test_shape_c_is_a_text(world: World) -> None:
    """Batch orchestrator, result aggregator, class management and file service use it; members may stand beside it."""
    unknown = "3f0c1f8e-5d0a-4d6b-9c1e-2b7a8f6d4e11"
    answers = [
        await world.bos.patch(f"/v1/batches/{unknown}/prompt", json=PROMPT, headers=MARIA),
        await world.bos.post(f"/internal/v1/batches/{unknown}/pipelines/nlp/preflight", headers=MARIA),
        await world.ras.get(f"/internal/v1/batches/{unknown}/status", headers=INSIDE),
        await world.cms.get(f"/v1/classes/{unknown}", headers=MARIA),
        await world.files.delete(f"/v1/files/batch/{unknown}/files/x", headers=MARIA),
    ]

    assert [(answer.status_code, await answer.get_json()) for answer in answers] == [
        (404, {"error": "Batch not found"}),
        (404, {"error": "Batch not found", "batch_id": unknown}),
        (404, {"error": "Batch not found"}),
        (404, {"error": "Class not found"}),
        (404, {"error": "Batch not found"}),
    ]


async def test_shape_c_lists_the_errors_of_fields(world: World) -> None:
    """As pydantic lists them: where, and what."""
    answer = await world.bos.post("/v1/batches/register", json={"user_id": "u", "course_code": "ENG5"}, headers=MARIA)

    body = await answer.get_json()
    assert (answer.status_code, body["error"]) == (400, "Validation Error")
    assert [(one["loc"], one["msg"]) for one in body["details"]] == [(["expected_essay_count"], "Field required")]


@pytest.mark.parametrize("state", [BatchState.PROCESSING, BatchState.COMPLETED_SUCCESSFULLY])
async def test_a_prompt_that_comes_too_late_is_409(world: World, state: BatchState) -> None:
    """The text says why."""
    batch = world.batch(state=state)

    answer = await world.bos.patch(f"/v1/batches/{batch.batch_id}/prompt", json=PROMPT, headers=MARIA)

    assert (answer.status_code, await answer.get_json()) == (409, {"error": "Batch not editable for prompt amendment"})


async def test_a_collection_without_its_slash_is_an_html_redirect_to_the_internal_address(world: World) -> None:
    """Quart's own 308; a class by its id takes no slash."""
    listed = await world.cms.get("/v1/classes", headers=MARIA)
    created = await world.cms.post("/v1/classes", json={}, headers=MARIA)
    one = await world.cms.get(f"/v1/classes/{world.school_class().class_id}/", headers=MARIA)

    assert (listed.status_code, created.status_code, one.status_code) == (308, 308, 404)
    assert listed.headers["Location"] == "http://localhost/v1/classes/"
    assert listed.content_type.startswith("text/html")


async def test_the_bff_answers_unknown_paths_as_fastapi_does(world: World) -> None:
    """A detail, no error."""
    answer = await world.bff.get("/bff/v1/teacher/nothing", headers=MARIA)

    assert (answer.status_code, await answer.get_json()) == (404, {"detail": "Not Found"})


@pytest.mark.parametrize("body", ["{}", "[]", "{", '{"name": "8B", "course_code": "ENG5"}'])
async def test_class_management_answers_500_to_bad_input(world: World, body: str) -> None:
    """Whatever is wrong with it."""
    headers = {**MARIA, "Content-Type": "application/json"}

    answer = await world.cms.post("/v1/classes/", data=body, headers=headers)

    assert (answer.status_code, await answer.get_json()) == (500, {"error": "Internal server error"})


async def test_essay_ids_of_another_number_are_500(world: World) -> None:
    """Absent they are fine."""
    order = {"user_id": "u", "course_code": "ENG5", "expected_essay_count": 2}

    answer = await world.bos.post("/v1/batches/register", json={**order, "essay_ids": ["e1"]}, headers=MARIA)
    absent = await world.bos.post("/v1/batches/register", json=order, headers=MARIA)

    assert (answer.status_code, await answer.get_json()) == (500, {"error": "Failed to register batch."})
    assert absent.status_code == 202


@pytest.mark.parametrize("phase", ["spellcheck", "student_matching"])
async def test_a_preflight_of_a_phase_that_is_no_pipeline_is_500(world: World, phase: str) -> None:
    """The batch conductor calls no pipeline so."""
    batch = world.batch()

    answer = await world.bos.post(f"/internal/v1/batches/{batch.batch_id}/pipelines/{phase}/preflight", headers=MARIA)

    assert (answer.status_code, (await answer.get_json())["error"]) == (500, "Preflight evaluation failed")


@pytest.mark.parametrize(("phase", "status"), [("cj_assessment", 500), ("ai_feedback", 500), ("nlp", 200)])
async def test_a_preflight_without_the_prompt_it_needs_is_500(world: World, phase: str, status: int) -> None:
    """After the batch orchestrator's own retries."""
    batch = world.batch(prompt_storage_id=None)

    answer = await world.bos.post(f"/internal/v1/batches/{batch.batch_id}/pipelines/{phase}/preflight", headers=MARIA)

    assert answer.status_code == status


@pytest.mark.parametrize("word", ["ready", "processing", "failed", "pending_content", "sing"])
async def test_a_status_that_the_aggregators_database_doesnt_know_is_500(world: World, word: str) -> None:
    """The dashboard's words aren't the database's."""
    answer = await world.ras.get(f"/internal/v1/batches/user/u?status={word}", headers=INSIDE)

    assert (answer.status_code, await answer.get_json()) == (500, {"error": "Internal server error"})


async def test_the_bff_answers_502_when_the_aggregator_fails(world: World) -> None:
    """In shape A."""
    answer = await world.bff.get("/bff/v1/teacher/dashboard?status=ready", headers=MARIA)

    assert (answer.status_code, (await answer.get_json())["error"]["code"]) == (502, "EXTERNAL_SERVICE_ERROR")


@pytest.mark.parametrize("headers", [{}, {"X-Internal-API-Key": "wrong", "X-Service-ID": "x"}])
async def test_the_aggregator_asks_for_the_internal_key(world: World, headers: dict[str, str]) -> None:
    """401 in shape C."""
    answer = await world.ras.get(f"/internal/v1/batches/{world.batch().batch_id}/status", headers=headers)

    assert (answer.status_code, list(await answer.get_json())) == (401, ["error"])


@pytest.mark.parametrize(
    ("service", "method", "path"),
    [
        ("bos", "PATCH", "/v1/batches/x/prompt"),
        ("files", "GET", "/v1/files/batch/x/state"),
        ("cms", "GET", "/v1/classes/"),
        ("cms", "GET", "/v1/batches/x/student-associations"),
    ],
)
async def test_a_request_without_a_user_is_401_in_shape_c(world: World, service: str, method: str, path: str) -> None:
    """The routes that want one say so alike."""
    answer = await world.status_without_user(service, method, path)

    assert answer == (401, {"error": "User authentication required"})
