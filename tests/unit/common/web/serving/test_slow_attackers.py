"""Many clients that hold connections by being slow, before a real process: they lose them, and others are served."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator

import pytest
import pytest_asyncio

from tests.support.raw_http import RawConnection, ask, connected
from tests.support.raw_websocket import TEXT, frame, handshake
from tests.support.web_process import WebProcess, web_process

ATTACKERS = 60
PATIENCE_S = 1.0
DRIP_S = 0.1
ENDED_WITHIN_S = 90.0
HEAD = b"GET /wait/0 HTTP/1.1\r\nHost: a\r\n"
POST = b"POST /read HTTP/1.1\r\nHost: a\r\n"


@pytest_asyncio.fixture(scope="module")
async def process() -> AsyncIterator[WebProcess]:
    """A process that waits for nobody for long."""
    async with web_process(patience_s=PATIENCE_S) as started:
        yield started


def nothing() -> Iterator[bytes]:
    """Send nothing at all."""
    yield from ()


def half_a_head() -> Iterator[bytes]:
    """Begin a head and stop."""
    yield HEAD


def endless_head() -> Iterator[bytes]:
    """Send one header after the other."""
    yield HEAD
    while True:
        yield b"X: y\r\n"


def second_head() -> Iterator[bytes]:
    """Ask once as one should, then drip a second head."""
    yield HEAD + b"\r\n"
    while True:
        yield b"G"


def half_a_body() -> Iterator[bytes]:
    """Announce a body, begin it and stop."""
    yield POST + b"Content-Length: 1000\r\n\r\nx"


def endless_body() -> Iterator[bytes]:
    """Drip a body steadily."""
    yield POST + b"Content-Length: 100000\r\n\r\n"
    while True:
        yield b"x"


def endless_chunks() -> Iterator[bytes]:
    """Drip chunks of a byte."""
    yield POST + b"Transfer-Encoding: chunked\r\n\r\n"
    while True:
        yield b"1\r\nx\r\n"


def endless_chunk_size() -> Iterator[bytes]:
    """Drip the digits of a chunk's size."""
    yield POST + b"Transfer-Encoding: chunked\r\n\r\n"
    while True:
        yield b"0"


async def dropped(port: int, sending: Iterator[bytes]) -> None:
    """Send the pieces slowly; return when the server has ended the connection."""
    async with connected(port) as connection, asyncio.TaskGroup() as group:
        drip = group.create_task(_drip(connection, sending))
        await _until_gone(connection)
        drip.cancel()


async def _drip(connection: RawConnection, sending: Iterator[bytes]) -> None:
    try:
        for piece in sending:
            await connection.send(piece)
            await asyncio.sleep(DRIP_S)  # the slowness that the attack consists of
    except OSError:
        return


async def _until_gone(connection: RawConnection) -> None:
    try:
        await connection.until_closed()
    except OSError:
        return


async def served(port: int) -> int:
    """Return the status that another client gets meanwhile; one that the server dropped as too slow asks again."""
    while True:
        try:
            return (await ask(port, "GET /wait/0 HTTP/1.1")).status
        except (asyncio.IncompleteReadError, ConnectionError):
            await asyncio.sleep(0)


Sending = Callable[[], Iterator[bytes]]


@pytest.mark.parametrize(
    "sending",
    [
        nothing,
        half_a_head,
        endless_head,
        second_head,
        half_a_body,
        endless_body,
        endless_chunks,
        endless_chunk_size,
    ],
)
async def test_slow_requests_lose_their_connections(process: WebProcess, sending: Sending) -> None:
    """Each of many is ended by the server, however it keeps on, and others are served while they hold on."""
    async with asyncio.timeout(ENDED_WITHIN_S), asyncio.TaskGroup() as group:
        attacks = [group.create_task(dropped(process.port, sending())) for _ in range(ATTACKERS)]
        statuses = [await served(process.port) for _ in range(10)]

    assert statuses == [200] * 10
    assert all(attack.done() for attack in attacks)


HALVES = (
    frame(TEXT, b"x" * 1000)[:1],
    frame(TEXT, b"x" * 1000)[:5],
    frame(TEXT, b"x" * 1000)[:500],
    frame(TEXT, b"x", final=False),
    b"",
)


async def silenced(port: int, half: bytes) -> None:
    """Open a socket, begin a frame, answer no ping; return when the server has ended it."""
    async with connected(port) as connection:
        assert (await handshake(connection, "/ws")).status == 101
        await connection.send(half)
        await _until_gone(connection)


@pytest.mark.parametrize("half", HALVES, ids=["a bit", "a head", "half", "a part", "nothing"])
async def test_slow_frames_lose_their_sockets(process: WebProcess, half: bytes) -> None:
    """A socket whose peer begins a frame and answers no ping is ended; others are served meanwhile."""
    async with asyncio.timeout(ENDED_WITHIN_S), asyncio.TaskGroup() as group:
        attacks = [group.create_task(silenced(process.port, half)) for _ in range(ATTACKERS)]
        statuses = [await served(process.port) for _ in range(10)]

    assert statuses == [200] * 10
    assert all(attack.done() for attack in attacks)
