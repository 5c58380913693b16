"""The batch routes: what a teacher may see, and what the services behind are asked."""

import pytest
from pydantic import JsonValue

from api_gateway.upstream.ports import UpstreamName
from common.contracts.pipeline_command import ContentType
from tests.support.gateway import ORG, USER, Gateway, bearer
from tests.support.prompts import NO_PROMPTS, PROMPT

RECORD: dict[str, JsonValue] = {
    "batch_id": "b1",
    "user_id": USER,
    "overall_status": "processing_pipelines",
    "essay_count": 3,
    "completed_essay_count": 1,
    "failed_essay_count": 0,
    "essays": [],
}


async def test_status_is_told_in_the_dashboards_words(gateway: Gateway) -> None:
    """The owner gets status and details, without her own id."""
    gateway.upstreams.answer(UpstreamName.RAS, RECORD)

    response = await gateway.client.get("/v1/batches/b1/status", bearer())

    assert response.status == 200
    body = response.object
    assert body["status"] == "processing"
    unowned = {name: value for name, value in RECORD.items() if name != "user_id"}
    assert body["details"] == unowned | {"overall_status": "processing"}


async def test_status_is_asked_for_the_caller(gateway: Gateway) -> None:
    """The aggregator is told who asks, under which correlation id, on its internal route."""
    gateway.upstreams.answer(UpstreamName.RAS, RECORD)
    correlation = "6f0d1f64-3c1c-4f5e-9a0e-0f5b0c0d7a11"

    await gateway.client.get("/v1/batches/b1/status", bearer() | {"X-Correlation-ID": correlation})

    (seen,) = gateway.upstreams.seen
    assert (seen.request.method, seen.request.path) == ("GET", "/internal/v1/batches/b1/status")
    assert seen.headers == {"x-user-id": USER, "x-org-id": ORG, "x-correlation-id": correlation}


async def test_somebody_elses_batch_is_refused_without_naming_her(gateway: Gateway) -> None:
    """403, and the owner's id appears nowhere in the answer."""
    gateway.upstreams.answer(UpstreamName.RAS, RECORD | {"user_id": "the-real-owner"})

    response = await gateway.client.get("/v1/batches/b1/status", bearer())

    assert response.status == 403
    assert "the-real-owner" not in (response.body.decode()) + str(response.headers)


async def test_a_batch_nobody_knows_is_named(gateway: Gateway) -> None:
    """404 says what wasn't found, in the gateway's own words."""
    gateway.upstreams.answer(UpstreamName.RAS, {}, status=404)

    answer = await gateway.client.get("/v1/batches/b2/status", bearer())

    assert (answer.status, answer.error["code"]) == (404, "RESOURCE_NOT_FOUND")
    assert answer.details == {"resource_type": "batch", "resource_id": "b2"}


@pytest.mark.parametrize(
    ("internal", "shown"),
    [
        ("awaiting_content_validation", "pending_content"),
        ("ready_for_pipeline_execution", "ready"),
        ("validation_timeout_processed", "processing"),
        ("failed_critically", "failed"),
        ("completed_with_failures", "completed_with_failures"),
        ("processing", "processing"),
        ("pending_content", "pending_content"),
        ("a_status_of_tomorrow", "processing"),
    ],
)
async def test_both_vocabularies_and_unknown_words_are_mapped(gateway: Gateway, internal: str, shown: str) -> None:
    """Internal words are translated, the dashboard's own stay, an unknown one is never an earlier state."""
    gateway.upstreams.answer(UpstreamName.RAS, RECORD | {"overall_status": internal})

    response = await gateway.client.get("/v1/batches/b1/status", bearer())

    assert response.object["status"] == shown


@pytest.mark.parametrize(
    "answer",
    [b"", b"[]", b"not json", b'{"overall_status": "processing"}', b'{"user_id": "", "overall_status": "x"}'],
)
async def test_a_record_that_cannot_be_read_is_the_aggregators_fault(gateway: Gateway, answer: bytes) -> None:
    """A batch whose owner isn't told is shown to nobody: 502."""
    gateway.upstreams.answer(UpstreamName.RAS, answer)

    response = await gateway.client.get("/v1/batches/b1/status", bearer())

    assert response.status == 502
    assert response.header("X-Error-Code") == "INVALID_RESPONSE"


