"""Responses written as bytes: their framing, what closes the connection, and what no head may carry."""

import h11
import pytest

from common.web.http1.request_reader import Http1Request, RequestReader
from common.web.http1.response_encoder import ResponseEncoder, ResponseError, switch_head

DATE = b"date: Sun, 06 Nov 1994 08:49:37 GMT"
SIZED = [(b"content-length", b"2")]


def request(line: bytes = b"GET / HTTP/1.1", *fields: bytes) -> Http1Request:
    """Return what the reader makes of a head."""
    reader = RequestReader(10_000)
    reader.feed(b"\r\n".join([line, b"Host: a", *fields, b"", b""]))
    read = reader.next_event()
    assert isinstance(read, Http1Request)
    return read


def written(asked: Http1Request, status: int, headers: list[tuple[bytes, bytes]], *pieces: bytes) -> bytes:
    """Return a whole response."""
    encoder = ResponseEncoder(asked)
    head = encoder.head(status, headers, DATE)
    return head + b"".join([*(encoder.body(piece) for piece in pieces), encoder.end()])


def read_by_h11(asked: bytes, answer: bytes) -> tuple[int, bytes, bool]:
    """Return status and body as h11 reads them, and whether it takes the response for complete."""
    client = h11.Connection(h11.CLIENT)
    client.send(h11.Request(method=asked, target="/", headers=[("host", "a")]))
    client.send(h11.EndOfMessage())
    client.receive_data(answer)
    response, body = client.next_event(), b""
    assert isinstance(response, h11.Response)
    while isinstance(event := client.next_event(), h11.Data):
        body += event.data
    return response.status_code, body, isinstance(event, h11.EndOfMessage)


@pytest.mark.parametrize(
    ("method", "status", "headers", "pieces", "body"),
    [
        pytest.param(b"GET", 200, SIZED, [b"o", b"", b"k"], b"ok", id="length"),
        pytest.param(b"GET", 200, [], [b"o", b"", b"k" * 20], b"o" + b"k" * 20, id="chunks"),
        pytest.param(b"GET", 200, [], [], b"", id="no chunk"),
        pytest.param(b"GET", 200, [(b"transfer-encoding", b"gzip")], [b"ok"], b"ok", id="a coding of the app's"),
        pytest.param(b"HEAD", 200, SIZED, [b"ok"], b"", id="HEAD"),
        pytest.param(b"HEAD", 200, [], [b"ok"], b"", id="HEAD without a length"),
        pytest.param(b"GET", 204, [], [b"ok"], b"", id="204"),
        pytest.param(b"GET", 304, SIZED, [b"ok"], b"", id="304"),
    ],
)
def test_a_response_ends_where_it_says(
    method: bytes, status: int, headers: list[tuple[bytes, bytes]], pieces: list[bytes], body: bytes
) -> None:
    """A client reads what the app sent, and knows where it ends (RFC 9112 section 6.3)."""
    answer = written(request(method + b" / HTTP/1.1"), status, headers, *pieces)

    assert read_by_h11(method, answer) == (status, body, True)
    assert answer.count(b"transfer-encoding") == (b"chunked" in answer)


def test_http_1_0_gets_no_chunks() -> None:
    """A body of unknown length ends with the connection, which the head says."""
    encoder = ResponseEncoder(request(b"GET / HTTP/1.0"))

    answer = encoder.head(200, [], DATE) + encoder.body(b"ok") + encoder.end()

    assert answer == b"HTTP/1.1 200 \r\n%b\r\nconnection: close\r\n\r\nok" % DATE
    assert not encoder.keeps_connection


@pytest.mark.parametrize(
    ("asked", "headers", "closes"),
    [
        pytest.param(request(b"GET / HTTP/1.1", b"Connection: close"), SIZED, False, id="client"),
        pytest.param(request(), [*SIZED, (b"connection", b"Upgrade, Close")], False, id="app"),
        pytest.param(request(), SIZED, True, id="server"),
        pytest.param(None, SIZED, False, id="unreadable head"),
    ],
)
def test_a_connection_that_closes_says_so_once(
    *, asked: Http1Request | None, headers: list[tuple[bytes, bytes]], closes: bool
) -> None:
    """Whoever wishes it (RFC 9112 section 9.6)."""
    encoder = ResponseEncoder(asked)

    answer = encoder.head(200, headers, DATE, closes=closes) + encoder.body(b"ok") + encoder.end()

    assert answer.lower().count(b"close") == 1
    assert not encoder.keeps_connection


def test_a_connection_is_kept() -> None:
    """When the response is complete, and not before."""
    encoder = ResponseEncoder(request())
    encoder.head(200, SIZED, DATE)
    encoder.body(b"ok")
    before = encoder.keeps_connection
    encoder.end()

    assert (before, encoder.keeps_connection) == (False, True)


@pytest.mark.parametrize(
    "header",
    [
        (b"x", b"a\r\nset-cookie: b"),
        (b"x", b"a\nb"),
        (b"x", b"a\rb"),
        (b"x", b"a\x00b"),
        (b"x: y\r\nz", b"a"),
        (b"x y", b"a"),
        (b"", b"a"),
        (b"content-length", b"-1"),
        (b"content-length", b"2, 2"),
    ],
)
def test_a_header_cannot_break_the_head(header: tuple[bytes, bytes]) -> None:
    """Whatever an app puts into a name or a value, the client reads one response; another can still be written."""
    encoder = ResponseEncoder(request())
    with pytest.raises(ResponseError):
        encoder.head(200, [header], DATE)
    with pytest.raises(ResponseError):
        switch_head([(header[0], header[1] + b"\r\n")], DATE)

    assert not encoder.started
    assert encoder.head(500, SIZED, DATE).startswith(b"HTTP/1.1 500 ")


@pytest.mark.parametrize("pieces", [[b"o"], []])
def test_a_body_is_not_shorter_than_told(pieces: list[bytes]) -> None:
    """The client would wait for the rest."""
    with pytest.raises(ResponseError):
        written(request(), 200, SIZED, *pieces)


def test_a_body_is_not_longer_than_told() -> None:
    """What is too much would be read as the next response, so it isn't sent."""
    encoder = ResponseEncoder(request())
    encoder.head(200, SIZED, DATE)
    encoder.body(b"o")

    with pytest.raises(ResponseError):
        encoder.body(b"kay")


def test_names_are_compared_in_lower_case() -> None:
    """An app that spells a length in its own way has told it all the same."""
    answer = written(request(), 200, [(b"Content-Length", b"2")], b"ok")

    assert b"chunked" not in answer


def test_the_switch_to_another_protocol_is_an_interim_head() -> None:
    """It has no framing, and hands the connection over."""
    head = switch_head([(b"Upgrade", b"websocket"), (b"connection", b"Upgrade")], DATE)

    assert head == b"HTTP/1.1 101 \r\nupgrade: websocket\r\nconnection: Upgrade\r\n%b\r\n\r\n" % DATE
