"""The simulated batch orchestrator and result aggregator keep the contract's word."""

import pytest

from sandbox.upstreams.records import BatchState, Essay
from tests.service.sandbox.world import INSIDE, MARIA, World

REGISTRATION = {"user_id": "teacher-maria", "org_id": "b", "expected_essay_count": 2, "course_code": "ENG5"}


async def test_registering_creates_a_batch_of_the_caller(world: World) -> None:
    """202 with the batch's id, the request's correlation id and the word registered."""
    correlation_id = "3f0c1f8e-5d0a-4d6b-9c1e-2b7a8f6d4e11"

    answer = await world.bos.post(
        "/v1/batches/register", json=REGISTRATION, headers={**MARIA, "X-Correlation-ID": correlation_id}
    )

    body = await answer.get_json()
    assert answer.status_code == 202
    assert (body["status"], body["correlation_id"]) == ("registered", correlation_id)
    assert world.platform.batches[body["batch_id"]].user_id == "teacher-maria"


async def test_identity_headers_are_decoded_when_they_say_they_are_encoded(world: World) -> None:
    """A user id beyond ASCII travels percent-encoded and arrives as it was."""
    headers = {"X-User-ID": "l%C3%A4rare-%C3%A5sa", "X-Identity-Encoding": "url"}

    answer = await world.bos.post(
        "/v1/batches/register", json={**REGISTRATION, "user_id": "lärare-åsa"}, headers=headers
    )

    assert answer.status_code == 202


async def test_a_request_without_identity_is_refused(world: World) -> None:
    """No X-User-ID, no service."""
    answer = await world.bos.post("/v1/batches/register", json=REGISTRATION)

    assert answer.status_code == 401


async def test_somebody_elses_batch_is_403_in_the_platforms_format(world: World) -> None:
    """Ownership is the upstream's to enforce, and its owner stays unnamed."""
    batch = world.batch(user_id="teacher-erik")

    answer = await world.bos.patch(
        f"/v1/batches/{batch.batch_id}/prompt", json={"student_prompt_ref": "p"}, headers=MARIA
    )

    assert answer.status_code == 403
    assert (await answer.get_json())["error"]["code"] == "AUTHORIZATION_ERROR"
    assert b"erik" not in await answer.get_data(as_text=False)


@pytest.mark.parametrize(
    ("outcome", "status", "allowed"),
    [
        ("allowed", 200, True),
        ("not_allowed", 200, False),
        ("insufficient_credits", 402, False),
        ("rate_limit", 429, False),
    ],
)
async def test_preflight_outcomes_can_be_forced(world: World, outcome: str, status: int, *, allowed: bool) -> None:
    """Each outcome of the contract can be had, once."""
    batch = world.batch()
    path = f"/internal/v1/batches/{batch.batch_id}/pipelines/nlp/preflight"
    await world.bos.put("/_sandbox/preflight", json={"outcome": outcome})

    forced = await world.bos.post(path, headers={**MARIA, **INSIDE})
    next_one = await world.bos.post(path, headers={**MARIA, **INSIDE})

    assert (forced.status_code, (await forced.get_json())["allowed"]) == (status, allowed)
    assert next_one.status_code == 200


async def test_a_user_without_credits_is_denied_with_figures_and_told(world: World) -> None:
    """402 says what it costs and what is left; the teacher hears of it too."""
    batch = world.batch()
    world.platform.credits["teacher-maria"] = 1

    answer = await world.bos.post(
        f"/internal/v1/batches/{batch.batch_id}/pipelines/cj_assessment/preflight", headers={**MARIA, **INSIDE}
    )

    body = await answer.get_json()
    assert answer.status_code == 402
    assert (body["required_credits"], body["available_credits"]) == (2, 1)
    assert world.notifier.types == ["pipeline_denied_insufficient_credits"]


async def test_preflight_of_an_unknown_batch_or_pipeline_is_404(world: World) -> None:
    """Both are RESOURCE_NOT_FOUND."""
    batch = world.batch()

    no_batch = await world.bos.post("/internal/v1/batches/none/pipelines/nlp/preflight", headers={**MARIA, **INSIDE})
    no_pipeline = await world.bos.post(
        f"/internal/v1/batches/{batch.batch_id}/pipelines/sing/preflight", headers={**MARIA, **INSIDE}
    )

    assert (no_batch.status_code, no_pipeline.status_code) == (404, 404)


@pytest.mark.parametrize("headers", [{}, {"X-Internal-API-Key": "wrong", "X-Service-ID": "x"}])
async def test_internal_routes_ask_for_the_key(world: World, headers: dict[str, str]) -> None:
    """Without the platform's key internal routes are closed."""
    batch = world.batch()

    answer = await world.ras.get(f"/internal/v1/batches/{batch.batch_id}/status", headers=headers)

    assert answer.status_code == 401
    assert (await answer.get_json())["error"]["code"] == "INVALID_API_KEY"


async def test_the_status_body_is_the_contracts(world: World) -> None:
    """Every field the contract names is there, in the orchestrator's own words."""
    batch = world.batch(state=BatchState.PROCESSING)
    essay = Essay(filename="a.txt", size_bytes=1, content_hash="00")
    batch.essays[essay.file_upload_id] = essay

    answer = await world.ras.get(f"/internal/v1/batches/{batch.batch_id}/status", headers=INSIDE)

    body = await answer.get_json()
    assert (body["overall_status"], body["user_id"]) == ("processing_pipelines", "teacher-maria")
    assert set(body) >= {"assignment_id", "essay_count", "completed_essay_count", "failed_essay_count", "current_phase"}
    assert body["essays"][0]["filename"] == "a.txt"


async def test_the_list_takes_every_status_it_is_asked_for(world: World) -> None:
    """Repeated status= are alternatives; others' batches are never among them."""
    processing = world.batch(state=BatchState.PROCESSING)
    waiting = world.batch(state=BatchState.AWAITING_STUDENT_VALIDATION)
    world.batch(state=BatchState.READY)
    world.batch(state=BatchState.PROCESSING, user_id="teacher-erik")

    answer = await world.ras.get(
        "/internal/v1/batches/user/teacher-maria"
        "?status=processing&status=processing_pipelines&status=awaiting_student_validation&limit=10",
        headers=INSIDE,
    )

    body = await answer.get_json()
    assert {batch["batch_id"] for batch in body["batches"]} == {processing.batch_id, waiting.batch_id}
    assert body["pagination"] == {"limit": 10, "offset": 0, "total": 2}


async def test_the_dashboard_shows_its_own_words_and_pages(world: World) -> None:
    """The BFF maps statuses, counts all and returns a page."""
    world.batch(state=BatchState.PROCESSING)
    world.batch(state=BatchState.READY)

    answer = await world.bff.get("/bff/v1/teacher/dashboard?limit=1&offset=1", headers=MARIA)

    body = await answer.get_json()
    assert [batch["status"] for batch in body["batches"]] == ["processing"]
    assert (body["total_count"], body["limit"], body["offset"]) == (2, 1, 1)
