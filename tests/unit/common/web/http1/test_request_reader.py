"""Requests read from bytes: what is taken, what is refused, and that h11 reads the same."""

import re
from collections.abc import Iterator
from itertools import pairwise

import h11
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from common.web.http1.request_reader import BadRequestError, BodyPart, Http1Request, RequestReader

MAX_HEAD_BYTES = 2_000

GET = b"GET /a HTTP/1.1\r\nHost: a\r\n"
POST = b"POST /a HTTP/1.1\r\nHost: a\r\n"
CHUNKED = POST + b"Transfer-Encoding: chunked\r\n\r\n"

Reading = tuple[str, str]
"""A request that was read: what its head says, and its body."""

REFUSED = ("refused", "")


def read(*pieces: bytes) -> list[Reading]:
    """Return what a reader makes of ``pieces``: whole requests, and the refusal that ends them."""
    return list(readings(RequestReader(MAX_HEAD_BYTES), pieces))


def readings(reader: RequestReader, pieces: tuple[bytes, ...]) -> Iterator[Reading]:
    """Yield what ``reader`` makes of ``pieces``, each request answered as soon as it is whole."""
    head, body = "", b""
    for piece in pieces:
        reader.feed(piece)
        while True:
            try:
                event = reader.next_event()
            except BadRequestError:
                yield REFUSED
                return
            match event:
                case Http1Request():
                    head, body = told(event.method, event.target, event.version, event.headers), b""
                    head += f" last={event.is_last} waits={event.expects_continue}"
                case BodyPart():
                    body += event.data
                    if event.is_end:
                        yield head, body.decode("latin-1")
                        if reader.is_between:
                            reader.start_next()
                case None:
                    break


def told(method: str, target: bytes, version: str, headers: list[tuple[bytes, bytes]]) -> str:
    """Return a head in one form, from whichever reader it comes."""
    return f"{method} {target!r} {version} {[(bytes(name), bytes(value)) for name, value in headers]}"


def read_by_h11(*pieces: bytes) -> list[Reading]:
    """Return what h11 makes of ``pieces``; other versions and methods in lower case count as refused."""
    return list(readings_of_h11(pieces))


def readings_of_h11(pieces: tuple[bytes, ...]) -> Iterator[Reading]:
    """Yield what h11 makes of ``pieces``."""
    connection, head, body = new_h11(b""), "", b""
    for piece in pieces:
        connection.receive_data(piece)
        while True:
            connection = without_empty_lines(connection)
            if connection.trailing_data[0] == b"\r" and connection.their_state is h11.IDLE:
                break
            try:
                event = connection.next_event()
            except h11.RemoteProtocolError:
                yield REFUSED
                return
            match event:
                case h11.Request():
                    if event.http_version not in {b"1.0", b"1.1"} or event.method.upper() != event.method:
                        yield REFUSED
                        return
                    version = event.http_version.decode()
                    head, body = told(event.method.decode(), event.target, version, list(event.headers)), b""
                    head += f" last={not keeps(event)} waits={connection.they_are_waiting_for_100_continue}"
                case h11.Data():
                    body += event.data
                case h11.EndOfMessage():
                    yield head, body.decode("latin-1")
                    if "last=True" in head:
                        return
                    connection.send(h11.Response(status_code=200, headers=[(b"content-length", b"0")]))
                    connection.send(h11.EndOfMessage())
                    connection.start_next_cycle()
                case _:
                    break


def new_h11(data: bytes) -> h11.Connection:
    """Return a connection of h11's that has received ``data``."""
    connection = h11.Connection(h11.SERVER, max_incomplete_event_size=MAX_HEAD_BYTES)
    if data:
        connection.receive_data(data)
    return connection


def without_empty_lines(connection: h11.Connection) -> h11.Connection:
    """Return ``connection``, or another one behind the empty lines before a request, which h11 refuses."""
    waiting = connection.trailing_data[0]
    rest = re.sub(rb"^(?:\r?\n)+", b"", waiting)
    return new_h11(rest) if connection.their_state is h11.IDLE and rest != waiting else connection


def keeps(request: h11.Request) -> bool:
    """Tell whether another request may follow (RFC 9112 section 9.3)."""
    tokens = b",".join(value for name, value in request.headers if name == b"connection").lower().split(b",")
    return request.http_version == b"1.1" and b"close" not in {token.strip() for token in tokens}


