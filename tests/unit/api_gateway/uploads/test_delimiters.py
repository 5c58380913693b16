"""Counting delimiters however the body is cut."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api_gateway.uploads.parser import Delimiters, is_sound_boundary

TOKENS = st.sampled_from([b"--XbX", b"--XbX--", b"--Xb", b"X", b"-", b"\r\n", b"\n", b"a"])


@given(tokens=st.lists(TOKENS, max_size=30), size=st.integers(1, 12))
def test_the_count_does_not_depend_on_the_pieces(tokens: list[bytes], size: int) -> None:
    """Every delimiter is counted once wherever the pieces meet, and the last one is noticed."""
    body = b"".join(tokens)
    delimiters = Delimiters("XbX")

    for start in range(0, len(body), size):
        delimiters.receive(body[start : start + size])

    assert delimiters.seen == body.count(b"--XbX")
    assert delimiters.closed is (b"--XbX--" in body)


@pytest.mark.parametrize("boundary", ["X", "x" * 70, "----WebKitFormBoundary7MA4YWxkTrZu0gW", "a'()+_,-./:=?b"])
def test_sound_boundaries(boundary: str) -> None:
    """RFC 2046 section 5.1.1."""
    assert is_sound_boundary(boundary)


@pytest.mark.parametrize("boundary", ["", "x" * 71, "a b", "a ", "a-", "--", 'a"b', "a\r\nb", "å", "a;b"])
def test_unsound_boundaries(boundary: str) -> None:
    """Beyond RFC 2046, or ambiguous."""
    assert not is_sound_boundary(boundary)
