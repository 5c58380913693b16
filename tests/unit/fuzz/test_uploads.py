"""Fuzzed: multipart bodies, cut into pieces anyhow."""

from hypothesis import given
from hypothesis import strategies as st

from tests.support.fuzzing import fuzzed, mixed_bytes
from tests.support.inspection import RULES, outcome
from tests.support.multipart_bodies import file_part, text_part, upload
from tests.support.wsgi_forms import parse_with_werkzeug

BOUNDARY = "Xy"
DELIMITER = b"--Xy"
FRAGMENTS = (
    DELIMITER,
    b"\r\n" + DELIMITER,
    b"\r\n" + DELIMITER + b"--\r\n",
    b"\r\n" + DELIMITER + b"\r\n",
    b"\n" + DELIMITER,
    b"\r\n--X",
    b"\r\n\r\n",
    b"\r\n",
    b"\n",
    b"\r",
    b"--",
    b"; ",
    b": ",
    b'"',
    b"\\",
    b"\x00",
    b"Content-Disposition: form-data",
    b'; name="files"',
    b'; name="batch_id"',
    b'; filename="a.txt"',
    b'; filename="a.exe"',
    b"; filename*=UTF-8''a.exe",
    b"filename=",
    b"Content-Type: text/plain\r\n",
    b"Content-Type: multipart/mixed; boundary=Z\r\n",
    b"Content-Transfer-Encoding: base64\r\n",
    b"Content-Length: 3\r\n",
    b"x" * 300,
)
BOUNDARIES = (
    "multipart/form-data; boundary=Xy",
    'multipart/form-data; boundary="Xy"',
    "multipart/form-data;boundary=Xy",
)


def short(body: bytes) -> bytes:
    """Return ``body`` with the boundary of this module."""
    return body.replace(b"----WebKitFormBoundary7MA4YWxkTrZu0gW", BOUNDARY.encode())


SOUND = short(upload(file_part("a.txt"), file_part("b.txt", b"\r\n--" + b"x" * 50)))
LONE = short(file_part("c.exe", b"MZ")), short(text_part("batch_id", "b2"))


@st.composite
def bodies(draw: st.DrawFn) -> bytes:
    """Return sound bodies with something put into them or taken out, and bodies of fragments alone."""
    if draw(st.booleans()):
        return draw(mixed_bytes((*FRAGMENTS, *LONE), most=20))
    body = SOUND
    for _ in range(draw(st.integers(0, 3))):
        at, cut = draw(st.integers(0, len(body))), draw(st.integers(0, 12))
        body = body[:at] + draw(mixed_bytes((*FRAGMENTS, *LONE), most=3)) + body[at + cut :]
    return body


@fuzzed
@given(body=bodies(), content_type=st.sampled_from(BOUNDARIES), size=st.integers(1, 80))
def test_what_passes_is_read_alike_behind(body: bytes, content_type: str, size: int) -> None:
    """In one piece or in many the verdict is one; and what passes holds for werkzeug too only what the rules allow."""
    told = outcome(body, size, content_type=content_type)

    assert told == outcome(body, content_type=content_type)
    if told == "passed":
        texts, files = parse_with_werkzeug(body, content_type)
        assert [text.strip() != "" for name, text in texts if name == "batch_id"] == [True]
        assert len(texts) == len(dict(texts)) <= RULES.max_text_fields
        assert {name for name, _, _ in files} == {"files"}
        assert len(files) <= RULES.max_files
        assert all(filename.lower().endswith(".txt") and len(content) <= 1000 for _, filename, content in files)
