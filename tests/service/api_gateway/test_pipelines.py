"""Starting a pipeline: asked first, then handed over, and only then accepted."""

import pytest
from pydantic import JsonValue

from api_gateway.upstream.ports import UpstreamName
from tests.support.gateway import ORG, USER, Gateway, bearer
from tests.support.pipeline_commands import not_published
from tests.support.prompts import NO_PROMPTS, PROMPT

ROUTE = "/v1/batches/b1/pipelines"
SPELLCHECK: JsonValue = {"requested_pipeline": "spellcheck"}
TRACE = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"


@pytest.fixture
def allowing(gateway: Gateway) -> Gateway:
    """A gateway whose Batch Orchestrator allows every pipeline."""
    gateway.upstreams.answer(UpstreamName.BOS, {"allowed": True})
    return gateway


async def test_an_accepted_pipeline_says_where_to_follow_it(allowing: Gateway) -> None:
    """202 with the batch, the correlation id and the status resource's Location."""
    response = await allowing.client.send_json("POST", ROUTE, SPELLCHECK, bearer())

    assert response.status == 202
    assert response.header("Location") == "/v1/batches/b1/status"
    body = response.object
    assert (body["status"], body["batch_id"]) == ("accepted", "b1")
    assert body["correlation_id"] == response.header("X-Correlation-ID")
    assert body["message"]


async def test_the_orchestrator_is_asked_first(allowing: Gateway) -> None:
    """The preflight names batch and pipeline, and carries the caller."""
    await allowing.client.send_json("POST", ROUTE, SPELLCHECK, bearer())

    (seen,) = allowing.upstreams.seen
    assert (seen.request.method, seen.request.path) == (
        "POST",
        "/internal/v1/batches/b1/pipelines/spellcheck/preflight",
    )
    assert seen.headers["x-user-id"] == USER


async def test_the_command_says_what_the_contract_wants(allowing: Gateway) -> None:
    """The envelope carries everything the platform needs, the caller's trace and organisation included."""
    order = {
        "requested_pipeline": "cj_assessment",
        "batch_id": "b1",
        "is_retry": True,
        "retry_reason": "två gånger",
        "prompt_payload": {"assignment_id": "a1"},
    }

    response = await allowing.client.send_json("POST", ROUTE, order, bearer() | {"Traceparent": TRACE})

    (command,) = allowing.commands.published
    correlation = response.header("X-Correlation-ID")
    assert command.event_type == "huleedu.commands.batch.pipeline.v1"
    assert command.source_service == "api-gateway-service"
    assert command.metadata == {"org_id": ORG, "traceparent": TRACE}
    assert str(command.correlation_id) == correlation
    assert command.data.model_dump(mode="json", exclude_none=True) == {
        "batch_id": "b1",
        "requested_pipeline": "cj_assessment",
        "client_correlation_id": correlation,
        "user_id": USER,
        "is_retry": True,
        "retry_reason": "två gånger",
        "prompt_payload": {"assignment_id": "a1"},
    }


@pytest.mark.parametrize(
    ("status", "answer", "expected", "code"),
    [
        (402, {"required_credits": 6, "available_credits": 2}, 402, "INSUFFICIENT_CREDITS"),
        (429, {"retry_after_seconds": 30}, 429, "RATE_LIMIT"),
        (404, {}, 404, "RESOURCE_NOT_FOUND"),
        (200, {"allowed": False}, 403, "AUTHORIZATION_ERROR"),
        (200, [], 502, "INVALID_RESPONSE"),
    ],
)
async def test_without_a_yes_nothing_is_sent(
    gateway: Gateway, status: int, answer: JsonValue, expected: int, code: str
) -> None:
    """Each denial has its own status and code, and no command leaves."""
    gateway.upstreams.answer(UpstreamName.BOS, answer, status=status)

    response = await gateway.client.send_json("POST", ROUTE, SPELLCHECK, bearer())

    assert (response.status, response.header("X-Error-Code")) == (expected, code)
    assert gateway.commands.published == []


async def test_the_credit_figures_are_told(gateway: Gateway) -> None:
    """A teacher who can't afford the pipeline learns by how much."""
    gateway.upstreams.answer(UpstreamName.BOS, {"required_credits": 6, "available_credits": 2}, status=402)

    response = await gateway.client.send_json("POST", ROUTE, SPELLCHECK, bearer())

    assert response.details == {"required_credits": 6, "available_credits": 2}


async def test_a_command_that_was_not_acknowledged_is_not_accepted(allowing: Gateway) -> None:
    """503 with the outcome and when to come again."""
    allowing.commands.failure = not_published("not_sent")

    response = await allowing.client.send_json("POST", ROUTE, SPELLCHECK, bearer())

    assert (response.status, response.header("X-Error-Code")) == (503, "KAFKA_PUBLISH_ERROR")
    assert response.header("Retry-After") == "5"
    assert response.details["outcome"] == "not_sent"


@pytest.mark.parametrize(
    "order",
    [
        {},
        {"requested_pipeline": "everything"},
        {"requested_pipeline": "nlp", "batch_id": "b2"},
        {"requested_pipeline": "nlp", "batch_id": ""},
        {"requested_pipeline": "nlp", "is_retry": "yes"},
        {"requested_pipeline": "nlp", "retry_reason": "x" * 501},
        {"requested_pipeline": "nlp", "retry_reason": "a\x00"},
        {"requested_pipeline": "nlp", "prompt_payload": {}},
        {"requested_pipeline": "nlp", "prompt_payload": {"assignment_id": "a\n"}},
        {"requested_pipeline": "nlp", "prompt_payload": {"assignment_id": "a" * 101}},
        {"requested_pipeline": "nlp", "prompt_payload": {"assignment_id": " "}},
        {"requested_pipeline": "nlp", "prompt_payload": {"assignment_id": "a", "cms_prompt_ref": PROMPT}},
        *({"requested_pipeline": "nlp", "prompt_payload": {"cms_prompt_ref": wrong}} for wrong in NO_PROMPTS),
        [],
        "nlp",
        None,
    ],
)
async def test_a_wrong_order_asks_nobody(allowing: Gateway, order: JsonValue) -> None:
    """An order that breaks the contract is 400 before anyone behind hears of it."""
    response = await allowing.client.send_json("POST", ROUTE, order, bearer())

    assert response.status == 400
    assert allowing.upstreams.seen == []
    assert allowing.commands.published == []
