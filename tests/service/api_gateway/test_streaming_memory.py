"""Bodies of any size pass in little memory, and whoever is slow slows the other end (docs/gateway.md, row 9)."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

from tests.support.eventually import eventually
from tests.support.measured_process import MeasuredProcess, run_measured
from tests.support.multipart_bodies import CONTENT_TYPE, END, file_part, text_part, upload
from tests.support.raw_http import RawConnection, RawResponse, connected
from tests.support.raw_upstream import Connection, RawUpstream

MEGABYTE = 1_048_576
MOST_GROWTH = 16 * MEGABYTE
IN_BUFFERS = 24 * MEGABYTE
"""More than all sockets' kernel buffers between the ends hold."""

FILE_BYTES = 47 * MEGABYTE
PIECE = b"En rad i en uppsats.\r\n--" * 2_730


class Sink:
    """An upstream that takes a body as fast as it is let, counts it, and answers at its end."""

    def __init__(self) -> None:
        self.received = 0
        self.open = asyncio.Event()

    async def __call__(self, connection: Connection) -> None:
        """Serve one upload after the other."""
        while True:
            request = await connection.head()
            await self.open.wait()
            left = int(request.values("content-length")[0])
            while left:
                piece = await connection.some(min(left, 262_144))
                left -= len(piece)
                self.received += len(piece)
            await connection.answer(status="201 Created")


@dataclass(slots=True)
class Sender:
    """Sends two files of 47 MB, counting what the connection took."""

    client: RawConnection
    sent: int = 0

    async def send(self) -> RawResponse:
        """Send all of it and return the answer."""
        opening = text_part("batch_id", "b1") + b"\r\n" + file_part("a.txt", b"")
        between = b"\r\n" + file_part("b.txt", b"")
        length = len(opening) + len(between) + 2 * FILE_BYTES + len(END)
        head = f"POST /upload HTTP/1.1\r\nHost: t\r\nContent-Type: {CONTENT_TYPE}\r\nContent-Length: {length}\r\n\r\n"
        await self.client.send(head.encode())
        for start in (opening, between):
            await self._take(start)
            await self._file()
        await self._take(END)
        return await self.client.response()

    async def _file(self) -> None:
        left = FILE_BYTES
        while left:
            piece = PIECE[:left]
            await self._take(piece)
            left -= len(piece)

    async def _take(self, piece: bytes) -> None:
        await self.client.send(piece)
        self.sent += len(piece)


@dataclass(frozen=True, slots=True)
class Path:
    """A client's connection, the proxy between, and the upstream."""

    proxy: MeasuredProcess
    client: RawConnection


@asynccontextmanager
async def path_to(upstream: RawUpstream) -> AsyncIterator[Path]:
    """Connect the ends through a proxy that has been used once."""
    async with run_measured("tests.support.proxy_app", upstream.url) as proxy, connected(proxy.port) as client:
        yield Path(proxy, client)


async def warm_up(client: RawConnection) -> None:
    """Send a small upload, so that what is made once is made."""
    body = upload(file_part("a.txt", bytes(MEGABYTE)))
    answer = await client.ask(f"POST /upload HTTP/1.1\nContent-Type: {CONTENT_TYPE}\nContent-Length: {len(body)}", body)
    assert answer.status == 201


async def stands_still(reading: Callable[[], int]) -> None:
    """Return when ``reading`` hasn't changed for half a second."""
    clock = asyncio.get_running_loop().time
    seen, since = reading(), clock()

    def still() -> bool:
        nonlocal seen, since
        if reading() != seen:
            seen, since = reading(), clock()
        return clock() - since > 0.5

    await eventually(still, within_s=20)


async def test_an_upload_near_the_limit_passes_in_little_memory() -> None:
    """94 MB inspected, at most 16 MB more."""
    sink = Sink()
    sink.open.set()
    async with RawUpstream(sink) as upstream, path_to(upstream) as path:
        await warm_up(path.client)
        sender = Sender(path.client)
        async with path.proxy.growing() as growth:
            answer = await sender.send()

    assert answer.status == 201
    assert sink.received > 2 * FILE_BYTES
    assert growth.bytes <= MOST_GROWTH


async def test_a_slow_upstream_slows_the_caller() -> None:
    """What it doesn't take isn't taken from the caller either, nor kept; when it goes on, so does the upload."""
    sink = Sink()
    sink.open.set()
    async with RawUpstream(sink) as upstream, path_to(upstream) as path:
        await warm_up(path.client)
        sink.open.clear()
        sender = Sender(path.client)
        async with path.proxy.growing() as growth, asyncio.TaskGroup() as group:
            sending = group.create_task(sender.send())
            await stands_still(lambda: sender.sent)
            taken = sender.sent
            sink.open.set()

    assert taken < IN_BUFFERS
    assert sending.result().status == 201
    assert growth.bytes <= MOST_GROWTH


class Source:
    """An upstream that answers ``/<n>`` with n MB as fast as it is let, counting what was taken."""

    def __init__(self) -> None:
        self.sent = 0

    async def __call__(self, connection: Connection) -> None:
        """Answer one request after the other."""
        while True:
            request = await connection.head()
            megabytes = int(request.target.strip("/"))
            await connection.send(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % (megabytes * MEGABYTE))
            for _ in range(4 * megabytes):
                await connection.send(bytes(MEGABYTE // 4))
                self.sent += MEGABYTE // 4


async def take(client: RawConnection, megabytes: int) -> None:
    """Read an answer of so many MB, head and all, keeping nothing."""
    await client.reader.readuntil(b"\r\n\r\n")
    left = megabytes * MEGABYTE
    while left:
        left -= len(await client.reader.read(min(left, 262_144)))


async def test_a_slow_caller_slows_the_upstream() -> None:
    """256 MB for a caller that doesn't read stay at the upstream; then they pass in at most 16 MB more."""
    source = Source()
    async with RawUpstream(source) as upstream, path_to(upstream) as path:
        await path.client.send(b"GET /1 HTTP/1.1\r\nHost: t\r\n\r\n")
        await take(path.client, 1)
        async with path.proxy.growing() as growth:
            await path.client.send(b"GET /256 HTTP/1.1\r\nHost: t\r\n\r\n")
            await stands_still(lambda: source.sent)
            taken = source.sent
            await take(path.client, 256)

    assert taken < IN_BUFFERS
    assert growth.bytes <= MOST_GROWTH
