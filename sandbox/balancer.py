"""A small TCP balancer: shares connections out among the replicas that are ready, and can take them all away."""

import asyncio
from asyncio import StreamReader, StreamWriter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from itertools import cycle
from types import TracebackType
from typing import NoReturn, Self

from sandbox.ports import LOOPBACK
from sandbox.probes import is_ready

PROBE_EVERY_S = 0.2
CONNECT_WITHIN_S = 1.0
_CHUNK_BYTES = 65_536


@dataclass(frozen=True, slots=True)
class Backend:
    """A replica: its port, and the URL that answers 200 while it takes new connections."""

    port: int
    probe: str


class TcpBalancer:
    """Listens on ``port`` of loopback and relays each connection to one of ``backends``, in turn.

    ``async with`` starts and stops it. A replica whose probe fails gets no new connections; those that it has stay.

    Args:
        port: where clients connect.
        backends: the replicas.
    """

    def __init__(self, port: int, backends: Sequence[Backend]) -> None:
        self.port = port
        self.backends = tuple(backends)
        self._turns = cycle(range(len(self.backends)))
        self._ready: set[Backend] = set()
        self._writers: set[StreamWriter] = set()
        self._server: asyncio.Server | None = None
        self._tasks = asyncio.TaskGroup()
        self._probing: asyncio.Task[NoReturn] | None = None
        self._returning: asyncio.TimerHandle | None = None

    @property
    def ready_ports(self) -> set[int]:
        """The ports of the replicas that were ready when they were last asked."""
        return {backend.port for backend in self._ready}

    @property
    def is_up(self) -> bool:
        """Whether clients can connect."""
        return self._returning is None

    async def __aenter__(self) -> Self:
        """Listen, and know which replicas are ready.

        Raises:
            OSError: when the port is taken.
        """
        await self._probe()
        self._server = await asyncio.start_server(self._serve, LOOPBACK, self.port)
        await self._tasks.__aenter__()
        self._probing = self._tasks.create_task(self._keep_probing())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Cut every connection and listen no more."""
        if self._returning is not None:
            self._returning.cancel()
        if self._probing is not None:
            self._probing.cancel()
        if self._server is not None:
            self._server.close()
        self._cut()
        await self._tasks.__aexit__(None, None, None)

    def go_down(self, seconds: float) -> None:
        """Cut every connection, and for so many seconds each new one: to clients the network is lost."""
        if self._returning is not None:
            self._returning.cancel()
        self._returning = asyncio.get_running_loop().call_later(seconds, self._return)
        self._cut()

    def _return(self) -> None:
        self._returning = None

    def _cut(self) -> None:
        for writer in self._writers:
            writer.transport.abort()

    async def _keep_probing(self) -> NoReturn:
        while True:
            await asyncio.sleep(PROBE_EVERY_S)
            await self._probe()

    async def _probe(self) -> None:
        answers = await asyncio.gather(*(is_ready(backend.probe) for backend in self.backends))
        self._ready = {backend for backend, answer in zip(self.backends, answers, strict=True) if answer}

    async def _serve(self, reader: StreamReader, writer: StreamWriter) -> None:
        if not self.is_up:
            writer.transport.abort()
            return
        async with self._tracked(writer):
            for backend in self._in_turn():
                with suppress(OSError, TimeoutError):
                    async with asyncio.timeout(CONNECT_WITHIN_S):
                        replica = await asyncio.open_connection(LOOPBACK, backend.port)
                    await self._relay((reader, writer), replica)
                    return

    def _in_turn(self) -> list[Backend]:
        """Return the replicas in the order in which to try them: the ready ones first."""
        first = next(self._turns)
        turned = [*self.backends[first:], *self.backends[:first]]
        return sorted(turned, key=lambda backend: backend not in self._ready)

    async def _relay(
        self, client: tuple[StreamReader, StreamWriter], replica: tuple[StreamReader, StreamWriter]
    ) -> None:
        async with self._tracked(replica[1]):
            try:
                async with asyncio.TaskGroup() as both_ways:
                    both_ways.create_task(_pump(client[0], replica[1]))
                    both_ways.create_task(_pump(replica[0], client[1]))
            except* OSError:  # one side broke off, and so does the other
                client[1].transport.abort()

    @asynccontextmanager
    async def _tracked(self, writer: StreamWriter) -> AsyncIterator[None]:
        self._writers.add(writer)
        try:
            yield
        finally:
            self._writers.discard(writer)
            writer.close()


async def _pump(source: StreamReader, sink: StreamWriter) -> None:
    """Hand on what ``source`` sends, and then that it has ended."""
    while chunk := await source.read(_CHUNK_BYTES):
        sink.write(chunk)
        await sink.drain()
    if sink.can_write_eof():
        sink.write_eof()
