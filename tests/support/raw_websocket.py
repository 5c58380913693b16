"""WebSocket frames by hand (RFC 6455 section 5.2), for clients that misbehave."""

import asyncio
import socket
import struct
from asyncio import IncompleteReadError, StreamReader
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

import orjson
from pydantic import JsonValue

from tests.support.eventually import PATIENCE_S
from tests.support.raw_http import HOST, RawConnection, RawResponse

TEXT, BINARY, CLOSE, PING, PONG = 0x1, 0x2, 0x8, 0x9, 0xA
_MASK = b"\x01\x02\x03\x04"
_SHORT, _MEDIUM = 125, 126
_MOST_AT_ONCE = 65_536


@dataclass(frozen=True, slots=True)
class Frame:
    """One frame from the server."""

    opcode: int
    payload: bytes

    @property
    def close_code(self) -> int:
        """The code of a close frame."""
        code: int = struct.unpack("!H", self.payload[:2])[0]
        return code

    @property
    def close_reason(self) -> dict[str, JsonValue]:
        """The reason of a close frame, as JSON."""
        reason: dict[str, JsonValue] = orjson.loads(self.payload[2:])
        return reason


def frame(opcode: int, payload: bytes, *, final: bool = True) -> bytes:
    """Return a client's frame, masked."""
    first = (0x80 if final else 0) | opcode
    size = len(payload)
    if size <= _SHORT:
        head = struct.pack("!BB", first, 0x80 | size)
    elif size < 1 << 16:
        head = struct.pack("!BBH", first, 0x80 | _MEDIUM, size)
    else:
        head = struct.pack("!BBQ", first, 0x80 | (_MEDIUM + 1), size)
    mask = (_MASK * (size // 4 + 1))[:size]
    masked = (int.from_bytes(payload) ^ int.from_bytes(mask)).to_bytes(size)
    return head + _MASK + masked


def _handshake_lines(path: str, headers: Sequence[str]) -> Sequence[str]:
    return [
        f"GET {path} HTTP/1.1",
        "Upgrade: websocket",
        "Connection: Upgrade",
        "Sec-WebSocket-Version: 13",
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
        *headers,
    ]


async def handshake(connection: RawConnection, path: str, *headers: str) -> RawResponse:
    """Ask for a WebSocket; return the server's answer."""
    return await connection.ask("\n".join(_handshake_lines(path, headers)))


async def read_frame(connection: RawConnection) -> Frame:
    """Return the server's next frame."""
    return await _read_frame(connection.reader)


async def _read_frame(reader: StreamReader) -> Frame:
    first, second = await reader.readexactly(2)
    size = second
    if second == _MEDIUM:
        size = struct.unpack("!H", await reader.readexactly(2))[0]
    elif second > _MEDIUM:
        size = struct.unpack("!Q", await reader.readexactly(8))[0]
    return Frame(first & 0x0F, await reader.readexactly(size))


async def flood(port: int, path: str, *headers: str, messages: bytes) -> Frame:
    """Connect, wait for a first frame of JSON, send ``messages`` at once, and return the last frame of the server.

    This takes a blocking socket: a server that ends a connection on which more arrives resets it, after which asyncio
    drops what came before the reset, while a socket still returns it.
    """
    reader = StreamReader()
    reader.feed_data(await asyncio.to_thread(_send_and_receive, port, _handshake_lines(path, headers), messages))
    reader.feed_eof()
    await reader.readuntil(b"\r\n\r\n")
    last = await _read_frame(reader)
    while not reader.at_eof():
        last = await _read_frame(reader)
    return last


def _send_and_receive(port: int, handshake_lines: Sequence[str], messages: bytes) -> bytes:
    head = "\r\n".join([*handshake_lines, "Host: test", "", ""]).encode()
    received = b""
    with socket.create_connection((HOST, port), timeout=PATIENCE_S) as client:
        client.sendall(head)
        while not received.endswith(b"}"):
            received += client.recv(_MOST_AT_ONCE)
        with suppress(ConnectionError):
            client.sendall(messages)
        with suppress(ConnectionError):
            while more := client.recv(_MOST_AT_ONCE):
                received += more
    return received


async def read_close(connection: RawConnection) -> Frame:
    """Return the server's close frame, dropping what comes before it."""
    while (received := await read_frame(connection)).opcode != CLOSE:
        pass
    return received


async def is_cut(connection: RawConnection) -> bool:
    """Tell, once the server has ended the connection, whether it did so without a close frame."""
    try:
        await read_close(connection)
    except (IncompleteReadError, ConnectionResetError):
        return True
    return False
