"""No replica of the feed is stopped while another is about to join the group."""

import asyncio
from collections.abc import AsyncIterator, Sequence

import pytest_asyncio

from sandbox.feed_restart import restart_feed
from sandbox.http_process import HttpProcess
from sandbox.ports import LOOPBACK

READS_FROM_ASKING = 3
"""How often the second replica is asked until it reads."""


class Health:
    """Answers for the replicas: one called ``second`` doesn't read at once, one called ``third`` never does."""

    def __init__(self) -> None:
        self.port = 0
        self.done = list[str]()
        """What was asked and done, in order."""

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer one request for ``/<name>/healthz``."""
        head = await reader.readuntil(b"\r\n\r\n")
        _, name, path = head.split(b" ")[1].decode().split("/")
        self.done.append(f"{name} is asked for its {path}")
        slow = name == "second" and self.done.count("second is asked for its healthz") < READS_FROM_ASKING
        status = "degraded" if slow or name == "third" else "healthy"
        writer.write(b'HTTP/1.1 200 OK\r\n\r\n{"status": "%b"}' % status.encode())
        writer.close()


class Replica(HttpProcess):
    """Never a real process: it notes which of its methods were called."""

    def __init__(self, name: str, health: Health, *, runs: bool = True) -> None:
        self.name = name
        self.probes = (f"http://{LOOPBACK}:{health.port}/{name}/readyz",)
        self._done = health.done
        self._runs = runs

    @property
    def running(self) -> bool:
        """As it was made."""
        return self._runs

    async def stop(self, *, grace_s: float = 0.0) -> None:
        """Note it."""
        self._done.append(f"{self.name} stops within {grace_s:g} s")

    async def start(self) -> None:
        """Note it."""
        self._done.append(f"{self.name} starts")


@pytest_asyncio.fixture
async def health() -> AsyncIterator[Health]:
    """What answers for them, at work."""
    health = Health()
    async with await asyncio.start_server(health.answer, LOOPBACK, 0) as server:
        health.port = server.sockets[0].getsockname()[1]
        yield health


async def test_a_restart_waits_until_every_replica_reads(health: Health) -> None:
    """The other was started a moment ago."""
    replicas: Sequence[Replica] = [Replica("first", health), Replica("second", health)]

    await restart_feed(replicas[0], replicas)

    assert health.done.count("second is asked for its healthz") == READS_FROM_ASKING
    assert health.done[-2:] == ["first stops within 15 s", "first starts"]


async def test_one_that_has_ended_is_not_waited_for(health: Health) -> None:
    """It has left the group."""
    replicas = [Replica("first", health), Replica("third", health, runs=False)]

    await restart_feed(replicas[0], replicas)

    assert health.done == ["first is asked for its healthz", "first stops within 15 s", "first starts"]


async def test_the_wait_has_an_end(health: Health) -> None:
    """Without Kafka no replica reads; a restart may be what is tried against that."""
    replicas = [Replica("third", health)]

    await restart_feed(replicas[0], replicas, within_s=0.2)

    assert health.done == ["third is asked for its healthz"] * 2 + ["third stops within 15 s", "third starts"]
