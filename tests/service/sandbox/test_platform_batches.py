"""The simulated batch orchestrator, result aggregator and BFF answer as the platform's own do: batches."""

from datetime import datetime, timedelta

import pytest

from sandbox.upstreams.records import BatchState, now
from tests.service.sandbox.world import ERIK, INSIDE, MARIA, World

ORDER = {"user_id": "teacher-maria", "org_id": "b", "expected_essay_count": 2, "course_code": "ENG5"}
PROMPT = {"references": {"student_prompt_text": {"storage_id": "p1", "path": "a/b"}}}
DASHBOARDS_WORDS = {
    "awaiting_content_validation": "pending_content",
    "awaiting_pipeline_configuration": "pending_content",
    "content_ingestion_failed": "failed",
    "ready_for_pipeline_execution": "ready",
    "processing_pipelines": "processing",
    "awaiting_student_validation": "processing",
    "student_validation_completed": "processing",
    "validation_timeout_processed": "processing",
    "completed_successfully": "completed_successfully",
    "completed_with_failures": "completed_with_failures",
    "failed_critically": "failed",
    "cancelled": "cancelled",
}


async def listed(world: World, query: str = "") -> dict[str, object]:
    """Return the result aggregator's list of Maria's batches."""
    answer = await world.ras.get(f"/internal/v1/batches/user/teacher-maria{query}", headers=INSIDE)
    body: dict[str, object] = await answer.get_json()
    return body


def ids_in(body: dict[str, object]) -> list[str]:
    """Return the ids of a list's batches, in order."""
    batches = body["batches"]
    assert isinstance(batches, list)
    return [batch["batch_id"] for batch in batches]


async def test_a_registration_is_answered_202_with_the_callers_correlation_id(world: World) -> None:
    """The owner is the body's user, whoever calls; nobody reads X-Org-ID."""
    correlation_id = "3f0c1f8e-5d0a-4d6b-9c1e-2b7a8f6d4e11"
    headers = {"X-Correlation-ID": correlation_id, "X-User-ID": "another", "X-Org-ID": "another"}

    answer = await world.bos.post("/v1/batches/register", json=ORDER, headers=headers)

    body = await answer.get_json()
    batch = world.platform.batches[body["batch_id"]]
    assert answer.status_code == 202
    assert (body["status"], body["correlation_id"]) == ("registered", correlation_id)
    assert (batch.user_id, batch.org_id) == ("teacher-maria", "b")


async def test_the_aggregator_knows_a_new_batch_only_once_kafka_told_it(world: World) -> None:
    """Until then its status is 400, and the list doesn't have it."""
    registered = await (await world.bos.post("/v1/batches/register", json=ORDER)).get_json()
    path = f"/internal/v1/batches/{registered['batch_id']}/status"

    early = await world.ras.get(path, headers=INSIDE)
    early_list = await listed(world)
    world.notifier.announced[0].known_to_aggregator = True
    late = await world.ras.get(path, headers=INSIDE)

    assert (early.status_code, await early.get_json()) == (400, {"error": "Invalid batch ID"})
    assert early_list["batches"] == []
    assert late.status_code == 200


async def test_the_list_reads_the_first_status_only(world: World) -> None:
    """One internal word; the total counts under the filter; others' batches are never among them."""
    processing = world.batch(state=BatchState.PROCESSING)
    world.batch(state=BatchState.AWAITING_STUDENT_VALIDATION)
    world.batch(state=BatchState.PROCESSING, user_id="teacher-erik")

    body = await listed(world, "?status=processing_pipelines&status=awaiting_student_validation&limit=10")

    assert ids_in(body) == [processing.batch_id]
    assert body["pagination"] == {"limit": 10, "offset": 0, "total": 1}


@pytest.mark.parametrize("word", DASHBOARDS_WORDS)
async def test_the_filter_knows_the_twelve_internal_words_and_answers_with_the_dashboards(
    world: World, word: str
) -> None:
    """In the list and in the status."""
    batch = world.batch(state=BatchState(word))

    body = await listed(world, f"?status={word}")
    status = await (await world.ras.get(f"/internal/v1/batches/{batch.batch_id}/status", headers=INSIDE)).get_json()

    assert [one["overall_status"] for one in body["batches"]] == [DASHBOARDS_WORDS[word]]  # type: ignore[attr-defined]
    assert status["overall_status"] == DASHBOARDS_WORDS[word]


