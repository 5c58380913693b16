"""A Kafka producer that fails where a test wants it to."""

import asyncio
from collections.abc import Awaitable
from dataclasses import dataclass, field

from common.contracts.envelope import RecordHeaders


@dataclass(slots=True)
class FakeKafkaProducer:
    """Implements :class:`api_gateway.adapters.kafka_commands.Producer` without a broker.

    ``records`` are those handed over, ``headers`` theirs. Set ``on_start``, ``on_enqueue`` or ``on_ack`` to have that
    step raise it; clear ``acks`` to have the brokers keep silent until it is set again, ``reachable`` to have them not
    take the connection as long.
    """

    on_start: BaseException | None = None
    on_enqueue: BaseException | None = None
    on_ack: BaseException | None = None
    acks: asyncio.Event = field(default_factory=asyncio.Event)
    reachable: asyncio.Event = field(default_factory=asyncio.Event)
    records: list[tuple[bytes, bytes]] = field(default_factory=list)
    headers: list[RecordHeaders] = field(default_factory=list)
    started: bool = False
    stopped: bool = False

    def __post_init__(self) -> None:
        self.acks.set()
        self.reachable.set()

    async def start(self) -> None:
        """Connect."""
        await self.reachable.wait()
        if self.on_start is not None:
            raise self.on_start
        self.started = True

    async def enqueue(self, *, key: bytes, value: bytes, headers: RecordHeaders) -> Awaitable[object]:
        """Take a record."""
        if self.on_enqueue is not None:
            raise self.on_enqueue
        self.records.append((key, value))
        self.headers.append(headers)
        return self._acknowledge()

    async def _acknowledge(self) -> None:
        await self.acks.wait()
        if self.on_ack is not None:
            raise self.on_ack

    async def answers(self) -> bool:
        """Whether it is connected."""
        return self.started and not self.stopped

    async def stop(self) -> None:
        """Close."""
        self.stopped = True
