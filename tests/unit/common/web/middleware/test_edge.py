"""What every request and socket gets, whatever happens inside."""

import asyncio
from uuid import UUID

import pytest
from hypercorn.typing import ASGIReceiveCallable, ASGISendCallable, Scope

from common.correlation import correlation_id
from common.web.middleware.request_record import record_facts, record_user
from tests.fakes.asgi_server import CLIENT_LEFT, HANDSHAKE, REQUEST, FakeAsgiServer, http_scope, websocket_scope
from tests.support.edge_app import accept_socket, answer_ok, make_edge, raise_in_app

GIVEN = "7f0c2f0e-3c54-4d53-9d5a-2d3f5a5f1c11"


@pytest.mark.parametrize("given", [GIVEN, GIVEN.upper()])
async def test_a_valid_correlation_id_is_echoed(given: str) -> None:
    """The caller's id stands on the answer."""
    edge, observer = make_edge(answer_ok)
    server = FakeAsgiServer(REQUEST)

    await server.call(edge, http_scope(headers=[(b"x-correlation-id", given.encode())]))

    assert server.headers[b"x-correlation-id"] == GIVEN.encode()
    assert observer.last.correlation_id == UUID(GIVEN)


@pytest.mark.parametrize("given", [b"", b"not-a-uuid", b"\xff", b"{7f0c2f0e-3c54-4d53-9d5a-2d3f5a5f1c11}"])
async def test_anything_else_is_replaced(given: bytes) -> None:
    """An answer always carries a UUID, whatever was sent."""
    edge, _ = make_edge(answer_ok)
    server = FakeAsgiServer(REQUEST)

    await server.call(edge, http_scope(headers=[(b"x-correlation-id", given)]))

    assert UUID(server.headers[b"x-correlation-id"].decode()).version == 4


async def test_the_correlation_id_is_bound_for_the_app() -> None:
    """What the app logs and sends on carries the same id as the answer."""
    seen = []

    async def app(scope: Scope, receive: ASGIReceiveCallable, send: ASGISendCallable) -> None:
        seen.append(correlation_id())
        await answer_ok(scope, receive, send)

    edge, observer = make_edge(app)

    await FakeAsgiServer(REQUEST).call(edge, http_scope())

    assert seen == [observer.last.correlation_id]


async def test_an_app_can_not_forge_the_correlation_id() -> None:
    """A correlation id that came from an upstream doesn't stand beside ours."""

    async def app(_scope: Scope, _receive: ASGIReceiveCallable, send: ASGISendCallable) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": [(b"x-correlation-id", b"upstream")]})
        await send({"type": "http.response.body", "body": b"", "more_body": False})

    edge, observer = make_edge(app)
    server = FakeAsgiServer(REQUEST)

    await server.call(edge, http_scope())

    assert server.headers == {b"x-correlation-id": str(observer.last.correlation_id).encode()}


@pytest.mark.parametrize(
    "error", [RuntimeError("secret"), BaseException("secret"), ExceptionGroup("secret", [KeyError()])]
)
async def test_what_escapes_the_app_is_a_house_500(error: BaseException) -> None:
    """No exception leaves a request without an answer, and none of its words get out."""
    edge, observer = make_edge(raise_in_app(error))
    server = FakeAsgiServer(REQUEST)

    await server.call(edge, http_scope())

    assert (server.status, server.error_code) == (500, "UNKNOWN_ERROR")
    assert b"secret" not in repr(server.sent).encode()
    assert observer.last.status == 500


async def test_a_handler_that_cancels_itself_is_a_house_500() -> None:
    """A stray CancelledError is a failure like any other: nobody asked for it."""
    edge, _ = make_edge(raise_in_app(asyncio.CancelledError()))
    server = FakeAsgiServer(REQUEST)

    await server.call(edge, http_scope())

    assert (server.status, server.error_code) == (500, "UNKNOWN_ERROR")


@pytest.mark.parametrize("error", [KeyboardInterrupt(), SystemExit(3)])
async def test_the_interpreters_own_exceptions_pass(error: BaseException) -> None:
    """What ends the process isn't swallowed."""
    edge, _ = make_edge(raise_in_app(error))

    with pytest.raises(type(error)):
        await FakeAsgiServer(REQUEST).call(edge, http_scope())


async def test_a_cancelled_request_stays_cancelled() -> None:
    """The edge middleware lets its task be cancelled."""
    edge, observer = make_edge(answer_ok)

    async with asyncio.TaskGroup() as group:
        task = group.create_task(FakeAsgiServer().call(edge, http_scope()))
        await asyncio.sleep(0)
        task.cancel()

    assert task.cancelled()
    assert len(observer.ended) == 1


async def test_an_app_that_answers_nothing_is_a_house_500() -> None:
    """Returning without an answer is a failure."""

    async def app(_scope: Scope, _receive: ASGIReceiveCallable, _send: ASGISendCallable) -> None:
        return

    edge, _ = make_edge(app)
    server = FakeAsgiServer(REQUEST)

    await server.call(edge, http_scope())

    assert server.status == 500


