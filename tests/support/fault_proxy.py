"""A TCP relay on loopback whose connections can be refused, reset, slowed down, or left silent."""

import asyncio
from asyncio import StreamReader, StreamWriter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from enum import Enum, auto
from types import TracebackType
from typing import Self

from sandbox.ports import LOOPBACK, free_port

SLOW_S = 0.3
"""By how much each piece is late where the way is slow."""

_CHUNK_BYTES = 65_536


class Fault(Enum):
    """What is wrong with the way."""

    NONE = auto()
    REFUSED = auto()
    """Open connections are reset, and so is each new one."""
    SILENT = auto()
    """Half-open: connections stay and can be made, and nothing comes through until the way is mended."""
    SLOW = auto()
    """Each piece comes SLOW_S late."""


@dataclass(slots=True)
class _Way:
    fault: Fault = Fault.NONE
    flows: asyncio.Event = field(default_factory=asyncio.Event)
    writers: set[StreamWriter] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.flows.set()

    def reset(self) -> None:
        for writer in self.writers:
            writer.transport.abort()


class FaultProxy:
    """Relays ``port`` of loopback to ``target``; an async context manager.

    Args:
        target: the port of the server.
        peer_of: names the peer by the first bytes that it sends, so that each peer's way can be broken by itself;
            by default all are one.
    """

    def __init__(self, target: int, *, peer_of: Callable[[bytes], str] | None = None) -> None:
        self.target = target
        self.port = free_port()
        self._peer_of = peer_of
        self._ways: dict[str, _Way] = {}
        self._server: asyncio.Server | None = None
        self._is_open = True
        self._tasks = asyncio.TaskGroup()

    async def __aenter__(self) -> Self:
        """Listen."""
        await self._tasks.__aenter__()
        self._server = await asyncio.start_server(self._accept, LOOPBACK, self.port)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Cut every connection and listen no more."""
        self._is_open = False
        if self._server is not None:
            self._server.close()
        for way in self._ways.values():
            way.fault = Fault.REFUSED
            way.flows.set()
            way.reset()
        await self._tasks.__aexit__(None, None, None)

    def set_fault(self, fault: Fault, *, peer: str = "") -> None:
        """Break the way of ``peer`` like this, or mend it: what was held back then comes through."""
        way = self._way(peer)
        way.fault = fault
        if fault is Fault.SILENT:
            way.flows.clear()
        else:
            way.flows.set()
        if fault is Fault.REFUSED:
            way.reset()

    def reset(self, *, peer: str = "") -> None:
        """Reset the open connections of ``peer``; new ones can be made."""
        self._way(peer).reset()

    @asynccontextmanager
    async def broken(self, fault: Fault) -> AsyncIterator[None]:
        """Have the way broken for the length of the block."""
        self.set_fault(fault)
        try:
            yield
        finally:
            self.set_fault(Fault.NONE)

    def _way(self, peer: str) -> _Way:
        return self._ways.setdefault(peer, _Way())

    def _accept(self, reader: StreamReader, writer: StreamWriter) -> None:
        if not self._is_open:  # it was taken while the server closed
            writer.transport.abort()
            return
        self._tasks.create_task(self._serve(reader, writer))

    async def _serve(self, reader: StreamReader, writer: StreamWriter) -> None:
        first = b""
        try:
            if self._peer_of is not None:
                first = await reader.read(_CHUNK_BYTES)
            way = self._way("" if self._peer_of is None else self._peer_of(first))
            if way.fault is Fault.REFUSED:
                writer.transport.abort()
                return
            there, back = await asyncio.open_connection(LOOPBACK, self.target)
        except OSError:
            writer.transport.abort()
            return
        way.writers |= {writer, back}
        try:
            async with asyncio.TaskGroup() as both_ways:
                both_ways.create_task(_pump(way, reader, back, first))
                both_ways.create_task(_pump(way, there, writer))
        except* OSError:  # one side broke off, and so does the other
            writer.transport.abort()
            back.transport.abort()
        finally:
            way.writers -= {writer, back}
            writer.close()
            back.close()


async def _pump(way: _Way, source: StreamReader, sink: StreamWriter, first: bytes = b"") -> None:
    """Hand on what ``source`` sends, as the way allows, and then that it has ended."""
    chunk = first or await source.read(_CHUNK_BYTES)
    while chunk:
        await way.flows.wait()
        if way.fault is Fault.SLOW:
            await asyncio.sleep(SLOW_S)
        sink.write(chunk)
        await sink.drain()
        chunk = await source.read(_CHUNK_BYTES)
    if sink.can_write_eof():
        sink.write_eof()
