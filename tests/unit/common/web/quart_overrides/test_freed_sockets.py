"""What a socket is made of is freed when it ends, without the garbage collector.

The server runs on uvloop, as it is served: in asyncio's own loop a cancelled timer keeps its context until it is due.
"""

import asyncio
import gc
from collections.abc import Awaitable, Callable, Iterator
from typing import Final

import pytest
import uvloop

from common.errors.exceptions import HuleEduError
from common.web.hypercorn_overrides.connections import EdgeConnection
from common.web.hypercorn_overrides.requests import EdgeRequests
from common.web.hypercorn_overrides.sockets import EdgeSocket
from common.web.middleware.request_record import RequestRecord
from common.web.quart_overrides.http_connection import BackpressureHTTPConnection
from common.web.quart_overrides.websocket_connection import BoundedWebsocketConnection, EdgeWebsocket
from tests.support.eventually import eventually
from tests.support.raw_http import RawConnection, connected
from tests.support.raw_websocket import CLOSE, TEXT, frame, handshake, read_close, read_frame
from tests.support.socket_app import Handlers, socket_app
from tests.support.web_server import run_server

PARTS: Final = (
    BackpressureHTTPConnection,
    BoundedWebsocketConnection,
    EdgeConnection,
    EdgeRequests,
    EdgeSocket,
    EdgeWebsocket,
    ExceptionGroup,
    HuleEduError,
    RequestRecord,
)
NORMAL = b"\x03\xe8"
NO_FRAME = b"\xff\xff\xff\xff\xff\xff"

Ending = Callable[[RawConnection], Awaitable[object]]


async def closed_by_client(connection: RawConnection) -> None:
    """Talk, and say goodbye."""
    await handshake(connection, "/echo")
    await connection.send(frame(TEXT, b"hello"))
    await read_frame(connection)
    await connection.send(frame(CLOSE, NORMAL))
    await read_close(connection)


async def cut_by_client(connection: RawConnection) -> None:
    """Go without a goodbye."""
    await handshake(connection, "/echo")
    await connection.send(frame(TEXT, b"hello"))
    await read_frame(connection)


async def broken_by_client(connection: RawConnection) -> None:
    """Send what is no frame."""
    await handshake(connection, "/echo")
    await connection.send(NO_FRAME)
    await read_close(connection)


def closed_by_server(path: str) -> Ending:
    """Return what waits for the close of ``path``."""

    async def wait(connection: RawConnection) -> None:
        await handshake(connection, path)
        await read_close(connection)

    return wait


async def refused(connection: RawConnection) -> None:
    """Be refused by the app."""
    await handshake(connection, "/refused")


async def refused_by_the_server(connection: RawConnection) -> None:
    """Ask for a version of the protocol that there isn't."""
    await connection.ask("GET /echo HTTP/1.1\nUpgrade: websocket\nConnection: Upgrade\nSec-WebSocket-Version: 12")


async def unmatched(connection: RawConnection) -> None:
    """Ask for a path that there isn't."""
    await handshake(connection, "/none")


ENDINGS = (
    closed_by_client,
    cut_by_client,
    broken_by_client,
    pytest.param(closed_by_server("/return"), id="returned"),
    pytest.param(closed_by_server("/overload"), id="closed_by_server"),
    pytest.param(closed_by_server("/group"), id="failed_in_a_group"),
    pytest.param(closed_by_server("/bug"), id="failed"),
    refused,
    refused_by_the_server,
    unmatched,
)


def parts() -> list[object]:
    """Return the parts of connections that were made since the collector's objects were frozen."""
    return [each for each in gc.get_objects() if type(each) in PARTS]


async def parts_left_by(end: Ending) -> None:
    """Return when nothing is left of a connection that ended so."""
    async with run_server(socket_app(Handlers())) as server:
        async with connected(server.port) as first:
            await end(first)
        await eventually(lambda: server.connections == 0)
        gc.disable()
        gc.freeze()
        async with connected(server.port) as connection:
            await end(connection)

        await eventually(lambda: not parts())


@pytest.fixture
def _collector_afterwards() -> Iterator[None]:
    """What the test leaves is collected."""
    yield
    gc.unfreeze()
    gc.enable()


@pytest.mark.usefixtures("_collector_afterwards")
@pytest.mark.parametrize("end", ENDINGS)
def test_a_socket_is_freed_when_it_ends(end: Ending) -> None:
    """A cycle would keep it until the collector looks, which all other sockets wait for."""
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(parts_left_by(end))

    assert not gc.isenabled()
