"""Each user's connections over all replicas, as leases in a sorted set: member the lease, score when it lapses."""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

import structlog

from common.identity.principal import Principal, UserId
from common.identity.revocation import is_revoked, revocation_keys
from common.notification_log import Cursor, Page
from common.notification_log.keys import UserKeys
from common.notification_log.log import PAGE_LIMIT
from common.notification_log.redis_log import PageReads, read_page
from common.redis_client import REDIS_FAILED, RedisClient, TranslatedFailures, redis_failures
from common.redis_script import RedisScript, all_or_raise, run_and_get
from common.redis_shared_connection import script_runner
from websocket_service import SERVICE_NAME
from websocket_service.live import close_errors
from websocket_service.live.dispatcher import PROBES_CHANNEL, encode_probe

LEASE_S: Final = 30
RENEW_EVERY_S: Final = 10.0
"""A killed replica's leases lapse after LEASE_S; three renewals may fail before a living one's do."""

_BATCH: Final = 25

_ACQUIRE: Final = """
-- Takes a place among a user's connections.
-- KEYS: leases. ARGV: lease, places, seconds it lasts. Returns 1, or 0 where no place is left.
local time = redis.call('TIME')
local now_ms = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
local lapses_ms = now_ms + tonumber(ARGV[3]) * 1000
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now_ms)
-- No lease lapses later than one that is taken now, unless the clock was set back; who holds one renews it soon.
redis.call('ZREMRANGEBYSCORE', KEYS[1], '(' .. string.format('%.0f', lapses_ms), '+inf')
if redis.call('ZCARD', KEYS[1]) >= tonumber(ARGV[2]) then
  return 0
end
redis.call('ZADD', KEYS[1], lapses_ms, ARGV[1])
redis.call('EXPIRE', KEYS[1], ARGV[3])
return 1
"""

_RENEW: Final = """
-- Prolongs the places that are held.
-- KEYS: leases. ARGV: seconds they last, each lease.
local time = redis.call('TIME')
local lapses_ms = (tonumber(time[1]) + tonumber(ARGV[1])) * 1000 + math.floor(tonumber(time[2]) / 1000)
for place = 2, #ARGV do
  redis.call('ZADD', KEYS[1], lapses_ms, ARGV[place])
end
redis.call('EXPIRE', KEYS[1], ARGV[1])
"""

_logger = structlog.get_logger(__name__)


class RedisLeases:
    """Implements :class:`websocket_service.live.ports.Leases`; :meth:`run` renews and releases in the background.

    Args:
        redis: a client that doesn't retry.
        places: how many connections a user may have.
        deadline_s: how long one trip to the server may last, in seconds.
        lease_s: seconds after which a lease lapses that isn't renewed.
        page_entries: how many notifications the first page has at most.
    """

    def __init__(
        self,
        redis: RedisClient,
        *,
        places: int,
        deadline_s: float,
        lease_s: int = LEASE_S,
        page_entries: int = PAGE_LIMIT,
    ) -> None:
        self._redis = redis
        self._runner = script_runner(redis, answer_within_s=deadline_s)
        self._acquire = RedisScript(redis, _ACQUIRE, runner=self._runner)
        self._reads = PageReads(redis, self._runner)
        self._page_entries = page_entries
        self._prolong = RedisScript(redis, _RENEW, runner=self._runner)
        self._acquiring = TranslatedFailures(service=SERVICE_NAME, operation="acquire_lease")
        self._places = places
        self._deadline_s = deadline_s
        self._lease_s = lease_s
        self._held: dict[UserId, set[str]] = {}
        self._released: dict[UserId, set[str]] = {}
        self._has_released = asyncio.Event()
        self._turn = asyncio.Lock()

    async def acquire(self, principal: Principal, lease: str, cursor: Cursor | None) -> Page | None:
        """Take one of the user's places and read the first page; see the port."""
        # Held from here on: were the answer lost, the lease would be released like any other.
        user_id = principal.user_id
        self._held.setdefault(user_id, set()).add(lease)
        place = (UserKeys.of(user_id).leases,), (lease, self._places, self._lease_s)
        page = self._reads.call(user_id, cursor, limit=self._page_entries)
        runs = ((self._acquire, place), (self._reads.script, page))
        with self._acquiring:
            (taken, read), found = await run_and_get(self._runner, runs, revocation_keys(principal))
        if is_revoked(principal, *found):
            raise close_errors.revoked_token()
        if not taken:
            self.release(user_id, lease)  # a renewal meanwhile has taken it for one that is held
            return None
        return read_page(read, cursor)

    def release(self, user_id: UserId, lease: str) -> None:
        """Give the place back soon."""
        held = self._held.get(user_id, set())
        if lease not in held:
            return
        held.discard(lease)
        if not held:
            del self._held[user_id]
        self._released.setdefault(user_id, set()).add(lease)
        self._has_released.set()

    async def probe_user(self, user_id: UserId) -> None:
        """Publish the user's id to the replicas, which ask its connections for a sign of life."""
        async with redis_failures(service=SERVICE_NAME, operation="probe_connections", deadline_s=self._deadline_s):
            await self._redis.publish(PROBES_CHANNEL, encode_probe(user_id))

    async def run(self) -> None:
        """Renew what is held every RENEW_EVERY_S, and release at once, for ever.

        When cancelled it releases what is left: the last clients of a drain leave just before.
        """
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._renew_for_ever())
                group.create_task(self._release_for_ever())
        finally:
            await self.flush()

    async def renew(self, *, over_s: float = 0.0) -> None:
        """Renew every lease held here, a few users at a time, over ``over_s`` seconds.

        A wiped server learns of every connection again by this. Thousands of commands at once would hold up all
        messages. What is released meanwhile stays so: a batch is what is held when it goes out, and no release goes
        out beside it.
        """
        batches = tuple(_batches(tuple(self._held)))
        try:
            for some in batches:
                async with self._turn:
                    await self._renew(some)
                await asyncio.sleep(over_s / len(batches))
        except REDIS_FAILED as failure:
            _logger.warning("leases.not_renewed", cause=type(failure).__name__, users=len(self._held))

    async def flush(self) -> None:
        """Release what was given back; a server that is away lets it lapse. Cancelled, it forgets none of it."""
        async with self._turn:
            released, self._released = self._released, {}
            try:
                for some in _batches(tuple(released)):
                    await self._remove({user_id: released[user_id] for user_id in some})
            except REDIS_FAILED:
                return
            except asyncio.CancelledError:
                for user_id, leases in released.items():
                    self._released.setdefault(user_id, set()).update(leases)
                raise

    async def _renew(self, users: Sequence[UserId]) -> None:
        held = [(UserKeys.of(user_id).leases, leases) for user_id in users if (leases := self._held.get(user_id))]
        if held:
            all_or_raise(await self._prolong.run_each([((key,), (self._lease_s, *leases)) for key, leases in held]))

    async def _remove(self, released: Mapping[UserId, set[str]]) -> None:
        removals = [("ZREM", UserKeys.of(user_id).leases, *leases) for user_id, leases in released.items()]
        all_or_raise(await self._runner.ask_each(*removals))

    async def _renew_for_ever(self) -> None:
        while True:
            await asyncio.sleep(RENEW_EVERY_S / 2)
            await self.renew(over_s=RENEW_EVERY_S / 2)

    async def _release_for_ever(self) -> None:
        while True:
            await self._has_released.wait()
            self._has_released.clear()
            await self.flush()


def _batches(users: Sequence[UserId]) -> Iterator[Sequence[UserId]]:
    for start in range(0, len(users), _BATCH):
        yield users[start : start + _BATCH]