async def test_the_list_shows_no_owner(gateway: Gateway) -> None:
    """Each batch has the dashboard's status and no user id; the page is the aggregator's."""
    page: dict[str, JsonValue] = {"batches": [RECORD], "pagination": {"limit": 20, "offset": 0, "total": 1}}
    gateway.upstreams.answer(UpstreamName.RAS, page)

    response = await gateway.client.get("/v1/batches", bearer())

    shown: dict[str, JsonValue] = {"status": "processing", "overall_status": "processing"}
    summary = {name: value for name, value in RECORD.items() if name != "user_id"} | shown
    assert response.json == {"batches": [summary], "pagination": page["pagination"]}


@pytest.mark.parametrize("user_id", ["å/ö", "..", "a?b#c", "%2e%2e"])
async def test_no_user_id_can_name_another_users_list(gateway: Gateway, user_id: str) -> None:
    """Whatever stands in a token's sub, it stays one segment of the aggregator's path."""
    await gateway.client.get("/v1/batches", bearer(user_id))

    (seen,) = gateway.upstreams.seen
    assert seen.request.path.count("/") == "/internal/v1/batches/user/x".count("/")
    assert ".." not in seen.request.path
    assert seen.request.path.isascii()


@pytest.mark.parametrize(
    "query",
    ["limit=0", "limit=101", "limit=x", "limit=1&limit=2", "offset=-1", "offset=99999999999", "status=processing_x"],
)
async def test_a_wrong_filter_is_named(gateway: Gateway, query: str) -> None:
    """A query out of bounds is 400 with the field that is wrong, and nobody is asked."""
    response = await gateway.client.get(f"/v1/batches?{query}", bearer())

    assert response.status == 400
    (pointer,) = response.pointers
    assert pointer.startswith(f"#/{query.partition('=')[0]}")
    assert gateway.upstreams.seen == []


async def test_registering_adds_the_owner(gateway: Gateway) -> None:
    """The batch belongs to the token's user and organisation whatever the body claims."""
    gateway.upstreams.answer(UpstreamName.BOS, {"batch_id": "b1", "status": "registered"}, status=202)
    body = {"expected_essay_count": 3, "course_code": "ENG5", "user_id": "somebody", "cj_default_temperature": 0}

    response = await gateway.client.send_json("POST", "/v1/batches/register", body, bearer())

    assert response.status == 202
    told = response.object
    assert told == {
        "batch_id": "b1",
        "correlation_id": response.header("X-Correlation-ID"),
        "status": "registered",
    }
    (seen,) = gateway.upstreams.seen
    assert (seen.request.method, seen.request.path) == ("POST", "/v1/batches/register")
    assert seen.request.json == {
        "expected_essay_count": 3,
        "course_code": "ENG5",
        "cj_default_temperature": 0.0,
        "user_id": USER,
        "org_id": ORG,
    }


@pytest.mark.parametrize("batch_id", [None, 7, "", "x" * 256, "a\n", "a\x00", "a\u202e"])
async def test_an_id_that_no_path_could_hold_is_the_orchestrators_fault(gateway: Gateway, batch_id: JsonValue) -> None:
    """Nobody could ask for that batch afterwards: 502, not a bug of ours."""
    gateway.upstreams.answer(UpstreamName.BOS, {"batch_id": batch_id}, status=202)
    order = {"expected_essay_count": 3, "course_code": "ENG5"}

    response = await gateway.client.send_json("POST", "/v1/batches/register", order, bearer())

    assert (response.status, response.error["code"]) == (502, "INVALID_RESPONSE")


