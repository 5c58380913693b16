"""Handlers and their clients: who waits for whom, and what happens when one leaves."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import pytest
import pytest_asyncio
from hypercorn.typing import ASGIReceiveEvent
from quart import Quart, Response, request
from structlog.testing import capture_logs

from common.clock import LOOP_SCHEDULER, Scheduler
from common.errors.factories import raise_service_unavailable
from common.web.hypercorn_overrides.client_connection import LOOK_EVERY_S
from common.web.quart_overrides.http_connection import WATCH_AFTER_S
from common.web.quart_overrides.request_body import READ_AHEAD_BYTES, limit_body
from tests.fakes.asgi_server import FakeAsgiServer, http_scope
from tests.fakes.scheduler import FakeScheduler
from tests.support.eventually import eventually
from tests.support.raw_http import ask, connected
from tests.support.web_app import SERVICE, make_web_app
from tests.support.web_server import RunningServer, run_server

MB = 1_048_576


@dataclass
class Handlers:
    """What the app's handlers report."""

    entered: int = 0
    cancelled: int = 0
    completed: int = 0
    read_bytes: int = 0
    release: asyncio.Event = field(default_factory=asyncio.Event)


def waiting_app(handlers: Handlers, scheduler: Scheduler = LOOP_SCHEDULER) -> Quart:
    """Return an app whose handlers wait for what tests decide."""
    app = make_web_app(scheduler=scheduler)

    @app.route("/wait", methods=["GET", "POST"])
    @limit_body(max_bytes=100 * MB)
    async def wait() -> dict[str, bool]:
        handlers.entered += 1
        try:
            await handlers.release.wait()
        except asyncio.CancelledError:
            handlers.cancelled += 1
            raise
        handlers.completed += 1
        return {"released": True}

    @app.post("/read")
    @limit_body(max_bytes=100 * MB)
    async def read() -> dict[str, int]:
        handlers.entered += 1
        try:
            async for chunk in request.body:
                handlers.read_bytes += len(chunk)
        except asyncio.CancelledError:
            handlers.cancelled += 1
            raise
        handlers.completed += 1
        return {"bytes": handlers.read_bytes}

    @app.post("/read-elsewhere")
    async def read_elsewhere() -> dict[str, int]:
        handlers.entered += 1
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(drop(request.body))
        except asyncio.CancelledError:
            handlers.cancelled += 1
            raise
        return {}

    _add_quick_routes(app)
    return app


def _add_quick_routes(app: Quart) -> None:
    @app.post("/ignore")
    @limit_body(max_bytes=100 * MB)
    async def ignore() -> dict[str, bool]:
        return {"ignored": True}

    @app.post("/refuse")
    async def refuse() -> dict[str, int]:
        return {"bytes": len(await request.get_data())}

    @app.get("/named")
    async def named() -> Response:
        told = {"X-First": "caf\udce9", "X-Second": "å", "X-Third": "\udcff\udc80 å", "X-Fourth": "plain"}
        return Response(b"", headers=told)

    @app.get("/break-off")
    async def break_off() -> Response:
        async def body() -> AsyncIterator[bytes]:
            yield b"begun"
            raise_service_unavailable(SERVICE, "test")

        return Response(body())

    @app.post("/echo")
    @limit_body(max_bytes=100 * MB)
    async def echo() -> Response:
        return Response(request.body, headers={"Content-Length": str(request.content_length)})


async def drop(body: AsyncIterator[bytes]) -> None:
    """Read a body and forget it."""
    async for _ in body:
        pass


@pytest.fixture
def handlers() -> Handlers:
    """What the handlers report."""
    return Handlers()


@pytest_asyncio.fixture
async def server(handlers: Handlers) -> AsyncIterator[RunningServer]:
    """A server of the waiting app."""
    async with run_server(waiting_app(handlers)) as running:
        yield running
        handlers.release.set()


