"""A broker that serves the bytes a test gives it, broken ones too, to one consumer group of one member."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from io import BytesIO

from aiokafka.protocol.admin import ApiVersionRequest_v0
from aiokafka.protocol.api import RequestHeader_v1, RequestStruct
from aiokafka.protocol.commit import OffsetCommitRequest_v2, OffsetFetchRequest_v1
from aiokafka.protocol.coordination import FindCoordinatorRequest_v0
from aiokafka.protocol.fetch import FetchRequest_v4
from aiokafka.protocol.group import (
    HeartbeatRequest_v0,
    JoinGroupRequest_v0,
    LeaveGroupRequest_v0,
    SyncGroupRequest_v0,
)
from aiokafka.protocol.metadata import MetadataRequest_v1
from aiokafka.protocol.offset import OffsetRequest_v1

from sandbox.ports import LOOPBACK
from tests.support.eventually import eventually

EARLIEST = -2
Facts = tuple[object, ...]
"""An answer's fields, in order."""

REQUESTS: Sequence[type[RequestStruct]] = (
    ApiVersionRequest_v0,
    MetadataRequest_v1,
    FindCoordinatorRequest_v0,
    JoinGroupRequest_v0,
    SyncGroupRequest_v0,
    HeartbeatRequest_v0,
    LeaveGroupRequest_v0,
    OffsetFetchRequest_v1,
    OffsetCommitRequest_v2,
    OffsetRequest_v1,
    FetchRequest_v4,
)
"""All that aiokafka's consumer asks of a broker, each in one version."""


@dataclass(slots=True)
class Batch:
    """What stands in a partition from offset ``base`` to ``last``.

    ``contents`` are served in turn, the last one from then on. The answer ends after a batch that ``is_cut``.
    ``led_over`` are the connections over which it came first in an answer, one for each answer.
    """

    base: int
    last: int
    contents: Sequence[bytes]
    is_cut: bool = False
    led_over: list[int] = field(default_factory=list)
    served: int = 0

    def serve(self) -> bytes:
        """Return what is due."""
        self.served += 1
        return self.contents[min(self.served, len(self.contents)) - 1]


