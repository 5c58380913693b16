"""What every IdempotencyStore promises: the one in memory and the one in Redis."""

import asyncio
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from redis.asyncio import Redis

from api_gateway.adapters.redis_idempotency import RedisIdempotency
from api_gateway.ports import KEY_LIFETIME_S, Claim, IdempotencyStore, IdempotentRequest, StoredResponse
from common.errors.codes import ErrorCode
from common.errors.exceptions import HuleEduError
from sandbox.ports import free_port
from sandbox.redis_server import RedisServer
from tests.fakes.idempotency import InMemoryIdempotency
from tests.support.eventually import PATIENCE_S
from tests.support.servers import unique

ANSWER = StoredResponse(202, (("content-type", "application/json"),), b'{"status":"accepted"}\x00\xff')


@pytest_asyncio.fixture(params=["memory", "redis"])
async def store(request: pytest.FixtureRequest, valkey: RedisServer) -> AsyncIterator[IdempotencyStore]:
    """Each store in turn."""
    async with Redis.from_url(valkey.url, protocol=2) as redis:
        yield InMemoryIdempotency() if request.param == "memory" else RedisIdempotency(redis, deadline_s=PATIENCE_S)


def keyed(scope: str, fingerprint: str = "f", lapses_after_s: float = 30.0) -> IdempotentRequest:
    """Return a request under ``scope``."""
    return IdempotentRequest(scope, fingerprint, lapses_after_s)


async def claimed(store: IdempotencyStore, request: IdempotentRequest) -> Claim:
    """Claim a key nobody has used."""
    claim = await store.claim(request)
    assert not isinstance(claim, StoredResponse)
    return claim


async def test_a_kept_answer_is_returned_byte_for_byte(store: IdempotencyStore) -> None:
    """A repeat gets status, headers and body of the first answer."""
    scope = unique("scope")
    await (await claimed(store, keyed(scope))).store(ANSWER)

    repeat = await store.claim(keyed(scope))

    assert repeat == ANSWER


async def test_a_repeat_of_a_running_request_is_told_to_wait(store: IdempotencyStore) -> None:
    """While the first runs, 409 with the time to wait."""
    scope = unique("scope")
    await claimed(store, keyed(scope))

    with pytest.raises(HuleEduError) as refusal:
        await store.claim(keyed(scope))

    assert refusal.value.error_code == ErrorCode.IDEMPOTENCY_IN_PROGRESS
    assert refusal.value.headers["Retry-After"] == "2"


@pytest.mark.parametrize("settled", [True, False])
async def test_a_key_stands_for_one_request(store: IdempotencyStore, *, settled: bool) -> None:
    """Another body under the same key is refused, whether the first has finished or not."""
    scope = unique("scope")
    claim = await claimed(store, keyed(scope))
    await asyncio.gather(*([claim.store(ANSWER)] if settled else []))

    with pytest.raises(HuleEduError) as refusal:
        await store.claim(keyed(scope, fingerprint="other"))

    assert refusal.value.error_code == ErrorCode.IDEMPOTENCY_KEY_REUSED


async def test_a_given_up_claim_can_be_taken_again(store: IdempotencyStore) -> None:
    """After a failure of ours the repeat is served afresh, by one of many who ask at once."""
    scope = unique("scope")
    await (await claimed(store, keyed(scope))).release()

    outcomes = await asyncio.gather(*(store.claim(keyed(scope)) for _ in range(20)), return_exceptions=True)

    assert sum(not isinstance(outcome, HuleEduError) for outcome in outcomes) == 1
    assert not any(isinstance(outcome, StoredResponse) for outcome in outcomes)


async def test_a_given_up_key_still_stands_for_its_request(store: IdempotencyStore) -> None:
    """What was given up may have been done nevertheless: another request must not get its event id."""
    scope = unique("scope")
    await (await claimed(store, keyed(scope))).release()

    with pytest.raises(HuleEduError) as refusal:
        await store.claim(keyed(scope, fingerprint="other"))

    assert refusal.value.error_code == ErrorCode.IDEMPOTENCY_KEY_REUSED


async def test_of_many_at_once_one_holds_the_claim(store: IdempotencyStore) -> None:
    """A race has exactly one winner."""
    scope = unique("scope")

    outcomes = await asyncio.gather(*(store.claim(keyed(scope)) for _ in range(20)), return_exceptions=True)

    assert sum(not isinstance(outcome, HuleEduError) for outcome in outcomes) == 1


async def test_a_lapsed_claim_settles_nothing(valkey: RedisServer) -> None:
    """Whoever was too slow can't overwrite the answer of who took over."""
    async with Redis.from_url(valkey.url, protocol=2) as redis:
        store, scope = RedisIdempotency(redis, deadline_s=PATIENCE_S), unique("scope")
        slow = await claimed(store, keyed(scope))
        await (await claimed(store, keyed(scope, lapses_after_s=0))).store(ANSWER)

        await slow.store(StoredResponse(500, (), b"late"))
        await slow.release()

        assert await store.claim(keyed(scope)) == ANSWER


async def test_a_claim_whose_holder_died_goes_to_a_repeat_and_to_nothing_else(valkey: RedisServer) -> None:
    """It lapses for the same request; what its holder did last is unknown, so the key stands for that one still."""
    async with Redis.from_url(valkey.url, protocol=2) as redis:
        store, scope = RedisIdempotency(redis, deadline_s=PATIENCE_S), unique("scope")
        await claimed(store, keyed(scope))
        await redis.pexpire(f"edge:idempotency:{scope}", KEY_LIFETIME_S * 1000 - 30_000)

        with pytest.raises(HuleEduError) as refusal:
            await store.claim(keyed(scope, fingerprint="other"))
        again = await store.claim(keyed(scope))

    assert refusal.value.error_code == ErrorCode.IDEMPOTENCY_KEY_REUSED
    assert not isinstance(again, StoredResponse)


async def test_keys_are_forgotten_after_a_day(valkey: RedisServer) -> None:
    """A claim and an answer live as long as consumers may meet their event id."""
    async with Redis.from_url(valkey.url, protocol=2) as redis:
        store, scope = RedisIdempotency(redis, deadline_s=PATIENCE_S), unique("scope")

        claim = await claimed(store, keyed(scope))
        claim_lives_ms = await redis.pttl(f"edge:idempotency:{scope}")
        await claim.store(ANSWER)
        answer_lives_ms = await redis.pttl(f"edge:idempotency:{scope}")

    assert 86_390_000 < claim_lives_ms <= 86_400_000
    assert 86_390_000 < answer_lives_ms <= 86_400_000


async def test_a_key_is_refused_while_redis_is_away() -> None:
    """Nothing runs without the protection that was asked for: 503, with a time to come back."""
    async with Redis.from_url(f"redis://127.0.0.1:{free_port()}/0") as redis:
        with pytest.raises(HuleEduError) as refusal:
            await RedisIdempotency(redis).claim(keyed(unique("scope")))

    assert refusal.value.error_code == ErrorCode.SERVICE_UNAVAILABLE
    assert refusal.value.headers["Retry-After"] == "2"
