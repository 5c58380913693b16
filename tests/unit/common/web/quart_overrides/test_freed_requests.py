"""What a request is made of is freed when it ends, without the garbage collector.

A body that was waited for is left out: in asyncio's own loop, which runs the tests, a cancelled timer keeps its context
until it is due; in uvloop's it doesn't.
"""

import gc
from collections.abc import AsyncIterator, Iterator
from weakref import ref

import pytest
import pytest_asyncio
from quart import Quart, Request, Response
from quart.globals import request_ctx

from tests.support.eventually import eventually
from tests.support.raw_http import connected
from tests.support.web_app import make_web_app
from tests.support.web_server import RunningServer, run_server

GET = b"GET /hello HTTP/1.1\r\nHost: a\r\n\r\n"
UNREAD = b"POST /ignore HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nhi"
UNMATCHED = b"GET /none HTTP/1.1\r\nHost: a\r\n\r\n"
FAILING = b"GET /fail HTTP/1.1\r\nHost: a\r\n\r\n"


@pytest.fixture
def seen() -> list[ref[Request]]:
    """The requests that were served."""
    return []


def app_that_sees(seen: list[ref[Request]]) -> Quart:
    """Return an app that keeps a weak reference to each request."""
    app = make_web_app()

    @app.before_request
    async def see() -> None:
        seen.append(ref(request_ctx.request))

    @app.get("/hello")
    async def hello() -> dict[str, str]:
        return {}

    @app.post("/ignore")
    async def ignore() -> Response:
        return Response(b"ignored")

    @app.get("/fail")
    async def fail() -> dict[str, str]:
        raise LookupError

    return app


@pytest_asyncio.fixture
async def server(seen: list[ref[Request]]) -> AsyncIterator[RunningServer]:
    """A server of that app."""
    async with run_server(app_that_sees(seen)) as running:
        yield running


@pytest.fixture
def _no_collector() -> Iterator[None]:
    """Nothing is collected meanwhile."""
    gc.disable()
    yield
    gc.enable()


@pytest.mark.usefixtures("_no_collector")
@pytest.mark.parametrize("sent", [GET, UNREAD, UNMATCHED, FAILING], ids=["GET", "unread", "unmatched", "failing"])
async def test_a_request_is_freed_when_it_ends(server: RunningServer, seen: list[ref[Request]], sent: bytes) -> None:
    """A cycle would keep its body, headers and task until the collector looks, which all other requests wait for."""
    async with connected(server.port) as connection:
        await connection.send(sent)
        await connection.response()

        await eventually(lambda: seen[0]() is None)

    assert len(seen) == 1