class ScriptedBroker:
    """Speaks as much of Kafka's protocol as one consumer needs.

    ``committed`` is what the group would read on from. A fetch of partitions that ``refuses`` is told of, with the
    connection's number, is not answered when it says so: the connection is closed. ``errors`` are the codes with which
    it answers fetches of a partition. ``open`` are the connections.
    """

    def __init__(self, topic: str, partitions: int) -> None:
        self.topic = topic
        self.committed: dict[int, int] = {}
        self.refuses: Callable[[int, Sequence[int]], bool] = lambda _connection, _partitions: False
        self.partitions: dict[int, list[Batch]] = {number: [] for number in range(partitions)}
        self.errors: dict[int, int] = {}
        self.port = 0
        self.open: set[asyncio.StreamWriter] = set()
        self._connections = 0
        self._generation = 0
        self._answers: dict[type[RequestStruct], Callable[[RequestStruct, int], Awaitable[Facts]]] = {
            ApiVersionRequest_v0: self._versions,
            MetadataRequest_v1: self._metadata,
            FindCoordinatorRequest_v0: self._coordinator,
            JoinGroupRequest_v0: self._join,
            SyncGroupRequest_v0: self._sync,
            HeartbeatRequest_v0: self._nod,
            LeaveGroupRequest_v0: self._nod,
            OffsetFetchRequest_v1: self._offsets_of_group,
            OffsetCommitRequest_v2: self._commit,
            OffsetRequest_v1: self._offsets,
            FetchRequest_v4: self._fetch,
        }

    @property
    def bootstrap(self) -> str:
        """The address."""
        return f"{LOOPBACK}:{self.port}"

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer one connection's requests, one after the other."""
        self._connections += 1
        connection = self._connections
        self.open.add(writer)
        try:
            while True:
                request = await reader.readexactly(int.from_bytes(await reader.readexactly(4)))
                answer = await self._answer(request, connection)
                writer.write(len(answer).to_bytes(4) + answer)
        except (asyncio.IncompleteReadError, ConnectionError):
            return
        finally:
            writer.close()
            self.open.discard(writer)

    async def _answer(self, request: bytes, connection: int) -> bytes:
        stream = BytesIO(request)
        header = RequestHeader_v1.SCHEMA.decode(stream)
        [kind] = [kind for kind in REQUESTS if tuple(header[:2]) == (kind.API_KEY, kind.API_VERSION)]
        facts = await self._answers[kind](kind.decode(stream), connection)
        return int(header[2]).to_bytes(4) + bytes(kind.RESPONSE_TYPE(*facts).encode())

    async def _versions(self, _request: RequestStruct, _connection: int) -> Facts:
        return 0, [(kind.API_KEY, kind.API_VERSION, kind.API_VERSION) for kind in REQUESTS]

    async def _metadata(self, _request: RequestStruct, _connection: int) -> Facts:
        partitions = [(0, number, 1, [1], [1]) for number in self.partitions]
        return [(1, LOOPBACK, self.port, None)], 1, [(0, self.topic, False, partitions)]

    async def _coordinator(self, _request: RequestStruct, _connection: int) -> Facts:
        return 0, 1, LOOPBACK, self.port

    async def _join(self, request: RequestStruct, _connection: int) -> Facts:
        self._generation += 1
        protocol, metadata = request.group_protocols[0]
        member = request.member_id or "member"
        return 0, self._generation, protocol, member, member, [(member, metadata)]

    async def _sync(self, request: RequestStruct, _connection: int) -> Facts:
        return 0, request.group_assignment[0][1]

    async def _nod(self, _request: RequestStruct, _connection: int) -> Facts:
        return (0,)

    async def _offsets_of_group(self, request: RequestStruct, _connection: int) -> Facts:
        return (
            [
                (topic, [(number, self.committed.get(number, -1), "", 0) for number in numbers])
                for topic, numbers in request.topics
            ],
        )

    async def _commit(self, request: RequestStruct, _connection: int) -> Facts:
        for _, offsets in request.topics:
            self.committed |= {number: offset for number, offset, _ in offsets}
        return ([(topic, [(number, 0) for number, *_ in offsets]) for topic, offsets in request.topics],)

    async def _offsets(self, request: RequestStruct, _connection: int) -> Facts:
        ends = {
            number: 0 if at == EARLIEST else self._end(number) for _, asked in request.topics for number, at in asked
        }
        return ([(self.topic, [(number, 0, -1, end) for number, end in ends.items()])],)

    async def _fetch(self, request: RequestStruct, connection: int) -> Facts:
        asked = {number: offset for _, places in request.topics for number, offset, _ in places}
        if self.refuses(connection, list(asked)):
            raise ConnectionResetError
        contents = {
            number: b"" if number in self.errors else self._from(number, offset, connection)
            for number, offset in asked.items()
        }
        if not any(contents.values()):
            await asyncio.sleep(min(request.max_wait_time, 10) / 1000)
        answers: list[Facts] = [
            (number, self.errors.get(number, 0), self._end(number), self._end(number), [], content)
            for number, content in contents.items()
        ]
        return 0, [(self.topic, answers)]

    def _end(self, number: int) -> int:
        return max((batch.last + 1 for batch in self.partitions[number]), default=0)

    def _from(self, number: int, offset: int, connection: int) -> bytes:
        content = b""
        for batch in self.partitions[number]:
            if batch.last >= offset:
                if not content:
                    batch.led_over.append(connection)
                content += batch.serve()
                if batch.is_cut:
                    break
        return content


@asynccontextmanager
async def scripted_broker(topic: str, *, partitions: int = 2) -> AsyncIterator[ScriptedBroker]:
    """Give a broker that listens on a free port of the loopback."""
    broker = ScriptedBroker(topic, partitions)
    async with await asyncio.start_server(broker.serve, LOOPBACK, 0) as server:
        broker.port = server.sockets[0].getsockname()[1]
        yield broker
        for writer in broker.open:
            writer.close()
        await eventually(lambda: not broker.open)
