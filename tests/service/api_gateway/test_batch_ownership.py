"""A batch is its owner's: the services behind pipelines and student associations don't ask, so the gateway does."""

import pytest
from dishka import Provider, Scope, provide
from pydantic import JsonValue

from api_gateway.ports import BatchOwners
from api_gateway.upstream.ports import UpstreamName
from tests.fakes.batch_owners import InMemoryBatchOwners
from tests.support.asgi_client import Answer
from tests.support.gateway import USER, Gateway, bearer, make_gateway

NLP: JsonValue = {"requested_pipeline": "nlp"}
CONFIRM: JsonValue = {"associations": []}
GUARDED = [
    ("POST", "/v1/batches/b2/pipelines", NLP),
    ("GET", "/v1/batches/b2/student-associations", None),
    ("POST", "/v1/batches/b2/student-associations/confirm", CONFIRM),
]
ORDER: JsonValue = {"expected_essay_count": 1, "course_code": "ENG5"}
OWNER = "the-real-owner"

guarded = pytest.mark.parametrize(("method", "target", "body"), GUARDED)


async def call(gateway: Gateway, method: str, target: str, body: JsonValue, user: str = USER) -> Answer:
    """Call a guarded route as ``user``."""
    if body is None:
        return await gateway.client.get(target, bearer(user))
    return await gateway.client.send_json(method, target, body, bearer(user))


def asked(gateway: Gateway) -> list[UpstreamName]:
    """Return the services that were asked, in order."""
    return [seen.request.upstream for seen in gateway.upstreams.seen]


@guarded
async def test_another_users_batch_is_refused_before_anything_is_asked(
    gateway: Gateway, method: str, target: str, body: JsonValue
) -> None:
    """403 by the aggregator's record; nothing behind hears of it, and the owner is never told."""
    gateway.upstreams.answer(UpstreamName.RAS, {"user_id": OWNER})

    answer = await call(gateway, method, target, body)

    assert (answer.status, answer.error["code"]) == (403, "AUTHORIZATION_ERROR")
    assert OWNER not in answer.body.decode() + str(answer.headers)
    assert asked(gateway) == [UpstreamName.RAS]
    assert gateway.commands.published == []


@guarded
async def test_an_owner_passes_and_is_remembered(gateway: Gateway, method: str, target: str, body: JsonValue) -> None:
    """The aggregator is asked once, within what the route has; afterwards the owner is known."""
    gateway.upstreams.answer(UpstreamName.RAS, {"user_id": USER})
    gateway.upstreams.answer(UpstreamName.BOS, {"allowed": True})

    answers = [await call(gateway, method, target, body) for _ in range(2)]

    assert all(answer.status < 300 for answer in answers)
    question, first, second = gateway.upstreams.seen
    assert question.request.path == "/internal/v1/batches/b2/status"
    assert first.request.upstream is second.request.upstream is not UpstreamName.RAS
    assert question.request.within_s is not None
    assert first.request.within_s is not None
    assert first.request.within_s <= question.request.within_s <= 30


@guarded
@pytest.mark.parametrize("status", [400, 404])
async def test_a_batch_that_nobody_knows_is_not_found(
    gateway: Gateway, method: str, target: str, body: JsonValue, status: int
) -> None:
    """The aggregator's "Invalid batch ID" means as much as its 404."""
    gateway.upstreams.answer(UpstreamName.RAS, {"error": "Invalid batch ID"}, status=status)

    answer = await call(gateway, method, target, body)

    assert (answer.status, answer.error["code"]) == (404, "RESOURCE_NOT_FOUND")
    assert asked(gateway) == [UpstreamName.RAS]


@guarded
@pytest.mark.parametrize(
    ("answered", "status"),
    [
        ({"error": "Internal server error"}, 500),
        ({"user_id": None}, 200),
        ({"user_id": [USER]}, 200),
        ({"user_id": USER, "batch_id": "b1"}, 200),
        ({"user_id": USER, "batch_id": None}, 200),
    ],
)
async def test_an_aggregator_that_fails_lets_nobody_through(
    gateway: Gateway, method: str, target: str, body: JsonValue, answered: JsonValue, status: int
) -> None:
    """Without an owner there is no way on: 502. A record of another batch says nothing of this one, and isn't kept."""
    gateway.upstreams.answer(UpstreamName.RAS, answered, status=status)

    answer = await call(gateway, method, target, body)

    assert answer.status == 502
    assert asked(gateway) == [UpstreamName.RAS]


