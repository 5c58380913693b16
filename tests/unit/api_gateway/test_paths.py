"""Raw paths are read by everybody alike or refused; identifiers from them can be sent on."""

import re
from urllib.parse import quote

import pytest

from api_gateway.paths import ID_PATTERN, MAX_ID_CHARACTERS, id_fault, path_fault, path_segment


@pytest.mark.parametrize(
    "raw_path",
    [
        b"/",
        b"/v1/batches/3f0c1f8e-5d0a/status",
        b"/v1/classes/",
        b"/v1/classes//double",
        b"/v1/classes/%C3%A5sa",
        b"/v1/classes/with%20space",
        b"/v1/classes/a%2eb",
        b"/v1/classes/...",
        b"/v1/classes/.hidden",
        b"/v1/classes/a;b=c",
        b"/v1/classes/%252e%252e",
    ],
)
def test_sound_paths_pass(raw_path: bytes) -> None:
    """Paths that every server reads alike are not refused."""
    assert path_fault(raw_path) is None


@pytest.mark.parametrize(
    "raw_path",
    [
        b"/v1/classes/..",
        b"/v1/classes/../batches",
        b"/v1/classes/./x",
        b"/v1/classes/%2e%2e/x",
        b"/v1/classes/%2E./x",
        b"/v1/classes/.%2e",
        b"/v1/classes/..;/x",
        b"/v1/classes/..%3Bx/y",
        b"/v1/classes/a%2Fb",
        b"/v1/classes/a%2fb",
        b"/v1/classes/a%5Cb",
        b"/v1/classes/a\\b",
        b"/v1/classes/%00",
        b"/v1/classes/%0d%0aX:y",
        b"/v1/classes/%7f",
        b"/v1/classes/%ff",
        b"/v1/classes/%C3",
        b"/v1/classes/%zz",
        b"/v1/classes/%",
        b"http://elsewhere/v1/classes",
        b"//v1/classes",
        b"//elsewhere/v1/classes",
        b"*",
        b"",
    ],
)
def test_ambiguous_paths_are_refused(raw_path: bytes) -> None:
    """A path that two servers could read differently gets a reason for its refusal."""
    assert path_fault(raw_path)


def test_judging_a_hostile_path_takes_no_time() -> None:
    """A long path of slashes and dots is judged in linear time (the test's own timeout is the claim)."""
    assert path_fault(b"/a." * 100_000 + b"%") is not None


@pytest.mark.parametrize("value", ["3f0c1f8e", "åäö", "with space", "a" * MAX_ID_CHARACTERS])
def test_printable_ids_pass(value: str) -> None:
    """What a person could read and fits the limit is an identifier."""
    assert id_fault(value) is None


@pytest.mark.parametrize("value", ["", "a" * (MAX_ID_CHARACTERS + 1), " a", "a\u00a0", "a\nb", "a\u200b", "\ud800"])
def test_unprintable_or_long_ids_are_refused(value: str) -> None:
    """Empty, oversized and invisible identifiers get a reason for their refusal."""
    assert id_fault(value)


@pytest.mark.parametrize(
    ("value", "segment"),
    [
        ("3f0c1f8e-5d0a", "3f0c1f8e-5d0a"),
        ("a/b", "a%2Fb"),
        ("åsa", "%C3%A5sa"),
        ("?#", "%3F%23"),
        ("..", "%2E%2E"),
        (".", "%2E"),
        ("a.b", "a.b"),
    ],
)
def test_a_value_stays_one_segment(value: str, segment: str) -> None:
    """No identifier can name another resource than its own."""
    assert path_segment(value) == segment


@pytest.mark.parametrize("shape", ["{}", "{}a", "a{}", "a{}b"])
def test_the_described_pattern_is_what_is_let_in(shape: str) -> None:
    """Of every character outside the surrogates, at either end and inside, the pattern says what the checks say."""
    described = re.compile(ID_PATTERN)
    ids = [shape.format(chr(code)) for code in range(0x10000) if not 0xD800 <= code < 0xE000]

    differing = [value for value in ids if bool(described.search(value)) is not _is_let_in(value)]

    # Python's $ matches before a last line feed, ECMA's, which JSON Schema means, doesn't.
    assert [value for value in differing if not value.endswith("\n")] == []


@pytest.mark.parametrize("value", [".", "..", ".;x", "..;x", "...", ".a", "a..", "a" * 255, "a b", " ", "a/b", "a\\b"])
def test_the_described_pattern_knows_dot_segments(value: str) -> None:
    """What names another resource is none by the pattern either."""
    assert bool(re.search(ID_PATTERN, value)) is _is_let_in(value)


def _is_let_in(value: str) -> bool:
    raw_path = f"/v1/batches/{quote(value, safe='')}/status".encode()
    return path_fault(raw_path) is None and id_fault(value) is None