LINE_ENDS = st.sampled_from([b"\r\n", b"\r\n", b"\r\n", b"\n"])
STARTS = st.sampled_from(
    [
        b"GET /a HTTP/1.1",
        b"POST /a?b=%20 HTTP/1.1",
        b"HEAD * HTTP/1.0",
        b"FOO http://a/b#c HTTP/1.1",
        b"get /a HTTP/1.1",
        b"GET  /a HTTP/1.1",
        b"GET /a HTTP/1.1 ",
        b"GET /a HTTP/2.0",
        b"GET /a",
        b"GET /\xff HTTP/1.1",
        b"DESCRIBE /a RTSP/1.0",
    ]
)
FIELDS = st.lists(
    st.sampled_from(
        [
            b"Host: a",
            b"Host: b",
            b"X-Y:\t some \x01 value \xff\t",
            b"X-Y:",
            b"X Y: a",
            b"X-Y : a",
            b": a",
            b"X-Y: a\rb",
            b"X-Y: a\x00b",
            b"Connection: keep-alive, Close",
            b"Connection: upgrade",
            b"Upgrade: h2c",
            b"Expect: 100-Continue",
            b"Content-Length: 3",
            b"Content-Length: 3, 3",
            b"Content-Length: 03",
            b"Content-Length: +3",
            b"Content-Length: 3_0",
            b"Content-Length: 123456789012345678901",
            b"Content-Length:",
            b"Transfer-Encoding: chunked",
            b"Transfer-Encoding: Chunked",
            b"Transfer-Encoding: chunked, chunked",
            b"Transfer-Encoding: gzip",
            b"Transfer-Encoding:\x0bchunked",
        ]
    ),
    max_size=4,
)
BODIES = st.lists(
    st.sampled_from(
        [
            b"abc",
            b"3\r\nabc\r\n",
            b"3;x=y\r\nabc\r\n",
            b"03 \r\nabc\r\n",
            b"3\nabc\n",
            b"0x3\r\nabc\r\n",
            b"-3\r\nabc\r\n",
            b"fffffffffffffffffffff\r\n",
            b"3\r\nabcd\r\n",
            b"0\r\n\r\n",
            b"0\r\nX: y\r\n\r\n",
            b"0\r\nX y\r\n\r\n",
            b"0\r\n\n",
        ]
    ),
    max_size=3,
)


@st.composite
def streams(draw: st.DrawFn) -> bytes:
    """Return what a client may send: some requests, rarely quite right."""
    requests: list[bytes] = []
    for _ in range(draw(st.integers(1, 3))):
        end = draw(LINE_ENDS)
        lines = [draw(STARTS), *(draw(st.sampled_from([[b"Host: a"], []]))), *draw(FIELDS)]
        requests.append(end.join([*lines, b"", b""]) + b"".join(draw(BODIES)))
    return b"".join(requests)


@st.composite
def cuts(draw: st.DrawFn) -> tuple[bytes, ...]:
    """Return a stream in the pieces in which it arrives."""
    sent = draw(streams())
    places = sorted({0, *draw(st.lists(st.integers(1, max(1, len(sent))), max_size=4)), len(sent)})
    return tuple(sent[start:end] for start, end in pairwise(places))


@given(pieces=cuts())
@example(pieces=(GET + b"\r\n" + GET, b"\r\n"))
@example(pieces=(CHUNKED + b"1\r", b"\na\r", b"\n0\r\n\r", b"\n"))
def test_h11_reads_the_same(pieces: tuple[bytes, ...]) -> None:
    """What the edge takes is what h11 takes, to the byte, however it arrives; what one refuses the other refuses.

    What the two read apart by intent is tested below, and the statuses of refusals with the server's answers.
    """
    ours, theirs = read(*pieces), read_by_h11(*pieces)

    assert ours == theirs


@pytest.mark.parametrize("cut", range(1, 150, 7))
def test_pieces_make_no_difference(cut: int) -> None:
    """However a request arrives, it is the same request."""
    sent = CHUNKED + b"3;x=y\r\nabc\r\n4\r\ndefg\r\n0\r\nTrailer: x\r\n\r\n\r\n" + GET + b"\r\n"

    assert read(sent[:cut], sent[cut:]) == read(sent)
    assert [body for _, body in read(sent)] == ["abcdefg", ""]


