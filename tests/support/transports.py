"""Connections that tests serve and break off."""

import asyncio
from asyncio import Server, StreamReader, StreamWriter, Task, WriteTransport
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from socket import create_server, socket

from sandbox.ports import LOOPBACK

BUFFER_BYTES = 64 * 1024
"""What is read ahead of a handler, and at once."""


def break_off(transport: WriteTransport) -> None:
    """Drop the connection without a goodbye; one that has ended by itself is left alone.

    Asyncio's abort fails on a transport that was closed, had bytes to send then, and has sent them since.
    """
    if transport.get_extra_info("socket").fileno() >= 0:
        transport.abort()


@asynccontextmanager
async def serving(
    serve: Callable[[StreamReader, StreamWriter], Awaitable[None]], listener: socket | None = None
) -> AsyncIterator[Server]:
    """Serve connections inside the block, on a free loopback port unless there is a ``listener``.

    When it is left nobody is served any more: a handler that still waited is cancelled, so that no test inherits it.
    """
    handlers: set[Task[object]] = set()

    async def handle(reader: StreamReader, writer: StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        handlers.add(task)
        try:
            await serve(reader, writer)
        except asyncio.CancelledError:
            return  # asyncio complains of a handler that ends cancelled
        finally:
            handlers.discard(task)

    place = create_server((LOOPBACK, 0)) if listener is None else listener
    server = await asyncio.start_server(handle, sock=place, limit=BUFFER_BYTES)
    try:
        yield server
    finally:
        server.close()
        for handler in handlers:
            handler.cancel()
        await asyncio.gather(*handlers, return_exceptions=True)
