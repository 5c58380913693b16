"""Which user registered a batch here, in Redis for a day: one key a batch, written once."""

import asyncio
from typing import Final

import structlog

from api_gateway.ports import NoOwner
from common.identity.principal import UserId
from common.redis_client import REDIS_FAILED, RedisClient

KEPT_S: Final = 24 * 60 * 60
"""Far longer than the platform's aggregator takes to learn of a batch."""

ANSWER_WITHIN_S: Final = 0.25
"""Redis's time for an answer; without one the aggregator's record decides."""

_logger = structlog.get_logger(__name__)


class RedisBatchOwners:
    """Implements :class:`api_gateway.ports.BatchOwners`; Redis has ``deadline_s`` seconds for an answer."""

    def __init__(self, redis: RedisClient, *, deadline_s: float = ANSWER_WITHIN_S) -> None:
        self._redis = redis
        self._deadline_s = deadline_s

    async def remember(self, batch_id: str, owner: UserId) -> None:
        """Keep the owner unless the batch has one; see the port."""
        try:
            async with asyncio.timeout(self._deadline_s):
                await self._redis.set(_key(batch_id), owner.encode(), ex=KEPT_S, nx=True)
        except REDIS_FAILED as fault:
            _logger.warning("batch_owner.not_remembered", batch_id=batch_id, cause=type(fault).__name__)

    async def owner_of(self, batch_id: str) -> UserId | NoOwner:
        """Return the owner; see the port."""
        try:
            async with asyncio.timeout(self._deadline_s):
                found = await self._redis.get(_key(batch_id))
        except REDIS_FAILED as fault:
            _logger.warning("batch_owner.not_looked_up", batch_id=batch_id, cause=type(fault).__name__)
            return NoOwner.UNKNOWN
        return UserId(found.decode()) if isinstance(found, bytes) else NoOwner.UNREGISTERED


def _key(batch_id: str) -> str:
    return f"edge:batch_owner:{batch_id}"
