"""Connections that go wrong in every way, repeatably: mutated requests and frames, sent in pieces, left at any time."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from random import Random

from tests.support.raw_http import RawConnection, connected
from tests.support.raw_websocket import BINARY, CLOSE, PING, PONG, TEXT, frame

HANDSHAKE = (
    b"GET /echo HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
)
REQUESTS = (
    b"GET /hello HTTP/1.1\r\nHost: a\r\n\r\n",
    b"HEAD /hello HTTP/1.1\r\nHost: a\r\n\r\n",
    b"GET /hello HTTP/1.0\r\n\r\n",
    b"OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n",
    b"GET /wait HTTP/1.1\r\nHost: a\r\n\r\n",
    b"POST /read HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello",
    b"POST /read HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
    b"POST /ignore HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 9999999\r\n\r\n",
    b'POST /json HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 7\r\n\r\n{"a":1}',
    HANDSHAKE,
)
SIZES = (0, 1, 5, 125, 126, 300, 70_000)
OPCODES = (0x0, 0x3, TEXT, TEXT, BINARY, CLOSE, PING, PONG)
MOST_WAIT_S = 0.1


@contextmanager
def complaints() -> Iterator[list[str]]:
    """Keep what the event loop would log inside the block: what nobody caught."""
    told: list[str] = []
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(lambda _, context: told.append(f"{context['message']}: {context.get('exception')!r}"))
    try:
        yield told
    finally:
        loop.set_exception_handler(None)


async def throw_garbage(port: int, dice: Random, *, connections: int, at_once: int) -> None:
    """Make that many connections, some at a time; returns when all are gone."""
    for _ in range(0, connections, at_once):
        async with asyncio.TaskGroup() as group:
            for _ in range(at_once):
                group.create_task(_throw(port, dice))


async def _throw(port: int, dice: Random) -> None:
    async with connected(port) as connection:
        try:
            await _in_pieces(connection, _requests(dice), dice)
            await asyncio.sleep(dice.random() * MOST_WAIT_S / 10)
            await connection.send(b"".join(_frame(dice) for _ in range(dice.randrange(4))))
            await _leave(connection, dice)
        except OSError:
            return


async def _in_pieces(connection: RawConnection, data: bytes, dice: Random) -> None:
    size = max(1, len(data) // dice.choice((1, 3, 10)))
    for start in range(0, len(data), size):
        await connection.send(data[start : start + size])
        await asyncio.sleep(dice.choice((0, 0, 0.005)))


async def _leave(connection: RawConnection, dice: Random) -> None:
    match dice.randrange(3):
        case 0:
            return
        case 1:
            connection.writer.write_eof()
    try:
        async with asyncio.timeout(dice.random() * MOST_WAIT_S):
            await connection.until_closed()
    except TimeoutError:
        return


def _requests(dice: Random) -> bytes:
    chosen = dice.choices(REQUESTS, k=dice.randrange(1, 4))
    return b"".join(_mutate(each, dice) if dice.random() < 1 / 2 else each for each in chosen)


def _frame(dice: Random) -> bytes:
    made = frame(dice.choice(OPCODES), dice.randbytes(dice.choice(SIZES)), final=dice.random() < 9 / 10)
    return _mutate(made, dice) if dice.random() < 1 / 3 else made


def _mutate(data: bytes, dice: Random) -> bytes:
    changed = bytearray(data)
    for _ in range(dice.choice((1, 1, 2, 5))):
        place = dice.randrange(len(changed) + 1)
        match dice.randrange(3):
            case 0:
                changed[place : place + 1] = dice.randbytes(1)
            case 1:
                del changed[place : place + dice.randrange(1, 10)]
            case 2:
                changed[place:place] = dice.randbytes(dice.randrange(1, 30))
    return bytes(changed)
