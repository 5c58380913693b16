"""Requests that carry an Idempotency-Key, and their repeats."""

import asyncio
from typing import NoReturn

import pytest
from dishka import Provider, Scope, provide

from api_gateway.middleware.idempotency import event_id_of
from api_gateway.ports import IdempotencyStore
from api_gateway.upstream.ports import UpstreamName
from common.errors.exceptions import HuleEduError
from common.identity.principal import UserId
from tests.fakes.idempotency import InMemoryIdempotency
from tests.support.asgi_client import Answer
from tests.support.gateway import USER, Gateway, bearer, make_gateway
from tests.support.pipeline_commands import not_published

PIPELINE = "/v1/batches/b1/pipelines"
NLP = {"requested_pipeline": "nlp"}
KEY = "8e03978e-40d5-43e8-bc93-6894a57f9324"


@pytest.fixture
def allowing() -> Gateway:
    """A gateway whose Batch Orchestrator allows every pipeline and registers every batch."""
    gateway = make_gateway()
    gateway.upstreams.answer(UpstreamName.BOS, {"allowed": True, "batch_id": "b1"})
    return gateway


async def start(
    gateway: Gateway, *, key: str = KEY, body: object = None, path: str = PIPELINE, user: str = USER
) -> Answer:
    """Start a pipeline under ``key``."""
    return await gateway.client.send_json("POST", path, body or NLP, {**bearer(user), "Idempotency-Key": key})


async def test_a_repeat_gets_the_first_answer_and_nothing_happens_twice(allowing: Gateway) -> None:
    """Same status, body and Location; one command; the repeat says that it is one."""
    first = await start(allowing)
    repeat = await start(allowing)

    assert (first.status, repeat.status) == (202, 202)
    assert repeat.body == first.body
    assert repeat.header("location") == first.header("location")
    assert repeat.header("idempotent-replayed") == "true"
    assert not first.all("idempotent-replayed")
    assert len(allowing.commands.published) == 1


def cut_off() -> NoReturn:
    """End the handler as a cancellation does: nothing answers, and only the teardown runs."""
    raise asyncio.CancelledError


async def test_a_request_that_was_cut_off_can_be_repeated_at_once(allowing: Gateway) -> None:
    """Its claim is given up at the teardown, not left to lapse."""
    allowing.upstreams.failing = cut_off
    first = await start(allowing)
    allowing.upstreams.failing = None

    repeat = await start(allowing)

    assert (first.status, repeat.status) == (500, 202)


class Interrupted(Provider):
    """Keys whose first claim is cancelled as it is settled."""

    scope = Scope.APP

    @provide(override=True)
    def idempotency(self) -> IdempotencyStore:
        """Return them."""
        return InMemoryIdempotency(interrupted=1)


@pytest.mark.parametrize("failure", [None, not_published("not_sent")], ids=["stored", "released"])
async def test_a_request_that_was_cut_off_as_its_claim_was_settled(failure: HuleEduError | None) -> None:
    """The drain's deadline may come between the work and its record: what was done is kept, what wasn't can be."""
    gateway = make_gateway(Interrupted())
    gateway.upstreams.answer(UpstreamName.BOS, {"allowed": True})
    gateway.commands.failure = failure
    first = await start(gateway)
    gateway.commands.failure = None

    repeat = await start(gateway)

    assert (first.status, repeat.status) == (500, 202)
    assert len(gateway.commands.published) == 1


async def test_without_a_key_every_request_counts(allowing: Gateway) -> None:
    """No key, no memory."""
    for _ in range(2):
        await allowing.client.send_json("POST", PIPELINE, NLP, bearer())

    assert len(allowing.commands.published) == 2


@pytest.mark.parametrize(
    "changed", [{"body": {"requested_pipeline": "spellcheck"}}, {"path": "/v1/batches/b2/pipelines"}]
)
async def test_a_key_stands_for_one_request(allowing: Gateway, changed: dict[str, object]) -> None:
    """Another body, or another batch, under the same key is 422 and does nothing."""
    await start(allowing)

    refused = await start(allowing, **changed)  # type: ignore[arg-type]  # the table names start's own parameters

    assert refused.status == 422
    assert refused.error["code"] == "IDEMPOTENCY_KEY_REUSED"
    assert len(allowing.commands.published) == 1


