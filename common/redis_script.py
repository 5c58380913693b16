"""Lua scripts on Redis, run by their digest."""

import hashlib
from collections.abc import Sequence

from redis.exceptions import NoScriptError

from common.redis_client import RedisClient

Argument = str | bytes | int | float


class RedisScript:
    """One script; a server that doesn't know its digest (new, restarted, promoted, flushed) is sent the text once.

    Only the server that owns the keys is: redis-py's own Script would load it to every primary of a cluster, dead
    ones included.
    """

    def __init__(self, redis: RedisClient, text: str) -> None:
        self._redis = redis
        self._text = text
        self._digest = hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest()

    async def run(self, *, keys: Sequence[str], args: Sequence[Argument]) -> object:
        """Run the script once and return its reply (integers, bytes, lists of them); raises what redis-py raises."""
        try:
            return await self._redis.evalsha(self._digest, len(keys), *keys, *args)
        except NoScriptError:
            return await self._redis.eval(self._text, len(keys), *keys, *args)