@guarded
async def test_a_batch_registered_here_needs_no_aggregator(
    gateway: Gateway, method: str, target: str, body: JsonValue
) -> None:
    """Its owner goes on at once, and everybody else is refused, while the aggregator knows nothing yet."""
    gateway.upstreams.answer(UpstreamName.BOS, {"batch_id": "b2", "allowed": True}, status=202)
    gateway.upstreams.answer(UpstreamName.RAS, {"error": "Invalid batch ID"}, status=400)
    await gateway.client.send_json("POST", "/v1/batches/register", ORDER, bearer())

    own = await call(gateway, method, target, body)
    anothers = await call(gateway, method, target, body, user="erik")

    assert own.status < 300
    assert anothers.status == 403
    assert UpstreamName.RAS not in asked(gateway)


class Shared(Provider):
    """The store that two replicas share."""

    scope = Scope.APP

    def __init__(self, owners: InMemoryBatchOwners) -> None:
        super().__init__()
        self._owners = owners

    @provide(override=True)
    def owners(self) -> BatchOwners:
        """Return the store."""
        return self._owners


async def test_what_one_replica_registered_every_other_knows_at_once() -> None:
    """Registered on one, started at the other, refused to another user there."""
    store = InMemoryBatchOwners()
    here, there = make_gateway(Shared(store)), make_gateway(Shared(store))
    here.upstreams.answer(UpstreamName.BOS, {"batch_id": "b2"}, status=202)
    there.upstreams.answer(UpstreamName.BOS, {"allowed": True})
    there.upstreams.answer(UpstreamName.RAS, {"error": "Invalid batch ID"}, status=400)

    await here.client.send_json("POST", "/v1/batches/register", ORDER, bearer())
    own = await call(there, "POST", "/v1/batches/b2/pipelines", NLP)
    anothers = await call(there, "POST", "/v1/batches/b2/pipelines", NLP, user="erik")

    assert (own.status, anothers.status) == (202, 403)
    assert UpstreamName.RAS not in asked(there)


@pytest.mark.parametrize("status", [400, 404])
async def test_the_status_of_a_batch_registered_a_moment_ago_comes_later(gateway: Gateway, status: int) -> None:
    """503 with Retry-After to its owner, 403 to everybody else."""
    gateway.upstreams.answer(UpstreamName.RAS, {"error": "Invalid batch ID"}, status=status)

    own = await gateway.client.get("/v1/batches/b1/status", bearer())
    anothers = await gateway.client.get("/v1/batches/b1/status", bearer("erik"))

    assert (own.status, own.header("Retry-After")) == (503, "2")
    assert anothers.status == 403


async def test_the_status_route_teaches_whose_a_batch_is(gateway: Gateway) -> None:
    """The record it has asked for is the one that the other routes need."""
    record: JsonValue = {"batch_id": "b2", "user_id": USER, "overall_status": "processing"}
    gateway.upstreams.answer(UpstreamName.RAS, record)
    gateway.upstreams.answer(UpstreamName.BOS, {"allowed": True})

    await gateway.client.get("/v1/batches/b2/status", bearer())
    await call(gateway, "POST", "/v1/batches/b2/pipelines", NLP)

    assert asked(gateway) == [UpstreamName.RAS, UpstreamName.BOS]


async def test_without_the_store_the_aggregator_decides(gateway: Gateway) -> None:
    """Redis being away costs nobody a batch of hers."""
    gateway.owners.away = True
    gateway.upstreams.answer(UpstreamName.RAS, {"user_id": USER})
    gateway.upstreams.answer(UpstreamName.BOS, {"batch_id": "b2", "allowed": True})

    registered = await gateway.client.send_json("POST", "/v1/batches/register", ORDER, bearer())
    started = await call(gateway, "POST", "/v1/batches/b3/pipelines", NLP)

    assert (registered.status, started.status) == (202, 202)


@guarded
async def test_nobody_is_told_that_a_batch_is_not_there_while_that_cannot_be_known(
    gateway: Gateway, method: str, target: str, body: JsonValue
) -> None:
    """Neither the store nor the aggregator can say: 503 with Retry-After, not 404."""
    gateway.owners.away = True
    gateway.upstreams.answer(UpstreamName.RAS, {"error": "Invalid batch ID"}, status=400)

    answers = [
        await call(gateway, method, target, body),
        await gateway.client.get("/v1/batches/b2/status", bearer()),
    ]

    assert [(answer.status, answer.header("Retry-After")) for answer in answers] == [(503, "2")] * 2


@pytest.mark.parametrize("user", ["u" * 256, " u", "u\u00a0", "u\x7f"])
async def test_a_user_whose_id_the_platform_cannot_keep_is_told(gateway: Gateway, user: str) -> None:
    """400 with the field, instead of a batch nobody owns and a command nobody reads."""
    answers = [
        await gateway.client.send_json("POST", "/v1/batches/register", ORDER, bearer(user)),
        await gateway.client.send_json("POST", "/v1/batches/b1/pipelines", NLP, bearer(user)),
    ]

    assert [(answer.status, answer.details["field"]) for answer in answers] == [(400, "user_id")] * 2
    assert gateway.upstreams.seen == []