def test_there_are_twelve_internal_words() -> None:
    """And no others."""
    assert sorted(DASHBOARDS_WORDS) == sorted(BatchState)


async def test_the_list_is_newest_first_and_pages(world: World) -> None:
    """By the time of creation."""
    made = [world.batch(created_at=now() + timedelta(minutes=age)).batch_id for age in (0, 2, 1)]

    whole, second = await listed(world), await listed(world, "?limit=1&offset=1")

    assert ids_in(whole) == [made[1], made[2], made[0]]
    assert (ids_in(second), second["pagination"]) == ([made[2]], {"limit": 1, "offset": 1, "total": 3})


async def test_times_have_no_zone(world: World) -> None:
    """The aggregator's, and so the BFF's."""
    batch = world.batch()
    status = await (await world.ras.get(f"/internal/v1/batches/{batch.batch_id}/status", headers=INSIDE)).get_json()
    dashboard = await (await world.bff.get("/bff/v1/teacher/dashboard", headers=MARIA)).get_json()

    times = [status["created_at"], status["last_updated"], dashboard["batches"][0]["created_at"]]
    assert [datetime.fromisoformat(time).tzinfo for time in times] == [None] * 3


async def test_the_status_body_is_the_contracts(world: World) -> None:
    """Every field that the contract names."""
    batch = world.batch()
    world.essay(batch)

    answer = await world.ras.get(f"/internal/v1/batches/{batch.batch_id}/status", headers=INSIDE)

    body = await answer.get_json()
    assert body["user_id"] == "teacher-maria"
    assert set(body) >= {"assignment_id", "essay_count", "completed_essay_count", "failed_essay_count", "current_phase"}
    assert body["essays"][0]["filename"] == "ella_berg.txt"


@pytest.mark.parametrize(
    ("state", "shown"),
    [
        (BatchState.AWAITING_CONTENT_VALIDATION, "pending_content"),
        (BatchState.READY, "pending_content"),
        (BatchState.PROCESSING, "pending_content"),
        (BatchState.CONTENT_INGESTION_FAILED, "pending_content"),
        (BatchState.COMPLETED_SUCCESSFULLY, "completed_successfully"),
        (BatchState.CANCELLED, "cancelled"),
    ],
)
async def test_the_bff_maps_the_status_once_more(world: World, state: BatchState, shown: str) -> None:
    """By the internal words, so that ready, processing and failed batches show as pending_content."""
    world.batch(state=state)

    body = await (await world.bff.get("/bff/v1/teacher/dashboard", headers=MARIA)).get_json()

    assert [batch["status"] for batch in body["batches"]] == [shown]
    assert (body["total_count"], body["limit"], body["offset"]) == (1, 20, 0)


@pytest.mark.parametrize(
    "wrong",
    [
        {"student_prompt_ref": "prompt-1"},
        {"student_prompt_ref": {"references": {"homework": {"storage_id": "p1"}}}},
        {"student_prompt_ref": {"references": {"student_prompt_text": {"storage_id": 1}}}},
        {"student_prompt_ref": {"references": {"student_prompt_text": "p1"}}},
        {"essay_ids": []},
        {"course_code": "LATIN1"},
        {"expected_essay_count": 0},
        {"assignment_id": "a" * 101},
        {"user_id": "u" * 256},
    ],
)
async def test_a_registration_that_cant_be_parsed_is_400(world: World, wrong: dict[str, object]) -> None:
    """A string is no reference, and content types are twelve."""
    answer = await world.bos.post("/v1/batches/register", json={**ORDER, **wrong})

    assert (answer.status_code, (await answer.get_json())["error"]) == (400, "Validation Error")


@pytest.mark.parametrize(
    ("reference", "storage_id"), [(PROMPT, "p1"), ({"references": {}}, None), ({"homework": "p1"}, None), (None, None)]
)
async def test_a_reference_without_a_prompt_parses_as_none(
    world: World, reference: object, storage_id: str | None
) -> None:
    """An object with other members refers to nothing."""
    answer = await world.bos.post("/v1/batches/register", json={**ORDER, "student_prompt_ref": reference})

    batch = world.platform.batches[(await answer.get_json())["batch_id"]]
    assert batch.prompt_storage_id == storage_id