def test_a_byte_at_a_time() -> None:
    """A slow client is read as a quick one."""
    sent = CHUNKED + b"3\r\nabc\r\n0\r\n\r\n" + POST + b"Content-Length: 2\r\n\r\nhi" + GET + b"\r\n"

    assert read(*(sent[at : at + 1] for at in range(len(sent)))) == read(sent)


@pytest.mark.parametrize(
    "sent",
    [
        pytest.param(GET + b"X: a\r\n b\r\n\r\n", id="folded header"),
        pytest.param(CHUNKED + b"1;a\nb\r\nx\r\n0\r\n\r\n", id="line feed in an extension"),
        pytest.param(CHUNKED + b"1;a\rb\r\nx\r\n0\r\n\r\n", id="carriage return in an extension"),
        pytest.param(b"\x16\x03\x01\x02\x00\x01\x00", id="TLS"),
        pytest.param(b"\r\rGET / HTTP/1.1\r\nHost: a\r\n\r\n", id="carriage returns in front"),
        pytest.param(b"DESCRIBE /a RTSP/1.0\r\n\r\n", id="another protocol"),
    ],
)
def test_what_readers_disagree_about_is_refused(sent: bytes) -> None:
    """RFC 9112 sections 5.2 and 7.1.1 let a server refuse these; llhttp and h11 each take some of them."""
    assert read(sent) == [REFUSED]


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        pytest.param(GET + b"X: " + b"x" * MAX_HEAD_BYTES, 431, id="head"),
        pytest.param(CHUNKED + b"1;" + b"x" * MAX_HEAD_BYTES, 400, id="size line"),
        pytest.param(CHUNKED + b"0" * (MAX_HEAD_BYTES + 1), 400, id="size of zeros"),
        pytest.param(CHUNKED + b"0\r\nX: " + b"x" * MAX_HEAD_BYTES, 431, id="trailer"),
    ],
)
def test_what_never_ends_is_refused(sent: bytes, status: int) -> None:
    """A client can't have more kept than the limit; a size line is none of the fields that 431 is for."""
    reader = RequestReader(MAX_HEAD_BYTES)
    reader.feed(sent)

    with pytest.raises(BadRequestError) as refused:
        list(iter(reader.next_event, None))

    assert refused.value.status == status


def test_a_pipelined_request_waits_for_its_turn() -> None:
    """It is read when the one before it was answered, and is seen to wait."""
    reader = RequestReader(MAX_HEAD_BYTES)
    reader.feed(GET + b"\r\n" + GET + b"\r\n")

    first = [reader.next_event() for _ in range(3)]
    waits = (reader.is_between, reader.has_partial_head)
    reader.start_next()
    second = reader.next_event()

    assert isinstance(first[0], Http1Request)
    assert first[1:] == [BodyPart(b"", is_end=True), None]
    assert waits == (True, True)
    assert isinstance(second, Http1Request)


def test_nothing_is_kept_behind_the_last_request() -> None:
    """What follows ``Connection: close`` is no request, and takes no memory."""
    reader = RequestReader(MAX_HEAD_BYTES)
    reader.feed(GET + b"Connection: close\r\n\r\n" + GET)

    events = [reader.next_event() for _ in range(3)]
    reader.feed(b"x" * 1_000)

    assert events[1:] == [BodyPart(b"", is_end=True), None]
    assert not reader.has_partial_head
    assert not reader.is_between


def test_a_body_is_passed_on_as_it_comes() -> None:
    """A part is what has arrived of it, whatever its whole length."""
    reader = RequestReader(MAX_HEAD_BYTES)
    reader.feed(POST + b"Content-Length: 5\r\n\r\nab")
    reader.next_event()

    first = reader.next_event()
    reader.feed(b"cdeGET")
    second = reader.next_event()

    assert (first, second) == (BodyPart(b"ab", is_end=False), BodyPart(b"cde", is_end=True))
    assert reader.is_between


def test_another_protocol_gets_what_has_arrived() -> None:
    """The first frames may come with the handshake."""
    reader = RequestReader(MAX_HEAD_BYTES)
    reader.feed(GET + b"\r\nframe")
    reader.next_event()

    assert reader.take_rest() == b"frame"
    assert reader.next_event() is None
