"""Rate limits and revocations as callers meet them."""

import pytest
from dishka import Provider, Scope, provide

from api_gateway.ports import Caller, LimitDecision, RateDecision, RatePolicy, RequestLimits
from api_gateway.upstream.ports import UpstreamName
from tests.support.asgi_client import Call
from tests.support.gateway import Gateway, bearer, make_gateway


class RevokedEverywhere:
    """Limits that find every token revoked."""

    async def admit(self, caller: Caller, policy: RatePolicy) -> LimitDecision:
        """Refuse whoever has a token."""
        rate = RateDecision(allowed=True, remaining=policy.quota, reset_s=0)
        return LimitDecision(revoked=caller.principal is not None, rate=rate)


class Revoked(Provider):
    """Puts them in place."""

    scope = Scope.APP

    @provide(override=True)
    def limits(self) -> RequestLimits:
        """Return them."""
        return RevokedEverywhere()


@pytest.fixture
def strict() -> Gateway:
    """A gateway that allows two of everything a minute."""
    quotas = {f"API_GATEWAY_RATE_LIMIT_{name}": "2" for name in ("REQUESTS", "COMMANDS", "UPLOADS", "LOGIN")}
    return make_gateway(**quotas)


async def test_an_answer_tells_what_is_left(strict: Gateway) -> None:
    """RateLimit and its policy stand on successes, so that a client can slow down before it is refused."""
    answer = await strict.client.get("/v1/classes", bearer())

    assert answer.status == 200
    assert answer.header("ratelimit") == '"requests";r=1;t=30'
    assert answer.header("ratelimit-policy") == '"requests";q=2;w=60'


async def test_the_one_too_many_is_refused_in_the_one_format(strict: Gateway) -> None:
    """429 RATE_LIMIT with the time to wait, in the headers and in the body."""
    answers = [await strict.client.get("/v1/classes", bearer()) for _ in range(3)]

    refused = answers[2]
    assert [answer.status for answer in answers] == [200, 200, 429]
    assert refused.error["code"] == "RATE_LIMIT"
    assert refused.header("retry-after") == "30"
    assert refused.header("ratelimit") == '"requests";r=0;t=60'
    assert refused.details["policy"] == "requests"


async def test_budgets_are_the_users_and_the_classes(strict: Gateway) -> None:
    """Another teacher, and another kind of request, have budgets of their own."""
    spent = [await strict.client.get("/v1/classes", bearer()) for _ in range(3)]
    other_teacher = await strict.client.get("/v1/classes", bearer("teacher-2"))
    strict.upstreams.answer(UpstreamName.BOS, {"allowed": True})
    command = await strict.client.send_json("POST", "/v1/batches/b1/pipelines", {"requested_pipeline": "nlp"}, bearer())

    assert spent[2].status == 429
    assert other_teacher.status == 200
    assert command.header("ratelimit-policy").startswith('"commands"')


async def test_logins_are_counted_by_address(strict: Gateway) -> None:
    """Three logins from one address: the third waits."""
    body = {"email": "a@b.se", "password": "x"}

    answers = [await strict.client.send_json("POST", "/v1/auth/login", body) for _ in range(3)]

    assert [answer.status for answer in answers] == [200, 200, 429]


@pytest.mark.parametrize(
    ("proxies", "third_login"),
    [
        pytest.param("[]", 429, id="a stranger's word is not believed"),
        pytest.param('["203.0.113.0/24"]', 200, id="a trusted proxy's is"),
    ],
)
async def test_logins_behind_a_proxy_are_counted_by_the_clients_address(proxies: str, third_login: int) -> None:
    """A made-up X-Forwarded-For buys nobody further tries; schools behind one trusted proxy have each their own."""
    gateway = make_gateway(API_GATEWAY_RATE_LIMIT_LOGIN="2", API_GATEWAY_TRUSTED_PROXIES=proxies)
    answers = [
        await gateway.client.send_json(
            "POST",
            "/v1/auth/login",
            {"email": "a@b.se", "password": "x"},
            {"X-Forwarded-For": f"1.1.1.1, 198.51.100.{host}"},
        )
        for host in (1, 2, 3)
    ]

    assert [answer.status for answer in answers] == [200, 200, third_login]


async def test_health_and_preflights_are_never_limited(strict: Gateway) -> None:
    """A probe can't be starved, and browsers ask by themselves."""
    health = [await strict.client.get("/livez") for _ in range(5)]
    preflight = [
        await strict.client.send(
            Call(method="OPTIONS", target="/v1/classes", headers=[("Access-Control-Request-Method", "GET")])
        )
        for _ in range(5)
    ]

    assert {answer.status for answer in health} == {200}
    assert {answer.status for answer in preflight} == {204}


async def test_a_refused_request_reads_no_body_and_asks_nobody(strict: Gateway) -> None:
    """The limit stands before validation and before the upstream."""
    for _ in range(2):
        await strict.client.send_bytes("POST", "/v1/batches/register", b"{", bearer())

    refused = await strict.client.send_bytes("POST", "/v1/batches/register", b"{", bearer())

    assert refused.status == 429
    assert strict.upstreams.seen == []


async def test_a_revoked_token_is_refused_with_its_reason() -> None:
    """401 with the challenge of an invalid token; the client logs in again."""
    gateway = make_gateway(Revoked())

    answer = await gateway.client.get("/v1/classes", bearer())

    assert answer.status == 401
    assert answer.details["reason"] == "revoked"
    assert 'error="invalid_token"' in answer.header("www-authenticate")
    assert gateway.upstreams.seen == []


@pytest.mark.parametrize(
    ("call", "status"),
    [
        (Call(method="GET", target="/v1/batches?limit=0", headers=[*bearer().items()]), 400),
        (Call(method="GET", target="/v1/batches", headers=[*bearer().items()]), 502),
        (Call(method="GET", target="/v1/errors/NO_SUCH_CODE"), 404),
        (Call(method="POST", target="/v1/batches/register", headers=[*bearer().items()], chunks=[b"x"]), 415),
    ],
)
async def test_a_counted_request_tells_so_however_it_fails(strict: Gateway, call: Call, status: int) -> None:
    """A client that only ever fails still learns how fast it may go on."""
    strict.upstreams.answer(UpstreamName.RAS, b"not json")

    answer = await strict.client.send(call)

    assert answer.status == status
    assert ";r=1;" in answer.header("ratelimit")
    assert answer.all("ratelimit-policy")


@pytest.mark.parametrize(
    ("call", "status"),
    [
        (Call(method="GET", target="/v1/classes"), 401),
        (Call(method="GET", target="/v1/classes", headers=[("Authorization", "Bearer x")]), 401),
        (Call(method="GET", target="/v1/nothing"), 404),
        (Call(method="PUT", target="/v1/batches", headers=[*bearer().items()]), 405),
        (Call(method="GET", target="/v1/classes/%2e%2e", headers=[*bearer().items()]), 400),
    ],
)
async def test_what_is_refused_before_it_is_known_whose_it_is_spends_nothing(
    strict: Gateway, call: Call, status: int
) -> None:
    """Who can't be named has no budget to use up, and is told of none; a token that ran out is never a 429."""
    answers = [await strict.client.send(call) for _ in range(3)]

    assert {answer.status for answer in answers} == {status}
    assert not any(answer.all("ratelimit") for answer in answers)
