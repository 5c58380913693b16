"""The log's scripts, run by their digest."""

import hashlib
from collections.abc import Sequence
from importlib.resources import files
from typing import Final

from redis.exceptions import NoScriptError

from common.redis_client import RedisClient

Argument = str | bytes | int

_FOLDER: Final = files("common.notification_log") / "scripts"
_PRELUDE: Final = "history.lua"


class LuaScript:
    """One script of this package's ``scripts`` folder, with the prelude they share.

    A server that doesn't know the digest (new, restarted, promoted, flushed) is sent the text once, and only the server
    that owns the keys: redis-py's own Script would load it to every primary of a cluster, dead ones included.
    """

    def __init__(self, redis: RedisClient, name: str) -> None:
        self._redis = redis
        self._text = "\n".join((_FOLDER / part).read_text(encoding="utf-8") for part in (_PRELUDE, name))
        self._digest = hashlib.sha1(self._text.encode(), usedforsecurity=False).hexdigest()

    async def run(self, *, keys: Sequence[str], args: Sequence[Argument]) -> object:
        """Run the script once and return its reply (integers, bytes, lists of them); raises what redis-py raises."""
        try:
            return await self._redis.evalsha(self._digest, len(keys), *keys, *args)
        except NoScriptError:
            return await self._redis.eval(self._text, len(keys), *keys, *args)
