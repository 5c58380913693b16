"""Keys fetched from a real HTTP server that rotates, fails, hangs and lies."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest
import pytest_asyncio

from common.backoff import Backoff
from common.errors.exceptions import HuleEduError
from common.identity.jwks import JwksKeys, JwksTimes, UnknownKeyIds
from common.identity.jwks_http import fetch_over_http
from common.identity.keys import TokenHeader
from common.identity.verifier import JwtVerifier
from tests.fakes.clock import FakeClock
from tests.support.eventually import PATIENCE_S, eventually
from tests.support.key_server import KeyServer, running_key_server
from tests.support.signing import AUDIENCE, ISSUER, KeyPair, ec_pair, rsa_pair, sign_token

OLD, NEW = rsa_pair("old"), rsa_pair("new")
HOURLY = Backoff(first_s=3600, longest_s=3600)
NEVER = JwksTimes(min_lifetime_s=3600, backoff=HOURLY, cooldown_s=10, patience_s=PATIENCE_S)
"""Nothing is fetched but at start and on demand."""
SOON = JwksTimes(
    min_lifetime_s=0.05, default_lifetime_s=0.05, backoff=Backoff(first_s=0.02, longest_s=0.05), patience_s=PATIENCE_S
)
"""Everything is fetched again and again."""


@pytest_asyncio.fixture(loop_scope="session")
async def server() -> AsyncIterator[KeyServer]:
    """A key server that publishes the old key."""
    async with running_key_server() as started:
        started.publish(OLD.jwk(kid="old"))
        yield started


@asynccontextmanager
async def running(keys: JwksKeys) -> AsyncIterator[JwksKeys]:
    """Run the fetching task for the duration of a block."""
    async with asyncio.TaskGroup() as tasks:
        task = tasks.create_task(keys.run())
        try:
            yield keys
        finally:
            task.cancel()


def keys_of(
    server: KeyServer, times: JwksTimes, *, clock: FakeClock | None = None, timeout_s: float = PATIENCE_S
) -> JwksKeys:
    """Return the key source under test."""
    fetch = fetch_over_http(server.url, timeout_s=timeout_s)
    return JwksKeys(fetch, clock=clock or FakeClock(), service="test-service", times=times)


def verifier_of(keys: JwksKeys) -> JwtVerifier:
    """Return a verifier that takes RSA and EC."""
    return JwtVerifier(
        keys,
        algorithms=("RS256", "ES256"),
        issuer=ISSUER,
        audience=AUDIENCE,
        clock=FakeClock(),
        service="test-service",
    )


async def accepts(keys: JwksKeys, pair: KeyPair, kid: str) -> bool:
    """Tell whether a token signed by ``pair`` under ``kid`` is accepted now."""
    try:
        await verifier_of(keys).verify(sign_token(pair, kid=kid))
    except HuleEduError:
        return False
    return True


async def status_of(keys: JwksKeys, kid: str, pair: KeyPair = OLD) -> int:
    """Return with which status a token signed under ``kid`` is refused, 200 when it is accepted."""
    try:
        await verifier_of(keys).verify(sign_token(pair, kid=kid))
    except HuleEduError as refused:
        return refused.status_code
    return 200


async def refusal(keys: JwksKeys, token: str) -> HuleEduError:
    """Return the error with which ``token`` is refused."""
    with pytest.raises(HuleEduError) as refused:
        await verifier_of(keys).verify(token)
    return refused.value


async def test_the_first_request_waits_for_the_fetch_at_start(server: KeyServer) -> None:
    """A service that has just started doesn't turn its first callers away."""
    async with running(keys_of(server, NEVER)) as keys:
        principal = await verifier_of(keys).verify(sign_token(OLD, kid="old"))

    assert principal.user_id == "teacher-1"
    assert server.fetches == 1


