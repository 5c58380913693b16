"""The TCP connection below a request or socket."""

from asyncio import StreamReader, StreamWriter

import pytest

from common.web.hypercorn_overrides.client_connection import ClientConnection
from tests.support.raw_http import connected
from tests.support.transports import serving

MB = 1_048_576


@pytest.mark.parametrize("size", [1, 20 * MB], ids=["sent at once", "sent after it was closed"])
async def test_a_connection_that_has_ended_can_still_be_dropped(size: int) -> None:
    """Whoever drops it may come too late: its last bytes had been taken meanwhile."""
    clients: list[ClientConnection] = []

    async def answer(_reader: StreamReader, writer: StreamWriter) -> None:
        clients.append(ClientConnection(writer))
        writer.write(bytes(size))
        writer.close()
        await writer.wait_closed()

    async with serving(answer) as server, connected(server.sockets[0].getsockname()[1]) as connection:
        received = await connection.until_closed()
        clients[0].abort()

    assert len(received) == size