@pytest.mark.parametrize(
    "sent",
    [
        b"GET /wait HTTP/1.1\r\nHost: test\r\n\r\n",
        b"GET /wait HTTP/1.1\r\nHost: test\r\n\r\nG",
        b"POST /wait HTTP/1.1\r\nHost: test\r\nContent-Length: 10\r\n\r\n1234567890",
        b"POST /wait HTTP/1.1\r\nHost: test\r\nContent-Length: 10\r\n\r\n12345",
        b"POST /read HTTP/1.1\r\nHost: test\r\nContent-Length: 10\r\n\r\n12345",
        b"POST /read-elsewhere HTTP/1.1\r\nHost: test\r\nContent-Length: 10\r\n\r\n12345",
        b"POST /wait HTTP/1.1\r\nHost: test\r\nContent-Length: 10\r\nExpect: 100-continue\r\n\r\n",
    ],
    ids=[
        "no body",
        "next request begun",
        "body unread",
        "body half sent",
        "body half read",
        "read in another task",
        "body held back",
    ],
)
async def test_a_handler_whose_client_leaves_is_cancelled(
    server: RunningServer, handlers: Handlers, sent: bytes
) -> None:
    """Wherever the request was when its client left, its handler ends and completes nothing."""
    async with connected(server.port) as connection:
        await connection.send(sent)
        await eventually(lambda: handlers.entered == 1)
        connection.reset()

        await eventually(lambda: handlers.cancelled == 1)

    assert handlers.completed == 0


async def test_leaving_is_noticed_behind_a_full_buffer(server: RunningServer, handlers: Handlers) -> None:
    """A client that leaves while its body waits for a slow handler is noticed, though its data is not read.

    What it sent fills our buffers and part of the kernel's. (Had it filled the kernel's too, its goodbye would still
    be on its own side.)
    """
    async with connected(server.port) as connection:
        await connection.send(b"POST /wait HTTP/1.1\r\nHost: test\r\nContent-Length: 50000000\r\n\r\n" + b"x" * 480_000)
        await eventually(lambda: handlers.entered == 1)
        await connection.close()

        await eventually(lambda: handlers.cancelled == 1)

    assert handlers.completed == 0


async def test_reading_ahead_stops(handlers: Handlers) -> None:
    """While a handler is busy, no more of its body is taken in than stated, however much is offered."""
    chunk: ASGIReceiveEvent = {"type": "http.request", "body": b"x" * 65_536, "more_body": True}
    offered = FakeAsgiServer(*[chunk] * 100)
    scheduler = FakeScheduler()
    app = waiting_app(handlers, scheduler)

    async with asyncio.TaskGroup() as group:
        request_headers = [(b"content-length", b"6553600")]
        task = group.create_task(offered.call(app, http_scope("/wait", method="POST", headers=request_headers)))
        await scheduler.until_due_in(WATCH_AFTER_S)
        scheduler.advance(WATCH_AFTER_S)
        await scheduler.until_due_in(LOOK_EVERY_S)  # which says that it reads no more
        taken = 100 - offered.left
        task.cancel()

    assert taken == READ_AHEAD_BYTES // 65_536


async def test_a_body_is_not_read_before_it_is_wanted(handlers: Handlers) -> None:
    """A quick handler that doesn't ask for the body has none of it in memory."""
    chunk: ASGIReceiveEvent = {"type": "http.request", "body": b"x" * 65_536, "more_body": True}
    offered = FakeAsgiServer(*[chunk] * 100)

    async with asyncio.TaskGroup() as group:
        task = group.create_task(offered.call(waiting_app(handlers), http_scope("/wait", method="POST")))
        await eventually(lambda: handlers.entered == 1)
        taken = 100 - offered.left
        task.cancel()

    assert taken == 0


@pytest.mark.parametrize(("path", "status"), [("/ignore", 200), ("/refuse", 413), ("/nowhere", 404)])
async def test_an_early_answer_is_read_by_a_client_that_still_sends(
    server: RunningServer, path: str, status: int
) -> None:
    """A refused upload's answer arrives, whole, while the upload still comes, and the connection ends in order."""
    async with connected(server.port) as connection, asyncio.TaskGroup() as group:
        head = f"POST {path} HTTP/1.1\r\nHost: test\r\nContent-Length: {20 * MB}\r\n\r\n"
        sending = group.create_task(connection.send(head.encode() + b"x" * 20 * MB))
        answer = await connection.response()
        rest = await connection.until_closed()
        await sending

    assert answer.status == status
    assert answer.headers["connection"] == "close"
    assert rest == b""


async def test_a_short_unread_body_costs_no_connection(server: RunningServer) -> None:
    """A body that has arrived anyway doesn't close the connection when nobody reads it."""
    async with connected(server.port) as connection:
        first = await connection.ask("POST /ignore HTTP/1.1\nContent-Length: 5", b"12345")
        second = await connection.ask("POST /ignore HTTP/1.1\nContent-Length: 5", b"12345")

    assert "connection" not in first.headers
    assert second.json() == {"ignored": True}