async def test_keys_are_renewed_before_they_grow_old(server: KeyServer) -> None:
    """Nobody has to present an unknown key for a rotation to be seen."""
    async with running(keys_of(server, SOON)) as keys:
        await eventually(lambda: keys.ready)
        server.publish(NEW.jwk(kid="new"))

        await eventually(lambda: accepts(keys, NEW, "new"))
        assert not await accepts(keys, OLD, "old")


async def test_an_unknown_key_id_fetches_once_behind_a_cooldown(server: KeyServer) -> None:
    """A rotation is seen by its first token; a flood of made-up ids costs the source one request in ten seconds."""
    clock = FakeClock()
    async with running(keys_of(server, NEVER, clock=clock)) as keys:
        await eventually(lambda: keys.ready)
        server.publish(OLD.jwk(kid="old"), NEW.jwk(kid="new"))

        assert await accepts(keys, NEW, "new")
        assert server.fetches == 2

        for number in range(20):
            assert await status_of(keys, f"made-up-{number}") == 503
        assert server.fetches == 2

        clock.advance(NEVER.cooldown_s)
        assert await status_of(keys, "made-up") == 401
        assert server.fetches == 3


async def test_an_id_is_unknown_once_the_source_was_asked_after_it_came(server: KeyServer) -> None:
    """Before that its token may be good: 503 and when to come again; after it 401, also while cooling down."""
    clock = FakeClock()
    async with running(keys_of(server, replace(NEVER, backoff=replace(HOURLY, first_s=1)), clock=clock)) as keys:
        await eventually(lambda: keys.ready)
        assert await status_of(keys, "asks") == 401
        clock.advance(4)

        early = await refusal(keys, sign_token(OLD, kid="early"))
        clock.advance(6)
        assert await status_of(keys, "asks again") == 401

        assert (early.status_code, early.headers["Retry-After"]) == (503, "6")
        assert [await status_of(keys, kid) for kid in ("early", "asks", "asks again")] == [401, 401, 401]
        assert await status_of(keys, "late") == 503


async def test_an_unknown_id_is_known_as_soon_as_a_fetch_brings_it(server: KeyServer) -> None:
    """A key that is published later than its first token isn't refused for ever, nor does it need a restart."""
    clock = FakeClock()
    async with running(keys_of(server, NEVER, clock=clock)) as keys:
        await eventually(lambda: keys.ready)
        assert await status_of(keys, "new", NEW) == 401
        server.publish(OLD.jwk(kid="old"), NEW.jwk(kid="new"))
        assert await status_of(keys, "new", NEW) == 401
        clock.advance(NEVER.cooldown_s)

        await eventually(lambda: accepts(keys, NEW, "new"))

    assert server.fetches == 3


async def test_a_fetch_that_had_begun_says_nothing_of_an_id_that_came_later(server: KeyServer) -> None:
    """The source may have made its answer before the key; the next fetch tells."""
    server.gate.clear()
    async with running(keys_of(server, NEVER)) as keys, asyncio.TaskGroup() as callers:
        await eventually(lambda: server.fetches == 1)
        asking = callers.create_task(status_of(keys, "new", NEW))
        await asyncio.sleep(0)
        server.gate.set()
        during = await asking

        assert (during, await status_of(keys, "new", NEW)) == (503, 401)


async def test_a_flood_of_ids_is_remembered_within_bounds() -> None:
    """Of made-up ids the longest unused is forgotten; one that keeps coming stays."""
    unknown = UnknownKeyIds(most=3)
    unknown.first_asked("stays", begun=1)
    for number in range(1000):
        unknown.first_asked(f"made-up-{number}", begun=2)
        assert unknown.first_asked("stays", begun=3) == 1

    assert unknown.first_asked("made-up-999", begun=4) == 2
    assert unknown.first_asked("made-up-0", begun=4) == 4


async def test_a_source_without_any_key_yet_is_asked_as_soon_as_a_token_comes(server: KeyServer) -> None:
    """Identity makes its key at the first login: whoever logs in then is let in, without a restart."""
    server.publish()
    times = replace(NEVER, backoff=replace(HOURLY, first_s=0.05))
    async with running(keys_of(server, times)) as keys:
        assert [await status_of(keys, "old") for _ in range(3)] == [503] * 3
        server.publish(OLD.jwk(kid="old"))

        assert await status_of(keys, "old") == 200


