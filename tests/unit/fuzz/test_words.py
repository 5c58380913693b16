"""Fuzzed: what clients send as a cursor, and what becomes of any failure as a close reason."""

import re
from uuid import UUID

import orjson
from hypothesis import example, given
from hypothesis import strategies as st

from common.errors.close_codes import LIMIT_BYTES, encode_close_reason
from common.notification_log import Cursor
from common.notification_log.log import LARGEST_PART
from tests.support.fuzzing import fuzzed, mixed_text

NUMBERS = (
    "0",
    "1",
    "00",
    "-0",
    "+1",
    "1_0",
    "9007199254740991",
    "9007199254740992",
    "9" * 16,
    "9" * 17,
    "٣",
    "²",
    "1e3",
    "0x1",
)
CURSORS = mixed_text(
    "0123456789abcdef", "e" * 32, "e" * 33, ":", "::", "-", "--", "\n", "\r", "\x00", " ", "_", "é", *NUMBERS
)
SEEMING = st.builds(
    "{}:{}-{}{}".format,
    mixed_text("ab", "_", "Z", most=3),
    st.sampled_from(NUMBERS),
    st.sampled_from(NUMBERS),
    st.sampled_from(["", "\n", " ", "-", "\x00"]),
)
PLAIN = re.compile(r"[0-9A-Za-z_-]{1,32}:[0-9]{1,16}-[0-9]{1,16}")


@fuzzed
@given(CURSORS | SEEMING)
@example("e:1-1\n")
def test_a_cursor_has_one_spelling(text: str) -> None:
    """Whatever comes is no cursor, or the very text that we would write: no blanks, signs, foreign digits, zeros."""
    cursor = Cursor.parse(text)

    if cursor is not None:
        assert str(cursor) == text
        assert PLAIN.fullmatch(text) is not None
        assert 0 <= cursor.ms <= LARGEST_PART
        assert 0 <= cursor.seq <= LARGEST_PART


WORDS = mixed_text("€" * 30, "\ud800", "\udfff", '"' * 40, "\\", "\x00", "\u2028", "a" * 100, "🎓" * 20, "</script>")


@fuzzed
@given(
    error_code=st.sampled_from(["TIMEOUT", "A" * 60, "A" * 130, "UNKNOWN_ERROR"])
    | mixed_text("Å", "A" * 50, '"', most=3),
    message=WORDS,
    correlation_id=st.none() | st.uuids(),
    retry_after_ms=st.none() | st.integers(-(2**53), 2**53),
)
def test_a_close_reason_is_json_that_fits(
    error_code: str, message: str, correlation_id: UUID | None, retry_after_ms: int | None
) -> None:
    """At most 123 bytes of UTF-8, a JSON object with a code, and of the message a beginning."""
    code = error_code.encode(errors="replace").decode()
    reason = encode_close_reason(
        error_code=code, message=message, correlation_id=correlation_id, retry_after_ms=retry_after_ms
    )

    told = orjson.loads(reason)
    assert len(reason.encode()) <= LIMIT_BYTES
    assert told["error_code"] in {code, "UNKNOWN_ERROR"}
    assert message.encode(errors="replace").decode().startswith(told["message"])