async def test_the_prompt_route_takes_the_owners_prompt_alone(world: World) -> None:
    """Another's is 403, a reference to something else 400."""
    batch = world.batch(prompt_storage_id=None)
    path = f"/v1/batches/{batch.batch_id}/prompt"

    other = await world.bos.patch(path, json={"student_prompt_ref": PROMPT}, headers=ERIK)
    empty = await world.bos.patch(path, json={"student_prompt_ref": {"references": {}}}, headers=MARIA)
    own = await world.bos.patch(path, json={"student_prompt_ref": PROMPT}, headers=MARIA)

    assert (other.status_code, await other.get_json()) == (403, {"error": "Batch not owned by user"})
    assert (empty.status_code, await empty.get_json()) == (400, {"error": "Invalid student_prompt_ref"})
    assert (own.status_code, batch.prompt_storage_id) == (200, "p1")


async def test_the_prompt_route_doesnt_decode_the_user(world: World) -> None:
    """Åsa's own batch is another's to it."""
    batch = world.batch(user_id="lärare-åsa")
    headers = {"X-User-ID": "l%C3%A4rare-%C3%A5sa", "X-Identity-Encoding": "url"}

    answer = await world.bos.patch(
        f"/v1/batches/{batch.batch_id}/prompt", json={"student_prompt_ref": PROMPT}, headers=headers
    )

    assert answer.status_code == 403


async def test_a_preflight_doesnt_look_at_who_asks(world: World) -> None:
    """Another's batch may start, with all that the pipeline takes."""
    batch = world.batch()

    answer = await world.bos.post(
        f"/internal/v1/batches/{batch.batch_id}/pipelines/cj_assessment/preflight", headers=ERIK
    )

    body = await answer.get_json()
    assert (answer.status_code, body["allowed"]) == (200, True)
    assert (body["required_credits"], body["available_credits"]) == (2, 1000)
    assert body["resolved_pipeline"] == ["spellcheck", "nlp", "cj_assessment"]


@pytest.mark.parametrize(
    ("outcome", "status", "reason", "told"),
    [
        ("insufficient_credits", 402, "insufficient_credits", ["pipeline_denied_insufficient_credits"]),
        ("rate_limit", 429, "rate_limit_exceeded", ["pipeline_denied_rate_limit"]),
        ("not_allowed", 200, "not_allowed", []),
    ],
)
async def test_a_denied_preflight_says_why_with_all_its_figures(
    world: World, outcome: str, status: int, reason: str, told: list[str]
) -> None:
    """A dial forces each outcome, once; the teacher hears of it too."""
    path = f"/internal/v1/batches/{world.batch().batch_id}/pipelines/cj_assessment/preflight"
    await world.bos.put("/_sandbox/preflight", json={"outcome": outcome})

    answer = await world.bos.post(path)
    next_one = await world.bos.post(path)

    body = await answer.get_json()
    assert (answer.status_code, body["allowed"], body["denial_reason"]) == (status, False, reason)
    assert set(body) >= {"required_credits", "available_credits", "resource_breakdown", "resolved_pipeline"}
    assert world.notifier.types == told
    assert next_one.status_code == 200


async def test_a_user_without_credits_is_denied(world: World) -> None:
    """Two a compared essay."""
    batch = world.batch()
    world.platform.credits["teacher-maria"] = 1

    answer = await world.bos.post(f"/internal/v1/batches/{batch.batch_id}/pipelines/cj_assessment/preflight")

    assert answer.status_code == 402


@pytest.mark.parametrize(
    ("outcome", "phase", "status"),
    [("not_found", "nlp", 404), ("empty_pipeline", "nlp", 400), ("failed", "nlp", 500), ("allowed", "sing", 400)],
)
async def test_a_preflight_can_fail_in_every_way(world: World, outcome: str, phase: str, status: int) -> None:
    """404 for no batch, 400 for an empty pipeline or a word that is no phase, 500."""
    batch = world.batch()
    await world.bos.put("/_sandbox/preflight", json={"outcome": outcome})

    answer = await world.bos.post(f"/internal/v1/batches/{batch.batch_id}/pipelines/{phase}/preflight")

    assert (answer.status_code, "error" in await answer.get_json()) == (status, True)