async def test_many_requests_share_one_fetch(server: KeyServer) -> None:
    """Single flight: a hundred callers that arrive first make one request."""
    server.gate.clear()
    async with running(keys_of(server, NEVER)) as keys, asyncio.TaskGroup() as callers:
        answers = [callers.create_task(accepts(keys, OLD, "old")) for _ in range(100)]
        await eventually(lambda: server.fetches == 1)
        server.gate.set()

    assert all(answer.result() for answer in answers)
    assert server.fetches == 1


async def test_without_any_key_nobody_is_called_unauthenticated(server: KeyServer) -> None:
    """503 with Retry-After: the caller's token may be good."""
    server.status = 500
    async with running(keys_of(server, NEVER)) as keys:
        refused = await refusal(keys, sign_token(OLD, kid="old"))

    assert refused.status_code == 503
    assert refused.error_code == "SERVICE_UNAVAILABLE"
    assert int(refused.headers["Retry-After"]) >= 1


async def test_a_forged_algorithm_needs_no_key_to_be_refused(server: KeyServer) -> None:
    """What isn't on the list is invalid, whatever the source has."""
    server.status = 500
    async with running(keys_of(server, NEVER)) as keys:
        refused = await refusal(keys, "eyJhbGciOiJub25lIn0.e30.")

    assert refused.status_code == 401


@pytest.mark.parametrize(
    ("status", "body"),
    [
        pytest.param(500, b"oops", id="500"),
        pytest.param(404, b"{}", id="404"),
        pytest.param(302, b"", id="redirect"),
        pytest.param(200, b"<html>", id="HTML"),
        pytest.param(200, b"", id="nothing"),
        pytest.param(200, b"[]", id="a list"),
        pytest.param(200, b'{"keys": {}}', id="keys no list"),
        pytest.param(200, b'{"keys": []}', id="no keys"),
        pytest.param(200, b'{"keys": [7, null, {"kty": "oct", "k": "AAAA"}, {"kty": "RSA"}]}', id="no usable key"),
        pytest.param(200, b'{"keys": [' + b" " * 300_000 + b"]}", id="huge"),
    ],
)
async def test_a_source_that_fails_or_lies_takes_no_key_away(server: KeyServer, status: int, body: bytes) -> None:
    """Stale keys serve on; an unknown id can't be judged meanwhile, so it isn't."""
    clock = FakeClock()
    async with running(keys_of(server, NEVER, clock=clock)) as keys:
        await eventually(lambda: keys.ready)
        server.status, server.body = status, body
        unknown = await refusal(keys, sign_token(NEW, kid="new"))

        assert server.fetches == 2
        assert unknown.status_code == 503
        assert await accepts(keys, OLD, "old")


async def test_a_source_that_was_away_is_noticed_when_it_is_back(server: KeyServer) -> None:
    """Retries go on by themselves, from no key to keys."""
    await server.stop()
    async with running(keys_of(server, SOON)) as keys:
        assert not await accepts(keys, OLD, "old")
        await server.start()

        await eventually(lambda: accepts(keys, OLD, "old"))


async def test_a_source_that_hangs_holds_nobody_longer_than_patience(server: KeyServer) -> None:
    """Known keys answer at once, unknown ones after the bounded wait."""
    times = JwksTimes(min_lifetime_s=0.05, default_lifetime_s=0.05, patience_s=0.1)
    async with running(keys_of(server, times)) as keys:
        await eventually(lambda: keys.ready)
        server.gate.clear()
        answered = server.fetches
        await eventually(lambda: server.fetches > answered)

        assert await accepts(keys, OLD, "old")
        assert (await refusal(keys, sign_token(NEW, kid="new"))).status_code == 503


