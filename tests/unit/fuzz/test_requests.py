"""Fuzzed: the bytes of whole connections, cut anywhere."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from http import HTTPStatus

from hypothesis import given
from hypothesis import strategies as st

from common.web.http1.request_reader import BadRequestError, BodyPart, Http1Request, RequestReader
from tests.support.fuzzing import fuzzed, mixed_bytes
from tests.support.smuggling.cases import Filling
from tests.support.smuggling.corpus import CORPUS

MAX_HEAD_BYTES = 1_000_000
LONGEST = 600
FILLING = Filling("token", 1)
SENT = [sent for case in CORPUS.values() if len(sent := case.bytes_for(FILLING)) < LONGEST]
FRAGMENTS = (
    *(b"\r\n", b"\n", b"\r", b" ", b"\t", b":", b";", b",", b"\x00", b"\x0b", b"\x7f", b"\x80", b"0", b"5", b"a", b"-"),
    *(b"Content-Length: 5\r\n", b"Transfer-Encoding: chunked\r\n", b"Host: b\r\n", b"Connection: close\r\n"),
    *(b"Expect: 100-continue\r\n", b"0\r\n\r\n", b"5\r\nhello\r\n", b"GET /x HTTP/1.1\r\n", b"HTTP/1.0", b"\r\n\r\n"),
)


@st.composite
def connections(draw: st.DrawFn) -> bytes:
    """Return what a case of the smuggling corpus sends, with something put into it or taken out."""
    sent = draw(st.sampled_from(SENT))
    for _ in range(draw(st.integers(0, 4))):
        at, cut = draw(st.integers(0, len(sent))), draw(st.integers(0, 6))
        sent = sent[:at] + draw(mixed_bytes(FRAGMENTS, most=2)) + sent[at + cut :]
    return sent


def pieces_of(sent: bytes, cuts: Sequence[int]) -> Iterator[bytes]:
    """Yield ``sent`` cut at each of ``cuts``."""
    at = 0
    for cut in sorted(cuts):
        yield sent[at:cut]
        at = max(at, cut)
    yield sent[at:]


@dataclass(frozen=True, slots=True)
class Reading:
    """One request that was read whole."""

    method: str
    target: bytes
    headers: tuple[tuple[bytes, bytes], ...]
    length: int | None
    body: bytes


def read(pieces: Iterator[bytes]) -> tuple[list[Reading], HTTPStatus | None]:
    """Return the requests that are read whole, each answered at once, and the refusal that ends the connection."""
    reader, found, head, body = RequestReader(MAX_HEAD_BYTES), list[Reading](), None, b""
    for piece in filter(None, pieces):
        reader.feed(piece)
        try:
            while (event := reader.next_event()) is not None:
                match event:
                    case Http1Request():
                        head, body = event, b""
                    case BodyPart():
                        assert head is not None
                        body += event.data
                        if event.is_end:
                            found.append(Reading(head.method, head.target, tuple(head.headers), head.length, body))
                        if reader.is_between:
                            reader.start_next()
        except BadRequestError as refusal:
            return found, refusal.status
    return found, None


@fuzzed
@given(sent=connections(), cuts=st.lists(st.integers(0, LONGEST), max_size=8))
def test_a_connection_says_the_same_however_it_arrives(sent: bytes, cuts: list[int]) -> None:
    """Never an error of ours; the same requests and the same refusal, and each request has one framing."""
    requests, refusal = read(iter([sent]))

    assert read(pieces_of(sent, cuts)) == (requests, refusal)
    for request in requests:
        names = [name for name, _ in request.headers]
        assert max(names.count(name) for name in (b"content-length", b"transfer-encoding", b"host")) <= 1
        assert request.length is None or request.length == len(request.body)
