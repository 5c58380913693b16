"""A process that serves HTTP and says so."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from sandbox.errors import SandboxError
from sandbox.probes import is_ready
from sandbox.processes import ManagedProcess

READY_WITHIN_S = 60.0


class HttpProcess(ManagedProcess):
    """A process that is ready when each of its ``probes`` answers 200.

    Args:
        name: what people call it.
        command: program and arguments.
        log: the file that receives what it writes.
        environment: its whole environment.
        probes: URLs to ask.
    """

    def __init__(
        self, name: str, command: Sequence[str], *, log: Path, environment: Mapping[str, str], probes: Sequence[str]
    ) -> None:
        super().__init__(name, command, log=log, environment=environment)
        self.probes = tuple(probes)

    async def start(self) -> None:
        """Start the process and return once it is ready.

        Raises:
            SandboxError: when it ends or does not become ready, or another is ready where it would be: services share
                a port without complaint, and would share the requests.
        """
        if await self.answers():
            message = f"{self.name} is not started: another is ready at {', '.join(self.probes)} already"
            raise SandboxError(message)
        self.launch()
        await self.ready(self.answers, within_s=READY_WITHIN_S)

    async def answers(self) -> bool:
        """Tell whether every probe answers 200."""
        for probe in self.probes:
            if not await is_ready(probe):
                return False
        return True
