"""One Apache Kafka node that is its own controller, its log on disk."""

import asyncio
from asyncio.subprocess import DEVNULL, PIPE, STDOUT
from collections.abc import Sequence
from pathlib import Path

from sandbox.errors import SandboxError
from sandbox.kafka_server import KafkaServer
from sandbox.ports import LOOPBACK, free_port
from tests.support.java import JAVA

READY_WITHIN_S = 120.0
CLUSTER = "4L6g3nShT-eMCtK--X86sw"
"""Any sixteen bytes; one made by chance may begin with a hyphen, which the tool takes for an option."""


class ApacheKafkaServer(KafkaServer):
    """Apache Kafka on a loopback port; stopped, or killed, and started again it has the same port, topics and records.

    Args:
        folder: an existing folder for its configuration, log file and data.
        jars: where the broker's jars are.
        topics: created at each start, unless they exist.
    """

    def __init__(self, folder: Path, *, jars: Path, topics: Sequence[str] = ()) -> None:
        super().__init__(folder, topics=topics)
        self._classpath = str(jars / "*")
        self._properties = folder / "server.properties"
        self._data = folder / "data"
        self._properties.write_text("".join(f"{name}={value}\n" for name, value in self.properties().items()))
        self.command = (*JAVA, "-Xmx384m", "-cp", self._classpath, "kafka.Kafka", str(self._properties))

    async def start(self) -> None:
        """Format the log where it is new, start the broker, and return once it answers and has its topics."""
        if not self._data.exists():
            await self._format()
        self.launch()
        # The JVM takes seconds; asking the port first keeps aiokafka from logging every refused attempt.
        await self.ready(self._listens, within_s=READY_WITHIN_S)
        await self.ready(self.answers, within_s=READY_WITHIN_S)
        await self.create_topics(self.topics)

    async def _listens(self) -> bool:
        try:
            _, writer = await asyncio.open_connection(LOOPBACK, self.port)
        except OSError:
            return False
        writer.close()
        return True

    async def _format(self) -> None:
        tool = await asyncio.create_subprocess_exec(
            *(*JAVA, "-cp", self._classpath, "kafka.tools.StorageTool", "format"),
            *("--cluster-id", CLUSTER, "--config", str(self._properties), *self.format_options()),
            stdin=DEVNULL,
            stdout=PIPE,
            stderr=STDOUT,
        )
        try:
            said, _ = await tool.communicate()
        finally:
            if tool.returncode is None:
                tool.kill()
                await tool.wait()
        if tool.returncode != 0:
            message = f"the log of Apache Kafka was not formatted: {said.decode(errors='replace')}"
            raise SandboxError(message)

    def format_options(self) -> Sequence[str]:
        """Return further options for the tool that formats the log."""
        return ()

    def properties(self) -> dict[str, str]:
        """Return what server.properties says."""
        controller = f"{LOOPBACK}:{free_port()}"
        return {
            "process.roles": "broker,controller",
            "node.id": "1",
            "controller.quorum.voters": f"1@{controller}",
            "listeners": f"PLAINTEXT://{self.bootstrap},CONTROLLER://{controller}",
            "advertised.listeners": f"PLAINTEXT://{self.bootstrap}",
            "controller.listener.names": "CONTROLLER",
            "listener.security.protocol.map": "CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT",
            "log.dirs": str(self._data),
            "offsets.topic.replication.factor": "1",
            "offsets.topic.num.partitions": "3",
            "transaction.state.log.replication.factor": "1",
            "transaction.state.log.min.isr": "1",
            "group.initial.rebalance.delay.ms": "0",
            # What is acknowledged is on disk, so that a killed broker loses nothing it has confirmed.
            "log.flush.interval.messages": "1",
        }
