"""How long a connection may take for each of its phases, and how it ends."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
import pytest_asyncio
from quart import Quart, Response

from common.clock import Scheduler
from common.web.hypercorn_overrides.client_connection import LOOK_EVERY_S
from common.web.hypercorn_overrides.config import ConnectionLimits
from common.web.hypercorn_overrides.connections import CLOSE_SOON_S
from tests.fakes.scheduler import FakeScheduler
from tests.support.eventually import eventually
from tests.support.raw_http import connected
from tests.support.web_app import make_web_app
from tests.support.web_server import FAST, RunningServer, run_server

LIMITS = ConnectionLimits()
HELLO = b"GET /hello HTTP/1.1\r\nHost: test\r\n\r\n"


@pytest.fixture
def release() -> asyncio.Event:
    """Ends the slow answer."""
    return asyncio.Event()


def hello_app(release: asyncio.Event, scheduler: Scheduler) -> Quart:
    """Return an app with a short answer, a slow one and a long one."""
    app = make_web_app(scheduler=scheduler)

    @app.get("/hello")
    async def hello() -> dict[str, str]:
        return {}

    @app.get("/slow")
    async def slow() -> dict[str, str]:
        await release.wait()
        return {}

    @app.get("/large")
    async def large() -> Response:
        return Response(b"x" * 30_000_000)

    @app.post("/ignore")
    async def ignore() -> dict[str, str]:
        return {}

    return app


@pytest.fixture
def scheduler() -> FakeScheduler:
    """The time by which ``server`` bounds its connections."""
    return FakeScheduler()


@pytest_asyncio.fixture
async def server(release: asyncio.Event, scheduler: FakeScheduler) -> AsyncIterator[RunningServer]:
    """A server whose time the test advances."""
    async with run_server(hello_app(release, scheduler), replace(FAST, connections=LIMITS)) as running:
        yield running


async def is_read(server: RunningServer) -> None:
    """Return when the server has read what was sent on other connections before: it serves all of them in turn."""
    async with connected(server.port) as later:
        await later.ask("GET /hello HTTP/1.1")


@pytest.mark.parametrize("sent", [b"", b"GET /hello HT", b"GET /hello HTTP/1.1\r\nX: "])
async def test_a_slow_first_head_is_not_waited_for(
    server: RunningServer, scheduler: FakeScheduler, sent: bytes
) -> None:
    """A connection that doesn't bring its request in time is closed, however much of it comes meanwhile."""
    async with connected(server.port) as connection:
        await scheduler.until_due_in(LIMITS.head_s)
        scheduler.advance(LIMITS.head_s - 0.1)
        await connection.send(sent)
        await is_read(server)
        kept = not connection.reader.at_eof()
        scheduler.advance(0.1)
        rest = await connection.until_closed()

    assert kept
    assert rest == b""


async def test_a_kept_connection_may_idle_for_longer(server: RunningServer, scheduler: FakeScheduler) -> None:
    """Between requests a client has the load balancer's time, not the head's."""
    async with connected(server.port) as connection:
        await connection.ask("GET /hello HTTP/1.1")
        await scheduler.until_due_in(LIMITS.head_s)
        scheduler.advance(LIMITS.idle_s - 0.1)
        await is_read(server)
        kept = not connection.reader.at_eof()
        scheduler.advance(0.1)
        rest = await connection.until_closed()

    assert kept
    assert rest == b""


@pytest.mark.parametrize(
    "keeps_s",
    [
        pytest.param(60.0, id="AWS's Application Load Balancer, nginx"),
        pytest.param(90.0, id="Traefik, Heroku"),
        pytest.param(600.0, id="Google's load balancer, which can't be told another time"),
    ],
)
def test_a_kept_connection_outlives_that_of_a_balancer(keeps_s: float) -> None:
    """A balancer that keeps idle connections no longer than we do never sends a request over one that we close."""
    assert keeps_s < LIMITS.idle_s


async def test_a_slow_later_head_is_not_waited_for(server: RunningServer, scheduler: FakeScheduler) -> None:
    """A second request that drips in is cut long before the idle time is over."""
    async with connected(server.port) as connection:
        await connection.ask("GET /hello HTTP/1.1")
        await scheduler.until_due_in(LIMITS.head_s)
        await connection.send(b"GET /hello HTTP/1.1\r\nX: ")
        await is_read(server)
        scheduler.advance(LIMITS.head_s)
        await connection.send(b"x")
        await is_read(server)
        scheduler.advance(LIMITS.head_s)
        rest = await connection.until_closed()

    assert rest == b""


