"""What the boundary refuses by itself, and what becomes of what the server refuses."""

import asyncio

import pytest

from common.web.drain import DrainState, Stage
from common.web.heads import HEAD_LIMIT_BYTES
from tests.fakes.asgi_server import HANDSHAKE, REQUEST, FakeAsgiServer, http_scope, websocket_scope
from tests.support.bounded import accepting, answering, bounded
from tests.support.eventually import eventually


async def test_a_drain_says_so_on_each_answer() -> None:
    """From the signal on, clients are asked to connect anew, elsewhere."""
    drain = DrainState()
    drain.stage = Stage.LEAVING
    boundary, _ = bounded(answering, drain=drain)
    server = FakeAsgiServer(REQUEST)

    await server.call(boundary, http_scope())

    assert server.status == 200
    assert server.headers[b"connection"] == b"close"


async def test_late_requests_are_refused() -> None:
    """Once new work is refused, a request gets the house's 503 and is told when to try again."""
    drain = DrainState()
    drain.stage = Stage.REFUSING
    boundary, _ = bounded(answering, drain=drain)
    server = FakeAsgiServer(REQUEST)

    await server.call(boundary, http_scope())

    assert (server.status, server.error_code) == (503, "SERVICE_UNAVAILABLE")
    assert server.headers[b"retry-after"] == b"1"
    assert server.headers[b"connection"] == b"close"


async def test_health_is_told_to_the_end() -> None:
    """A replica that refuses work still tells its supervisor that it lives."""
    drain = DrainState()
    drain.stage = Stage.REFUSING
    boundary, _ = bounded(answering, drain=drain)
    server = FakeAsgiServer(REQUEST)

    await server.call(boundary, http_scope("/livez"))

    assert server.status == 200


async def test_late_handshakes_are_refused() -> None:
    """A socket is refused by HTTP, before it is one."""
    drain = DrainState()
    drain.stage = Stage.REFUSING
    boundary, observer = bounded(accepting, drain=drain)
    server = FakeAsgiServer(HANDSHAKE)

    await server.call(boundary, websocket_scope())

    assert (server.status, server.error_code) == (503, "SERVICE_UNAVAILABLE")
    assert observer.last.status == 503


async def test_work_cut_off_by_the_drain_is_answered() -> None:
    """A request that outlives the drain's deadline gets a 503, not silence."""
    drain = DrainState()
    boundary, _ = bounded(answering, drain=drain)
    server = FakeAsgiServer()

    async with asyncio.TaskGroup() as group:
        group.create_task(server.call(boundary, http_scope()))
        await eventually(lambda: drain.requests == 1)
        await drain.drain(grace_s=0.0, deadline_s=0.0)

    assert (server.status, server.error_code) == (503, "SERVICE_UNAVAILABLE")
    assert drain.requests == 0


@pytest.mark.parametrize(
    ("headers", "status", "code"),
    [
        ([(b"content-length", b"3"), (b"transfer-encoding", b"chunked")], 400, "INVALID_REQUEST"),
        ([(b"content-type", b"application/json"), (b"content-type", b"text/plain")], 400, "INVALID_REQUEST"),
        ([(b"x-long", b"x" * HEAD_LIMIT_BYTES)], 431, "HEADERS_TOO_LARGE"),
        ([(b"x", b"y")] * HEAD_LIMIT_BYTES, 431, "HEADERS_TOO_LARGE"),
    ],
)
async def test_heads_that_lie_or_swell_are_refused(headers: list[tuple[bytes, bytes]], status: int, code: str) -> None:
    """Before the app sees anything; the connection isn't used again."""
    boundary, _ = bounded(answering)
    server = FakeAsgiServer(REQUEST)

    await server.call(boundary, http_scope(headers=headers))

    assert (server.status, server.error_code) == (status, code)
    assert server.headers[b"connection"] == b"close"


@pytest.mark.parametrize(
    ("status", "expected", "code"),
    [
        (400, 400, "INVALID_REQUEST"),
        (431, 431, "HEADERS_TOO_LARGE"),
        (404, 404, "RESOURCE_NOT_FOUND"),
        (501, 400, "INVALID_REQUEST"),
    ],
)
async def test_what_the_server_refuses_is_answered_and_told(status: int, expected: int, code: str) -> None:
    """A head nobody could parse gets the house's body and a line in the access log."""
    boundary, observer = bounded(answering)

    answer = boundary.refuse(status, None)

    assert answer.status == expected
    assert dict(answer.headers)[b"x-error-code"] == code.encode()
    assert dict(answer.headers)[b"x-correlation-id"] == str(observer.last.correlation_id).encode()
    assert observer.last.status == expected
