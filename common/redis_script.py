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

    async def run_and_get(
        self, wanted: Sequence[str], *, keys: Sequence[str], args: Sequence[Argument]
    ) -> tuple[object, Sequence[bytes | None]]:
        """Run the script once and get the values of the keys ``wanted``, in one trip; raises what redis-py raises.

        For keys that can't be the script's own, since a cluster has them in other slots; the values may so be of
        another moment than the reply.
        """
        try:
            return await self._trip(wanted, "EVALSHA", self._digest, len(keys), *keys, *args)
        except NoScriptError:
            return await self._trip(wanted, "EVAL", self._text, len(keys), *keys, *args)

    async def _trip(self, wanted: Sequence[str], *command: Argument) -> tuple[object, Sequence[bytes | None]]:
        pipeline = self._redis.pipeline(transaction=False)
        pipeline.execute_command(*command)
        for key in wanted:
            pipeline.get(key)
        reply, *values = await pipeline.execute()
        return reply, values
