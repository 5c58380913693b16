"""Lua scripts on Redis, run by their digest."""

import hashlib
from collections.abc import Awaitable, Sequence
from typing import Any, Protocol

from redis.exceptions import NoScriptError

from common.redis_line import Argument


class ScriptServer(Protocol):
    """Runs scripts: a redis-py client of any deployment, or a :class:`common.redis_line.RedisLine`."""

    def evalsha(self, digest: str, key_count: int, /, *arguments: Argument) -> Awaitable[Any]:
        """Run the script of this digest; raises NoScriptError when it isn't known."""
        ...

    def eval(self, text: str, key_count: int, /, *arguments: Argument) -> Awaitable[Any]:
        """Run the script ``text``."""
        ...


class RedisScript:
    """One script; a server that doesn't know its digest (new, restarted, promoted, flushed) is sent the text once.

    Only the server that owns the keys is: redis-py's own Script would load it to every primary of a cluster, dead
    ones included.
    """

    def __init__(self, redis: ScriptServer, text: str) -> None:
        self._redis = redis
        self._text = text
        self._digest = hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest()

    async def run(self, *, keys: Sequence[str], args: Sequence[Argument]) -> object:
        """Run the script once and return its reply (integers, bytes, lists of them); raises what redis-py raises."""
        try:
            return await self._redis.evalsha(self._digest, len(keys), *keys, *args)
        except NoScriptError:
            return await self._redis.eval(self._text, len(keys), *keys, *args)