async def test_requests_start_the_idle_time_anew(server: RunningServer, scheduler: FakeScheduler) -> None:
    """A connection in use is never closed for idling."""
    async with connected(server.port) as connection:
        for _ in range(5):
            await connection.ask("GET /hello HTTP/1.1")
            await scheduler.until_due_in(LIMITS.head_s)
            scheduler.advance(LIMITS.idle_s - 0.1)
        answer = await connection.ask("GET /hello HTTP/1.1")

    assert answer.status == 200


async def test_a_slow_answer_is_not_idling(
    server: RunningServer, scheduler: FakeScheduler, release: asyncio.Event
) -> None:
    """A handler may take longer than a head, and than a connection may idle."""
    async with connected(server.port) as connection:
        await connection.send(b"GET /slow HTTP/1.1\r\nHost: test\r\n\r\n")
        await eventually(lambda: server.drain.requests == 1)
        scheduler.advance(2 * LIMITS.idle_s)
        release.set()
        answer = await connection.response()

    assert answer.status == 200


async def test_a_request_waits_for_a_slow_answer_before_it(
    server: RunningServer, scheduler: FakeScheduler, release: asyncio.Event
) -> None:
    """While a request waits for its turn its client is looked after, and one that stays gets both answers."""
    async with connected(server.port) as connection:
        await connection.send(HELLO.replace(b"hello", b"slow") + HELLO)
        for _ in range(2):
            await scheduler.until_due_in(LOOK_EVERY_S)
            scheduler.advance(LOOK_EVERY_S)
        release.set()

        answers = [await connection.response(), await connection.response()]

    assert [answer.status for answer in answers] == [200, 200]


async def test_a_peer_that_never_stops_sending_is_cut(server: RunningServer) -> None:
    """Lingering is bounded in bytes: a refused upload can't go on for ever."""
    async with connected(server.port) as connection:
        await connection.send(b"POST /ignore HTTP/1.1\r\nHost: test\r\nContent-Length: 100000000\r\n\r\n")
        answer = await connection.response()
        with pytest.raises(ConnectionError):
            await connection.send_for_ever(b"x" * 100_000)
    await eventually(lambda: server.connections == 0)

    assert answer.status == 200


async def test_a_peer_that_never_closes_is_cut(server: RunningServer, scheduler: FakeScheduler) -> None:
    """And in time: a client that holds its side open holds nothing of ours."""
    async with connected(server.port) as connection:
        await connection.ask("GET /hello HTTP/1.1\nConnection: close")
        await scheduler.until_due_in(LIMITS.linger_s)
        scheduler.advance(LIMITS.linger_s - 0.1)
        lingering = server.connections
        scheduler.advance(0.1)

        await eventually(lambda: server.connections == 0)

    assert lingering == 1


async def test_a_client_that_vanishes_in_an_answer_leaves_nothing(server: RunningServer) -> None:
    """A download that nobody takes any more ends, without a trace in the log."""
    async with connected(server.port) as connection:
        await connection.send(b"GET /large HTTP/1.1\r\nHost: test\r\n\r\n")
        await connection.reader.readexactly(100_000)
        connection.reset()

        await eventually(lambda: server.connections == 0)

    assert server.drain.requests == 0


async def test_idle_connections_end_with_the_process(server: RunningServer, scheduler: FakeScheduler) -> None:
    """Nobody waits for clients that have nothing to ask."""
    async with connected(server.port) as kept, connected(server.port) as fresh:
        await kept.ask("GET /hello HTTP/1.1")
        server.drain.request_stop()
        await scheduler.until_due_in(CLOSE_SOON_S)
        scheduler.advance(CLOSE_SOON_S)
        rest = [await kept.until_closed(), await fresh.until_closed()]

    assert rest == [b"", b""]


async def test_kept_connections_end_as_a_drain_begins(scheduler: FakeScheduler, release: asyncio.Event) -> None:
    """During the grace, while all is served: what is asked next goes to another replica and isn't refused here.

    A head that has begun is served; so is a fresh connection's first request.
    """
    async with (
        run_server(hello_app(release, scheduler), replace(FAST, drain_grace_s=60.0)) as server,
        connected(server.port) as kept,
        connected(server.port) as begun,
        connected(server.port) as fresh,
    ):
        await kept.ask("GET /hello HTTP/1.1")
        await begun.ask("GET /hello HTTP/1.1")
        await begun.send(HELLO[:10])
        server.drain.request_stop()
        await scheduler.until_due_in(CLOSE_SOON_S)
        scheduler.advance(CLOSE_SOON_S)

        rest = await kept.until_closed()
        await begun.send(HELLO[10:])
        served = [await begun.response(), await fresh.ask("GET /hello HTTP/1.1")]
        scheduler.advance(60.0)

    assert rest == b""
    assert [(answer.status, answer.headers["connection"]) for answer in served] == [(200, "close")] * 2
