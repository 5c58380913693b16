"""Upstream servers that misbehave byte by byte, on loopback."""

import asyncio
import socket
from asyncio import StreamReader, StreamWriter
from asyncio.trsock import TransportSocket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, ExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import Self

from api_gateway.upstream.ports import UpstreamName
from sandbox.ports import LOOPBACK
from tests.support.eventually import eventually
from tests.support.transports import break_off, serving

OK_HEAD = b"HTTP/1.1 200 OK\r\n"


@dataclass
class ReceivedRequest:
    """A request as it came over the wire; ``body`` grows as it is read."""

    method: str
    target: str
    headers: list[tuple[str, str]]
    body: bytearray = field(default_factory=bytearray)

    def values(self, name: str) -> list[str]:
        """Return the values of the header called ``name``."""
        return [value for key, value in self.headers if key.lower() == name.lower()]


class Connection:
    """One connection of a client's, for a behaviour to use or abuse."""

    def __init__(self, reader: StreamReader, writer: StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self.gone = asyncio.Event()

    async def head(self) -> ReceivedRequest:
        """Read a request's head."""
        head = (await self._reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        line, *fields = head.removesuffix("\r\n\r\n").split("\r\n")
        method, target, _ = line.split(" ", 2)
        pairs = [(name, value.strip()) for name, _, value in (each.partition(":") for each in fields)]
        return ReceivedRequest(method, target, pairs)

    async def body(self, request: ReceivedRequest) -> bytes:
        """Read the whole body of ``request``, by its length or in chunks; decoded."""
        if request.values("transfer-encoding"):
            while size := int(await self._reader.readuntil(b"\r\n"), 16):
                request.body += (await self._reader.readexactly(size + 2))[:-2]
            await self._reader.readuntil(b"\r\n")
        else:
            request.body += await self._reader.readexactly(int((request.values("content-length") or ["0"])[0]))
        return bytes(request.body)

    async def some(self, most: int = 65_536) -> bytes:
        """Read whatever came."""
        return await self._reader.read(most)

    async def send(self, data: bytes) -> None:
        """Send ``data`` and wait until the kernel took it."""
        self._writer.write(data)
        await self._writer.drain()

    async def answer(self, body: bytes = b"ok", *, status: str = "200 OK", headers: bytes = b"") -> None:
        """Send a whole, proper answer."""
        length = b"Content-Length: %d\r\n" % len(body)
        await self.send(b"HTTP/1.1 " + status.encode() + b"\r\n" + length + headers + b"\r\n" + body)

    async def hang(self) -> None:
        """Do nothing until the other side goes away."""
        while await self._reader.read(65_536):
            pass
        self.gone.set()

    def reset(self) -> None:
        """Break the connection off at once."""
        break_off(self._writer.transport)

    async def close(self) -> None:
        """End the connection in good order."""
        self._writer.close()


Behaviour = Callable[[Connection], Awaitable[None]]


class RawUpstream:
    """A server that does to each connection what ``behaviour`` says, and remembers."""

    def __init__(self, behaviour: Behaviour) -> None:
        self.behaviour = behaviour
        self.connections: list[Connection] = []
        self.url = ""
        self._open = 0
        self._running = AsyncExitStack()

    async def __aenter__(self) -> Self:
        server = await self._running.enter_async_context(serving(self._serve))
        self.url = _url(server.sockets[0])
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._running.aclose()
        for connection in self.connections:
            connection.reset()

    async def first_connection_gone(self) -> None:
        """Return when the first connection has ended."""
        await eventually(lambda: bool(self.connections) and self.connections[0].gone.is_set())

    @property
    def open_connections(self) -> int:
        """How many connections are being served."""
        return self._open

    async def _serve(self, reader: StreamReader, writer: StreamWriter) -> None:
        connection = Connection(reader, writer)
        self.connections.append(connection)
        self._open += 1
        try:
            await self.behaviour(connection)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            self._open -= 1
            connection.gone.set()
            writer.close()


class HttpUpstream(RawUpstream):
    """A server that reads requests properly, keeps connections alive, and answers each by ``answer``."""

    def __init__(self, answer: Callable[[Connection, ReceivedRequest], Awaitable[None]]) -> None:
        super().__init__(self._converse)
        self.requests: list[ReceivedRequest] = []
        self._answer = answer

    async def _converse(self, connection: Connection) -> None:
        while True:
            request = await connection.head()
            self.requests.append(request)
            await connection.body(request)
            await self._answer(connection, request)


@asynccontextmanager
async def nobody_listening() -> AsyncIterator[str]:
    """Yield a URL whose port refuses connections, and that nobody else can take meanwhile."""
    with socket.socket() as bound:
        bound.bind((LOOPBACK, 0))
        yield _url(bound)


def _url(listener: socket.socket | TransportSocket) -> str:
    host, port = listener.getsockname()
    return f"http://{host}:{port}"


@asynccontextmanager
async def nobody_accepting() -> AsyncIterator[str]:
    """Yield a URL whose port neither takes connections nor refuses them: its queue is full."""
    with socket.socket() as listener, ExitStack() as waiting:
        listener.bind((LOOPBACK, 0))
        listener.listen(0)
        for _ in range(2):
            client = waiting.enter_context(socket.socket())
            client.settimeout(0)
            client.connect_ex(listener.getsockname())
        yield _url(listener)


def everywhere(url: str) -> dict[UpstreamName, str]:
    """Return ``url`` as the address of every upstream."""
    return dict.fromkeys(UpstreamName, url)
