"""HTTP/1.1 by hand, for what a well-behaved client wouldn't send."""

import asyncio
from asyncio import StreamReader, StreamWriter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import NoReturn

import orjson
from pydantic import JsonValue

from tests.support.transports import break_off

HOST = "127.0.0.1"


@dataclass(slots=True)
class RawResponse:
    """One answer; header names in lower case."""

    status: int
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""

    def json(self) -> JsonValue:
        """Return the body as JSON."""
        value: JsonValue = orjson.loads(self.body)
        return value

    @property
    def error_code(self) -> JsonValue:
        """The code in the house's error body."""
        match self.json():
            case {"error": {"code": code}}:
                return code
            case other:
                message = f"not an error body: {other!r}"
                raise AssertionError(message)


class RawConnection:
    """One TCP connection to a server."""

    def __init__(self, reader: StreamReader, writer: StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    async def send(self, data: bytes) -> None:
        """Send ``data``."""
        self.writer.write(data)
        await self.writer.drain()

    async def trickle(self, data: bytes, *, every_s: float) -> None:
        """Send ``data`` byte by byte."""
        for byte in data:
            await asyncio.sleep(every_s)
            await self.send(bytes([byte]))

    async def send_for_ever(self, data: bytes) -> NoReturn:
        """Send ``data`` again and again; raises ConnectionError when the server has enough."""
        while True:
            await self.send(data)

    async def ask(self, head: str, body: bytes = b"") -> RawResponse:
        """Send a head (lines without their ends, Host added) and a body; return the answer."""
        lines = [*head.splitlines(), "Host: test", "", ""]
        await self.send("\r\n".join(lines).encode() + body)
        return await self.response()

    async def response(self) -> RawResponse:
        """Read one answer whose length is told. Raises EOFError (IncompleteReadError) when it is cut."""
        head = (await self.reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        status_line, *lines = head.split("\r\n")[:-2]
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        body = await self.reader.readexactly(int(headers.get("content-length", "0")))
        return RawResponse(int(status_line.split()[1]), headers, body)

    async def until_closed(self) -> bytes:
        """Return what still comes before the server closes its side."""
        return await self.reader.read()

    async def close(self) -> None:
        """Close the connection."""
        self.writer.close()

    def reset(self) -> None:
        """Drop the connection without a goodbye."""
        break_off(self.writer.transport)


@asynccontextmanager
async def connected(port: int) -> AsyncIterator[RawConnection]:
    """Connect to a server on loopback."""
    reader, writer = await asyncio.open_connection(HOST, port)
    connection = RawConnection(reader, writer)
    try:
        yield connection
    finally:
        connection.reset()


async def ask(port: int, head: str, body: bytes = b"") -> RawResponse:
    """Ask once over a connection of its own."""
    async with connected(port) as connection:
        return await connection.ask(head, body)