async def test_a_body_may_be_answered_as_it_comes(server: RunningServer) -> None:
    """A response that streams from the request's own body gets all of it, though the answer has begun."""
    body = bytes(range(256)) * 8192

    async with connected(server.port) as connection, asyncio.TaskGroup() as group:
        head = f"POST /echo HTTP/1.1\r\nHost: test\r\nContent-Length: {len(body)}\r\n\r\n"
        group.create_task(connection.send(head.encode() + body))
        answer = await connection.response()

    assert answer.body == body


async def test_a_body_that_fails_is_left_unfinished(server: RunningServer) -> None:
    """The client sees that it has not all of it; the log names the failure, and calls it no bug of ours."""
    with capture_logs() as lines:
        async with connected(server.port) as connection:
            await connection.send(b"GET /break-off HTTP/1.1\r\nHost: test\r\n\r\n")
            received = await connection.until_closed()
        await eventually(lambda: any(line["event"] == "http.ended" for line in lines))

    assert received.endswith(b"\r\n\r\n5\r\nbegun\r\n")
    assert [(line["event"], line.get("error_code")) for line in lines if line["log_level"] != "debug"] == [
        ("error.answered", "SERVICE_UNAVAILABLE"),
        ("http.ended", "SERVICE_UNAVAILABLE"),
    ]


async def test_bytes_of_headers_leave_as_they_came(server: RunningServer) -> None:
    """What was UTF-8 leaves as UTF-8, and what was not as the bytes it was (RFC 9110 section 5.5)."""
    async with connected(server.port) as connection:
        await connection.send(b"GET /named HTTP/1.1\r\nHost: test\r\n\r\n")
        head = await connection.reader.readuntil(b"\r\n\r\n")

    lines = [line for line in head.split(b"\r\n") if line.startswith(b"x-") and not line.startswith(b"x-correlation")]
    assert sorted(lines) == [
        b"x-first: caf\xe9",
        b"x-fourth: plain",
        b"x-second: \xc3\xa5",
        b"x-third: \xff\x80 \xc3\xa5",
    ]


async def test_a_client_that_asks_first_is_told_to_go_on(server: RunningServer, handlers: Handlers) -> None:
    """``Expect: 100-continue`` is answered when the handler wants the body."""
    async with connected(server.port) as connection:
        interim = await connection.ask("POST /read HTTP/1.1\nContent-Length: 5\nExpect: 100-continue")
        await connection.send(b"12345")
        answer = await connection.response()

    assert interim.status == 100
    assert answer.json() == {"bytes": 5}
    assert handlers.completed == 1


@pytest.mark.parametrize(("path", "status"), [("/refuse", 413), ("/nowhere", 404), ("/ignore", 200)])
async def test_a_client_that_asks_first_is_spared_a_useless_upload(
    server: RunningServer, path: str, status: int
) -> None:
    """When nobody wants the body, the answer comes at once and no byte of the body has to be sent."""
    answer = await ask(server.port, f"POST {path} HTTP/1.1\nContent-Length: {20 * MB}\nExpect: 100-continue")

    assert answer.status == status
    assert answer.headers["connection"] == "close"


async def test_pipelined_requests_are_answered_in_order(server: RunningServer) -> None:
    """Requests sent without waiting for answers get theirs, in their order."""
    async with connected(server.port) as connection:
        await connection.send(
            b"POST /read HTTP/1.1\r\nHost: test\r\nContent-Length: 1\r\n\r\nx"
            b"GET /nowhere HTTP/1.1\r\nHost: test\r\n\r\n"
            b"POST /ignore HTTP/1.1\r\nHost: test\r\nContent-Length: 1\r\n\r\nx"
        )
        statuses = [(await connection.response()).status for _ in range(3)]

    assert statuses == [200, 404, 200]


async def test_the_route_is_told_by_its_template() -> None:
    """What the metrics label is the rule, never the path."""
    app = make_web_app()

    @app.get("/things/<thing_id>")
    async def thing(thing_id: str) -> dict[str, str]:
        return {"id": thing_id}

    client = app.test_client()
    await client.get("/things/1")
    await client.get("/things/2")
    await client.get("/elsewhere/3")
    metrics = (await (await client.get("/metrics")).get_data(as_text=True)).splitlines()

    assert 'http_requests_total{method="GET",route="/things/<thing_id>",status="200"} 2.0' in metrics
    assert 'http_requests_total{method="GET",route="unmatched",status="404"} 1.0' in metrics
