"""Undoing a content coding within bounds."""

import gzip
import zlib

import pytest

from api_gateway.upstream.response import decode_body

PLAIN = b'{"error": {}}'


@pytest.mark.parametrize(
    ("body", "coding"),
    [
        (PLAIN, ""),
        (PLAIN, "identity"),
        (gzip.compress(PLAIN, mtime=0), "gzip"),
        (gzip.compress(PLAIN, mtime=0), " GZIP "),
        (zlib.compress(PLAIN), "deflate"),
    ],
)
def test_undoes_what_is_known(body: bytes, coding: str) -> None:
    """The plain body comes out."""
    assert decode_body(body, coding, most_bytes=100) == PLAIN


@pytest.mark.parametrize(
    ("body", "coding"),
    [
        (PLAIN, "br"),
        (PLAIN, "gzip, gzip"),
        (b"garbage", "gzip"),
        (gzip.compress(PLAIN, mtime=0)[:-4], "gzip"),
        (gzip.compress(bytes(10_000_000), mtime=0), "gzip"),
    ],
)
def test_gives_up_on_the_rest(body: bytes, coding: str) -> None:
    """An unknown coding, a broken body and one that inflates beyond the bound are not read."""
    assert decode_body(body, coding, most_bytes=1000) is None
