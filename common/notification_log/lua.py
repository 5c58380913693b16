"""The log's scripts."""

from importlib.resources import files
from typing import Final

from common.redis_client import RedisClient
from common.redis_script import RedisScript

_FOLDER: Final = files("common.notification_log") / "scripts"
_PRELUDE: Final = "history.lua"


def log_script(redis: RedisClient, name: str) -> RedisScript:
    """Return one script of this package's ``scripts`` folder, with the prelude they share."""
    return RedisScript(redis, "\n".join((_FOLDER / part).read_text(encoding="utf-8") for part in (_PRELUDE, name)))