async def test_a_failure_after_the_head_sends_nothing_more() -> None:
    """Once the status is out, a cut body is the only honest signal: no second answer is mixed into the first."""

    async def app(_scope: Scope, _receive: ASGIReceiveCallable, send: ASGISendCallable) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        raise RuntimeError

    edge, _ = make_edge(app)
    server = FakeAsgiServer(REQUEST)

    await server.call(edge, http_scope())

    assert [message["type"] for message in server.sent] == ["http.response.start"]


async def test_a_client_that_left_is_a_499() -> None:
    """A client's leaving is not counted as the service's failure, and nothing is sent to nobody."""

    async def app(_scope: Scope, receive: ASGIReceiveCallable, _send: ASGISendCallable) -> None:
        await receive()

    edge, observer = make_edge(app)
    server = FakeAsgiServer(CLIENT_LEFT)

    await server.call(edge, http_scope())

    assert observer.last.status == 499
    assert server.sent == []


async def test_a_disconnect_after_the_answer_changes_nothing() -> None:
    """Hypercorn reports one after each answer."""

    async def app(scope: Scope, receive: ASGIReceiveCallable, send: ASGISendCallable) -> None:
        await answer_ok(scope, receive, send)
        await receive()

    edge, observer = make_edge(app)

    await FakeAsgiServer(REQUEST, CLIENT_LEFT).call(edge, http_scope())

    assert observer.last.status == 200


async def test_observers_are_told_what_happened() -> None:
    """Method, path, status, bytes, and what the handler recorded, once."""

    async def app(scope: Scope, receive: ASGIReceiveCallable, send: ASGISendCallable) -> None:
        record_user("teacher")
        record_facts(upstream="ras")
        record_facts(upstream_ms=3)
        await answer_ok(scope, receive, send)

    edge, observer = make_edge(app)

    await FakeAsgiServer(REQUEST).call(edge, http_scope("/v1/x", method="POST"))

    record = observer.last
    assert len(observer.ended) == 1
    assert (record.kind, record.method, record.path, record.status) == ("http", "POST", "/v1/x", 200)
    assert (record.bytes_sent, record.user_id) == (2, "teacher")
    assert record.facts == {"upstream": "ras", "upstream_ms": 3}
    assert record.duration_s() > 0


async def test_a_heads_body_is_not_counted() -> None:
    """What HEAD would have sent isn't sent (RFC 9110 section 9.3.2)."""
    edge, observer = make_edge(answer_ok)

    await FakeAsgiServer(REQUEST).call(edge, http_scope(method="HEAD"))

    assert observer.last.bytes_sent == 0


@pytest.mark.parametrize(("status", "kept"), [(204, []), (304, []), (200, [b"content-length", b"content-type"])])
async def test_an_answer_that_has_no_body_describes_none(status: int, kept: list[bytes]) -> None:
    """204 and 304 carry neither type nor length nor coding, whoever made them (RFC 9110 sections 8.6 and 15.4.5)."""

    async def app(_scope: Scope, _receive: ASGIReceiveCallable, send: ASGISendCallable) -> None:
        headers = [(b"content-length", b"0"), (b"content-type", b"text/html"), (b"etag", b'"1"')]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": b"", "more_body": False})

    edge, _ = make_edge(app)
    server = FakeAsgiServer(REQUEST)

    await server.call(edge, http_scope())

    assert list(server.headers) == [*kept, b"etag", b"x-correlation-id"]


async def test_the_first_signature_of_a_socket_is_its_handshake() -> None:
    """An accepted handshake carries the correlation id; the observers hear of the close code and the bytes."""
    edge, observer = make_edge(accept_socket)
    server = FakeAsgiServer(HANDSHAKE)

    await server.call(edge, websocket_scope())

    record = observer.last
    assert server.headers[b"x-correlation-id"] == str(record.correlation_id).encode()
    assert (record.kind, record.status, record.close_code, record.bytes_sent) == ("websocket", 101, 1012, 5)


async def test_the_peers_close_code_is_told_when_it_closes_first() -> None:
    """The access log says who left how."""

    async def app(_scope: Scope, receive: ASGIReceiveCallable, send: ASGISendCallable) -> None:
        await receive()
        await send({"type": "websocket.accept", "subprotocol": None, "headers": []})
        await receive()

    edge, observer = make_edge(app)

    await FakeAsgiServer(HANDSHAKE, {"type": "websocket.disconnect", "code": 1001}).call(edge, websocket_scope())

    assert (observer.last.status, observer.last.close_code) == (101, 1001)


async def test_a_socket_whose_client_leaves_before_the_answer_is_a_499() -> None:
    """A handshake nobody waits for isn't a failure."""

    async def app(_scope: Scope, receive: ASGIReceiveCallable, _send: ASGISendCallable) -> None:
        await receive()

    edge, observer = make_edge(app)
    server = FakeAsgiServer({"type": "websocket.disconnect", "code": 1006})

    await server.call(edge, websocket_scope())

    assert observer.last.status == 499
    assert server.sent == []


async def test_a_failed_handshake_is_a_house_500() -> None:
    """What escapes before accept is an HTTP answer."""
    edge, _ = make_edge(raise_in_app(RuntimeError()))
    server = FakeAsgiServer(HANDSHAKE)

    await server.call(edge, websocket_scope())

    assert (server.status, server.error_code) == (500, "UNKNOWN_ERROR")
