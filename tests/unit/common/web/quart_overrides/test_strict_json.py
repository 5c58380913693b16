"""What counts as JSON."""

import asyncio
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import JsonValue

from common.web.quart_overrides.strict_json import LARGE_BYTES, NotJsonError, parse_json, read_json

json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner, max_size=4),
    max_leaves=12,
)


@given(json_values)
@settings(deadline=None)
def test_valid_json_is_read_as_it_was_written(value: JsonValue) -> None:
    """Strictness costs no valid document anything."""
    assert parse_json(json.dumps(value).encode()) == value


@pytest.mark.parametrize(
    ("raw", "complaint"),
    [
        (b"", "zero-length"),
        (b"{", "end of data"),
        (b"[1]x", "after document"),
        (b"NaN", "unexpected character"),
        (b"[-Infinity]", "(line 1"),
        (b"[1e999]", "infinity"),
        (b"1" * 5000, "infinity"),
        (b'"\xff"', "it is not UTF-8"),
        (b'"\\ud800"', "surrogate"),
        (b'"\x00"', "control character"),
        (b"\xef\xbb\xbf{}", "BOM"),
        (b'{"a":1,"a":1}', "twice"),
        (b'[{"b":{"a":1,"c":2,"a":3}}]', "twice"),
        (b"[" * 100_000, "depth"),
        (b'{"a":' * 2000 + b"1" + b"}" * 2000, "depth"),
    ],
)
def test_what_is_not_json_is_refused_with_a_reason(raw: bytes, complaint: str) -> None:
    """Each fault is one exception that a client can be told, never a crash of the parser."""
    with pytest.raises(NotJsonError, match=r"^[\x20-\x7e]+$") as refused:
        parse_json(raw)

    assert complaint in str(refused.value)


@pytest.mark.parametrize(("characters", "turns"), [(LARGE_BYTES - 2, 0), (LARGE_BYTES - 1, 1)])
async def test_a_large_document_is_read_beside_the_loop(characters: int, turns: int) -> None:
    """Others are served meanwhile; a small one isn't worth a change of threads."""
    served = 0

    def serve() -> None:
        nonlocal served
        served += 1

    asyncio.get_running_loop().call_soon(serve)
    value = await read_json(b'"' + b"x" * characters + b'"')

    assert value == "x" * characters
    assert served == turns


async def test_a_large_fault_is_told_as_a_small_one() -> None:
    """Wherever it was found."""
    with pytest.raises(NotJsonError, match="twice"):
        await read_json(b'{"a":1,' + b" " * LARGE_BYTES + b'"a":1}')