async def test_a_hanging_fetch_is_given_up(server: KeyServer) -> None:
    """A fetch has a deadline of its own, and the next one finds the source well again."""
    server.gate.clear()
    async with running(keys_of(server, SOON, timeout_s=0.1)) as keys:
        await eventually(lambda: server.fetches >= 2)
        server.gate.set()

        await eventually(lambda: accepts(keys, OLD, "old"))


async def test_a_leaving_caller_takes_no_other_down(server: KeyServer) -> None:
    """Whoever cancels while waiting cancels only itself."""
    server.gate.clear()
    async with running(keys_of(server, NEVER)) as keys, asyncio.TaskGroup() as callers:
        leaving = callers.create_task(accepts(keys, OLD, "old"))
        staying = callers.create_task(accepts(keys, OLD, "old"))
        await eventually(lambda: server.fetches == 1)
        leaving.cancel()
        server.gate.set()

    assert leaving.cancelled()
    assert staying.result()


@pytest.mark.parametrize(
    "rotated",
    [pytest.param(NEW, id="a new key"), pytest.param(ec_pair(), id="a key of another kind")],
)
async def test_a_new_key_under_the_old_id_is_seen_by_its_first_token(server: KeyServer, rotated: KeyPair) -> None:
    """Identity's key id is fixed: who logs in after its key was replaced is let in, and the old key's tokens end."""
    async with running(keys_of(server, NEVER)) as keys:
        assert await accepts(keys, OLD, "old")
        server.publish(rotated.jwk(kid="old"))

        assert await accepts(keys, rotated, "old")
        assert not await accepts(keys, OLD, "old")

    assert server.fetches == 2


async def test_a_flood_of_forged_tokens_fetches_once_behind_a_cooldown(server: KeyServer) -> None:
    """They are invalid all the while, not undecided; a key that is replaced meanwhile is seen behind the cooldown."""
    clock = FakeClock()
    async with running(keys_of(server, NEVER, clock=clock)) as keys:
        await eventually(lambda: keys.ready)
        assert [await status_of(keys, "old", NEW) for _ in range(20)] == [401] * 20
        assert server.fetches == 2
        server.publish(NEW.jwk(kid="old"))
        assert await status_of(keys, "old", NEW) == 401
        clock.advance(NEVER.cooldown_s)

        assert await status_of(keys, "old", NEW) == 200

    assert server.fetches == 3


async def test_a_source_that_is_away_proves_nothing_of_a_signature(server: KeyServer) -> None:
    """The key that is there stays: what it didn't sign is invalid."""
    async with running(keys_of(server, NEVER)) as keys:
        await eventually(lambda: keys.ready)
        server.status = 500

        assert await status_of(keys, "old", NEW) == 401
        assert await accepts(keys, OLD, "old")


async def test_the_key_is_bound_to_its_id_and_algorithm(server: KeyServer) -> None:
    """A key of another id or kind never verifies."""
    server.publish(OLD.jwk(kid="rsa"), ec_pair().jwk(kid="ec"))
    async with running(keys_of(server, NEVER)) as keys:
        assert await accepts(keys, OLD, "rsa")
        assert await accepts(keys, ec_pair(), "ec")
        assert not await accepts(keys, OLD, "ec")
        assert not await accepts(keys, NEW, "rsa")


@pytest.mark.parametrize(
    ("published", "expected"),
    [
        pytest.param([OLD.jwk(kid="old")], True, id="one key"),
        pytest.param([OLD.jwk(kid="old"), ec_pair().jwk(kid="ec")], True, id="one key of the kind"),
        pytest.param([OLD.jwk(kid="old"), NEW.jwk(kid="new")], False, id="two of the kind"),
    ],
)
async def test_a_token_without_kid_is_judged_when_there_is_no_choice(
    server: KeyServer, published: list[dict[str, object]], *, expected: bool
) -> None:
    """Guessing among keys is not done."""
    server.publish(*published)
    async with running(keys_of(server, NEVER)) as keys:
        await eventually(lambda: keys.ready)

        assert (await keys.key_for(TokenHeader("RS256", None)) is not None) is expected
