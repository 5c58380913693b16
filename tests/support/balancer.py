"""A TCP load balancer for tests: round robin over loopback ports, past those where nobody listens."""

import asyncio
import socket
from asyncio import StreamReader, StreamWriter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress

from sandbox.ports import LOOPBACK
from tests.support.transports import BUFFER_BYTES, break_off, serving


class Balancer:
    """Hands each connection to the next port that takes it, and closes it as soon as either side does.

    Args:
        ports: where the replicas listen, or will.
    """

    def __init__(self, ports: Sequence[int]) -> None:
        self.port = 0
        self._ports = tuple(ports)
        self._turn = 0

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Take connections at :attr:`port` inside the block."""
        with _small_buffers(socket.socket()) as listener:
            listener.bind((LOOPBACK, 0))
            self.port = listener.getsockname()[1]
            async with serving(self._serve, listener):
                yield

    async def _serve(self, reader: StreamReader, writer: StreamWriter) -> None:
        replica = await self._next_replica()
        if replica is None:
            break_off(writer.transport)
            return
        try:
            async with asyncio.TaskGroup() as both:
                both.create_task(_pass_on(reader, replica[1]))
                both.create_task(_pass_on(replica[0], writer))
        except* (OSError, EOFError):
            for side in (writer, replica[1]):
                side.close()

    async def _next_replica(self) -> tuple[StreamReader, StreamWriter] | None:
        for _ in self._ports:
            self._turn += 1
            outgoing = _small_buffers(socket.socket())
            outgoing.settimeout(0)
            with suppress(OSError):
                address = (LOOPBACK, self._ports[self._turn % len(self._ports)])
                await asyncio.get_running_loop().sock_connect(outgoing, address)
                return await asyncio.open_connection(sock=outgoing, limit=BUFFER_BYTES)
            outgoing.close()
        return None


async def _pass_on(reader: StreamReader, writer: StreamWriter) -> None:
    """Copy to the end, then raise EOFError; what was read has been handed to the transport by then."""
    while data := await reader.read(BUFFER_BYTES):
        writer.write(data)
        await writer.drain()
    raise EOFError


def _small_buffers(one: socket.socket) -> socket.socket:
    for option in (socket.SO_SNDBUF, socket.SO_RCVBUF):
        one.setsockopt(socket.SOL_SOCKET, option, BUFFER_BYTES)
    return one