async def test_a_teacher_without_organisation_registers_without_one(gateway: Gateway) -> None:
    """No organisation in the token, none in the request."""
    gateway.upstreams.answer(UpstreamName.BOS, {"batch_id": "b1"}, status=202)
    body = {"expected_essay_count": 3, "course_code": "SV1"}

    await gateway.client.send_json("POST", "/v1/batches/register", body, bearer(org_id=None))

    (seen,) = gateway.upstreams.seen
    assert isinstance(seen.request.json, dict)
    assert "org_id" not in seen.request.json
    assert "x-org-id" not in seen.headers


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("expected_essay_count", 0),
        ("expected_essay_count", "3"),
        ("expected_essay_count", True),
        ("expected_essay_count", 10**400),
        ("expected_essay_count", 2**31),
        ("course_code", "ENG8"),
        ("course_code", None),
        ("essay_ids", "one"),
        ("essay_ids", [1]),
        ("essay_ids", []),
        ("essay_ids", ["e1", "e2"]),
        ("essay_ids", ["e1", "e2", "e3", "e4"]),
        ("class_id", "x" * 256),
        ("class_id", "\ud800"),
        ("class_id", "c\x00"),
        ("class_id", "c\n"),
        ("class_id", "\x1b[2J"),
        ("class_id", "c\x7f"),
        ("essay_ids", ["e1", "e\t2"]),
        *(("student_prompt_ref", wrong) for wrong in NO_PROMPTS),
        ("cj_default_llm_model", ["x"]),
        ("cj_default_llm_model", "gpt\x00"),
        ("cj_default_temperature", 2.1),
        ("cj_default_temperature", -1),
        ("cj_default_temperature", "1"),
    ],
)
async def test_a_wrong_field_of_a_registration_is_named(gateway: Gateway, field: str, value: object) -> None:
    """Every invalid field is 400 with its pointer, and nobody is asked."""
    body = {"expected_essay_count": 3, "course_code": "ENG5"} | {field: value}

    response = await gateway.client.send_json("POST", "/v1/batches/register", body, bearer())

    assert response.status == 400
    assert all(pointer.startswith(f"#/{field}") for pointer in response.pointers)
    assert gateway.upstreams.seen == []


@pytest.mark.parametrize(
    "prompt",
    [
        PROMPT,
        {"references": {"student_prompt_text": {"storage_id": "p1", "path": "prompts/åska.txt"}}},
        {"references": {content.value: {"storage_id": "p1"} for content in ContentType}},
    ],
)
async def test_a_prompt_in_storage_is_passed_on(gateway: Gateway, prompt: JsonValue) -> None:
    """The reference goes on as it came, every member of it a string, and so does whatever else isn't ASCII."""
    body = {"expected_essay_count": 3, "course_code": "ENG5", "student_prompt_ref": prompt, "class_id": "Åk 9\xa0ö"}
    gateway.upstreams.answer(UpstreamName.BOS, {"batch_id": "b1"})

    response = await gateway.client.send_json("POST", "/v1/batches/register", body, bearer())

    assert response.status == 202
    (seen,) = gateway.upstreams.seen
    assert isinstance(seen.request.json, dict)
    assert (seen.request.json["student_prompt_ref"], seen.request.json["class_id"]) == (prompt, "Åk 9\xa0ö")


async def test_the_prompt_goes_to_the_orchestrator(gateway: Gateway) -> None:
    """PATCH passes the reference on, and the orchestrator's answer back."""
    order: dict[str, JsonValue] = {"student_prompt_ref": PROMPT}
    answer: dict[str, JsonValue] = {"batch_id": "b1", **order}
    gateway.upstreams.answer(UpstreamName.BOS, answer)

    response = await gateway.client.send_json("PATCH", "/v1/batches/b1/prompt", order, bearer())

    assert response.status == 200
    assert response.object == answer
    (seen,) = gateway.upstreams.seen
    assert (seen.request.method, seen.request.path) == ("PATCH", "/v1/batches/b1/prompt")
    assert seen.request.json == order


@pytest.mark.parametrize("wrong", NO_PROMPTS)
async def test_what_would_read_as_no_prompt_is_refused(gateway: Gateway, wrong: JsonValue) -> None:
    """The orchestrator would refuse a string and take an empty object for "no prompt": 400 here, the field named."""
    order = {"student_prompt_ref": wrong}

    response = await gateway.client.send_json("PATCH", "/v1/batches/b1/prompt", order, bearer())

    assert response.status == 400
    assert all(pointer.startswith("#/student_prompt_ref") for pointer in response.pointers)
    assert gateway.upstreams.seen == []


async def test_essays_may_be_named_when_each_is(gateway: Gateway) -> None:
    """Exactly as many ids as essays are expected go on; null is as good as none."""
    gateway.upstreams.answer(UpstreamName.BOS, {"batch_id": "b1"}, status=202)
    order: dict[str, JsonValue] = {"expected_essay_count": 2, "course_code": "ENG5"}

    for ids in (["e1", "e2"], None):
        response = await gateway.client.send_json("POST", "/v1/batches/register", order | {"essay_ids": ids}, bearer())
        assert response.status == 202

    named, unnamed = (seen.request.json for seen in gateway.upstreams.seen)
    owner = {"user_id": USER, "org_id": ORG}
    assert (named, unnamed) == (order | owner | {"essay_ids": ["e1", "e2"]}, order | owner)
