"""Asks Redis whether it is there."""

import asyncio

from common.redis_client import REDIS_FAILED, RedisClient


class RedisPing:
    """Implements :class:`websocket_service.health.RedisProbe`; ``deadline_s`` in seconds."""

    def __init__(self, redis: RedisClient, *, deadline_s: float) -> None:
        self._redis = redis
        self._deadline_s = deadline_s

    async def answers(self) -> bool:
        """Tell whether Redis answered PING in time."""
        try:
            async with asyncio.timeout(self._deadline_s):
                return bool(await self._redis.ping())
        except REDIS_FAILED:
            return False
