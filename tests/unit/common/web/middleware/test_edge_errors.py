"""What the edge middleware refuses, and how it answers what the server refuses."""

import asyncio

import pytest

from common.web.middleware.request_head import HEAD_LIMIT_BYTES
from common.web.serving.drain import DrainState, Stage
from tests.fakes.asgi_server import HANDSHAKE, REQUEST, FakeAsgiServer, http_scope, websocket_scope
from tests.support.edge_app import accept_socket, answer_ok, make_edge, raise_in_app
from tests.support.eventually import eventually
from tests.support.web_app import ALLOWED


async def test_a_drain_says_so_on_each_answer() -> None:
    """From the signal on, clients are asked to connect anew, elsewhere."""
    drain = DrainState()
    drain.stage = Stage.LEAVING
    edge, _ = make_edge(answer_ok, drain=drain)
    server = FakeAsgiServer(REQUEST)

    await server.call(edge, http_scope())

    assert server.status == 200
    assert server.headers[b"connection"] == b"close"


async def test_late_requests_are_refused() -> None:
    """Once new work is refused, a request gets the house's 503 and is told when to try again."""
    drain = DrainState()
    drain.stage = Stage.REFUSING
    edge, _ = make_edge(answer_ok, drain=drain)
    server = FakeAsgiServer(REQUEST)

    await server.call(edge, http_scope())

    assert (server.status, server.error_code) == (503, "SERVICE_UNAVAILABLE")
    assert server.headers[b"retry-after"] == b"1"
    assert server.headers[b"connection"] == b"close"


async def test_health_is_told_to_the_end() -> None:
    """A replica that refuses work still tells its supervisor that it lives."""
    drain = DrainState()
    drain.stage = Stage.REFUSING
    edge, _ = make_edge(answer_ok, drain=drain)
    server = FakeAsgiServer(REQUEST)

    await server.call(edge, http_scope("/livez"))

    assert server.status == 200


async def test_late_handshakes_are_refused() -> None:
    """A socket is refused by HTTP, before it is one."""
    drain = DrainState()
    drain.stage = Stage.REFUSING
    edge, observer = make_edge(accept_socket, drain=drain)
    server = FakeAsgiServer(HANDSHAKE)

    await server.call(edge, websocket_scope())

    assert (server.status, server.error_code) == (503, "SERVICE_UNAVAILABLE")
    assert observer.last.status == 503


async def test_work_cut_off_by_the_drain_is_answered() -> None:
    """A request that outlives the drain's deadline gets a 503, not silence."""
    drain = DrainState()
    edge, _ = make_edge(answer_ok, drain=drain)
    server = FakeAsgiServer()

    async with asyncio.TaskGroup() as group:
        group.create_task(server.call(edge, http_scope()))
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
        *[([(b"host", host)], 400, "INVALID_REQUEST") for host in (b".", b"a..b", b".a", b"x" * 64, b"[..:1]")],
        ([(b"expect", b"tea")], 417, "INVALID_REQUEST"),
        ([(b"expect", b"100-continue, tea")], 417, "INVALID_REQUEST"),
        ([(b"expect", b"100-continue"), (b"expect", b"tea")], 417, "INVALID_REQUEST"),
    ],
)
async def test_heads_that_lie_or_swell_are_refused(headers: list[tuple[bytes, bytes]], status: int, code: str) -> None:
    """Before the app sees anything; the connection isn't used again."""
    edge, _ = make_edge(answer_ok)
    server = FakeAsgiServer(REQUEST)

    await server.call(edge, http_scope(headers=headers))

    assert (server.status, server.error_code) == (status, code)
    assert server.headers[b"connection"] == b"close"


@pytest.mark.parametrize(
    ("status", "expected", "code"),
    [
        (400, 400, "INVALID_REQUEST"),
        (431, 431, "HEADERS_TOO_LARGE"),
        (404, 404, "RESOURCE_NOT_FOUND"),
        (501, 501, "INVALID_REQUEST"),
        (500, 400, "INVALID_REQUEST"),
    ],
)
async def test_what_the_server_refuses_is_answered_and_told(status: int, expected: int, code: str) -> None:
    """A head nobody could parse gets the house's body and a line in the access log."""
    edge, observer = make_edge(answer_ok)

    answer = edge.refuse(status, None)

    assert answer.status == expected
    assert dict(answer.headers)[b"x-error-code"] == code.encode()
    assert dict(answer.headers)[b"x-correlation-id"] == str(observer.last.correlation_id).encode()
    assert observer.last.status == expected


PREFLIGHT = [(b"origin", b"https://app.example"), (b"access-control-request-method", b"GET")]


@pytest.mark.parametrize("path", ["/", "/v1/%2e%2e", "//x", "*"])
@pytest.mark.parametrize("more", [[], [(b"x-long", b"x" * HEAD_LIMIT_BYTES)]])
@pytest.mark.parametrize("stage", [Stage.SERVING, Stage.REFUSING])
async def test_a_preflight_is_told_what_may_be_sent(path: str, more: list[tuple[bytes, bytes]], stage: Stage) -> None:
    """Of any path, under any head and in a drain: else the page couldn't read why its request is refused."""
    drain = DrainState()
    drain.stage = stage
    edge, observer = make_edge(raise_in_app(AssertionError()), drain=drain)
    server = FakeAsgiServer(REQUEST)

    await server.call(edge, http_scope(path, method="OPTIONS", headers=[*PREFLIGHT, *more]))

    assert server.status == 204
    assert server.headers[b"access-control-allow-methods"] == ALLOWED.methods.encode()
    assert server.headers[b"access-control-allow-headers"] == ALLOWED.headers.encode()
    assert server.headers[b"x-correlation-id"] == str(observer.last.correlation_id).encode()
    assert (observer.last.status, observer.last.route) == (204, "preflight")


@pytest.mark.parametrize(
    ("method", "headers"),
    [("GET", PREFLIGHT), ("OPTIONS", PREFLIGHT[:1]), ("OPTIONS", []), ("GET", [(b"expect", b"100-Continue")])],
)
async def test_any_other_sound_request_reaches_the_app(method: str, headers: list[tuple[bytes, bytes]]) -> None:
    """Method and header together make a preflight; the one expectation there is has no case."""
    edge, _ = make_edge(answer_ok)
    server = FakeAsgiServer(REQUEST)

    await server.call(edge, http_scope(method=method, headers=headers))

    assert server.status == 200


async def test_a_malformed_preflight_is_refused() -> None:
    """No browser sends one whose end is in doubt."""
    edge, _ = make_edge(answer_ok)
    server = FakeAsgiServer(REQUEST)
    headers = [*PREFLIGHT, (b"content-length", b"3"), (b"transfer-encoding", b"chunked")]

    await server.call(edge, http_scope(method="OPTIONS", headers=headers))

    assert server.status == 400
