"""WebSocket frames by hand (RFC 6455 section 5.2), for clients that misbehave."""

import struct
from asyncio import IncompleteReadError
from dataclasses import dataclass

import orjson
from pydantic import JsonValue

from tests.support.raw_http import RawConnection, RawResponse

TEXT, BINARY, CLOSE, PING, PONG = 0x1, 0x2, 0x8, 0x9, 0xA
_MASK = b"\x01\x02\x03\x04"
_SHORT, _MEDIUM = 125, 126


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
    masked = bytes(byte ^ _MASK[index % 4] for index, byte in enumerate(payload))
    return head + _MASK + masked


async def handshake(connection: RawConnection, path: str, *headers: str) -> RawResponse:
    """Ask for a WebSocket; return the server's answer."""
    lines = [
        f"GET {path} HTTP/1.1",
        "Upgrade: websocket",
        "Connection: Upgrade",
        "Sec-WebSocket-Version: 13",
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
        *headers,
    ]
    return await connection.ask("\n".join(lines))


async def read_frame(connection: RawConnection) -> Frame:
    """Return the server's next frame."""
    first, second = await connection.reader.readexactly(2)
    size = second
    if second == _MEDIUM:
        size = struct.unpack("!H", await connection.reader.readexactly(2))[0]
    elif second > _MEDIUM:
        size = struct.unpack("!Q", await connection.reader.readexactly(8))[0]
    return Frame(first & 0x0F, await connection.reader.readexactly(size))


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