async def test_keys_are_the_users_own(allowing: Gateway) -> None:
    """Two teachers who happen to choose the same key don't meet."""
    owners = {"b2": UserId("anna"), "b3": UserId("bo")}
    allowing.owners.owners.update(owners)

    answers = [
        await start(allowing, user=owner, path=f"/v1/batches/{batch}/pipelines") for batch, owner in owners.items()
    ]

    assert not any(answer.all("idempotent-replayed") for answer in answers)
    assert len(allowing.commands.published) == 2


async def test_a_failure_of_ours_is_not_kept(allowing: Gateway) -> None:
    """After a 5xx the repeat is served afresh."""
    allowing.upstreams.answer(UpstreamName.BOS, {"broken": True}, status=500)
    failed = await start(allowing)
    allowing.upstreams.answer(UpstreamName.BOS, {"allowed": True})

    repeat = await start(allowing)

    assert failed.status == 502
    assert repeat.status == 202


async def test_a_batch_that_is_not_known_yet_is_asked_about_again(allowing: Gateway) -> None:
    """The aggregator hears of a batch a moment later: a kept 404 would go on for a day, and nothing was done."""
    allowing.upstreams.answer(UpstreamName.RAS, {"error": "Invalid batch ID"}, status=400)
    unknown = await start(allowing, path="/v1/batches/b2/pipelines")
    allowing.upstreams.answer(UpstreamName.RAS, {"batch_id": "b2", "user_id": USER})

    repeat = await start(allowing, path="/v1/batches/b2/pipelines")

    assert (unknown.status, repeat.status) == (404, 202)
    assert not repeat.all("idempotent-replayed")


async def test_a_command_that_may_have_been_sent_keeps_its_key(allowing: Gateway) -> None:
    """Its event id is the key's: another command would be dropped as its repeat although it was answered 202."""
    allowing.commands.failure = not_published("unknown")
    failed = await start(allowing)
    allowing.commands.failure = None

    other = await start(allowing, body={"requested_pipeline": "spellcheck"})
    repeat = await start(allowing)

    assert (failed.status, other.status, repeat.status) == (503, 422, 202)
    assert other.error["code"] == "IDEMPOTENCY_KEY_REUSED"
    (published,) = allowing.commands.published
    assert published.data.requested_pipeline == "nlp"


async def test_a_refusal_that_settles_is_kept(allowing: Gateway) -> None:
    """A 4xx is the request's answer, the same at each repeat."""
    allowing.upstreams.answer(UpstreamName.BOS, {"allowed": False})
    refused = await start(allowing)
    allowing.upstreams.answer(UpstreamName.BOS, {"allowed": True})

    repeat = await start(allowing)

    assert (refused.status, repeat.status) == (403, 403)
    assert repeat.body == refused.body
    assert repeat.header("x-error-code") == refused.error["code"]
    assert repeat.header("link") == refused.header("link")
    assert repeat.header("idempotent-replayed") == "true"


async def test_the_command_carries_an_event_id_made_from_the_key(allowing: Gateway) -> None:
    """Consumers can drop a repeat that got past us."""
    await start(allowing)

    (published,) = allowing.commands.published
    assert published.event_id == event_id_of(UserId(USER), "/v1/batches/<batch_id>/pipelines", KEY)


@pytest.mark.parametrize("key", ["", "two words", "k" * 256, "nyckel-\u00e5"])
async def test_a_key_that_is_none_is_named(allowing: Gateway, key: str) -> None:
    """400 that names the header."""
    answer = await start(allowing, key=key)

    assert answer.status == 400
    assert answer.details["field"] == "Idempotency-Key"


async def test_registering_a_batch_can_be_repeated_too(allowing: Gateway) -> None:
    """One batch for two tries."""
    body = {"expected_essay_count": 3, "course_code": "ENG5"}

    answers = [await start(allowing, body=body, path="/v1/batches/register") for _ in range(2)]

    assert [answer.status for answer in answers] == [202, 202]
    assert len(allowing.upstreams.seen) == 1


async def test_answers_tell_where_the_time_went(allowing: Gateway) -> None:
    """Server-Timing parts the gateway's share from the upstreams'."""
    answer = await start(allowing)

    assert answer.header("server-timing").startswith("gateway;dur=")
    assert "upstream;dur=" in answer.header("server-timing")
