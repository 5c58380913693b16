"""A close reason is valid JSON of at most 123 bytes, whatever it has to say."""

from uuid import UUID

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.errors.catalogue import CATALOGUE
from common.errors.close_codes import LIMIT_BYTES, close_for, encode_close_reason
from common.errors.codes import AnyErrorCode, AuthReason, ErrorCode, FeedErrorCode
from common.errors.exceptions import HuleEduError
from common.errors.factories import raise_authentication_error, raise_processing_error, raise_service_unavailable

CORRELATION_ID = UUID("8e03978e-40d5-43e8-bc93-6894a57f9324")


@given(
    error_code=st.one_of(
        st.sampled_from(sorted(CATALOGUE)), st.from_regex(r"[A-Z][A-Z0-9_]{0,61}[A-Z0-9]", fullmatch=True)
    ),
    message=st.text(st.characters()),
    correlation_id=st.none() | st.uuids(),
    retry_after_ms=st.none() | st.integers(0, 2**53),
)
def test_a_reason_always_parses_and_always_fits(
    error_code: str, message: str, correlation_id: UUID | None, retry_after_ms: int | None
) -> None:
    """Whatever is said, the reason is a JSON object with a code and a beginning of the message, within the frame."""
    reason = encode_close_reason(
        error_code=error_code, message=message, correlation_id=correlation_id, retry_after_ms=retry_after_ms
    )

    told = orjson.loads(reason)
    assert len(reason.encode()) <= LIMIT_BYTES
    assert told["error_code"] in {error_code, "UNKNOWN_ERROR"}
    assert message.encode(errors="replace").decode().startswith(told["message"])
    assert told.get("correlation_id", str(correlation_id)) == str(correlation_id)
    assert told.get("retry_after_ms", retry_after_ms) == retry_after_ms


@given(message=st.text(max_size=8))
def test_a_short_message_is_whole(message: str) -> None:
    """Nothing is lost that would have fitted: eight characters take 48 bytes at most, escaped."""
    told = orjson.loads(encode_close_reason(error_code="TIMEOUT", message=message))

    assert told == {"error_code": "TIMEOUT", "message": message}


def test_the_message_gives_way_first() -> None:
    """A long message is cut between characters while code and correlation id stay whole."""
    reason = encode_close_reason(error_code="TIMEOUT", message="x" + "€" * 100, correlation_id=CORRELATION_ID)

    assert orjson.loads(reason) == {
        "error_code": "TIMEOUT",
        "message": "x" + "€" * 9,
        "correlation_id": str(CORRELATION_ID),
    }
    assert len(reason.encode()) == 121


def test_the_correlation_id_gives_way_before_the_slot() -> None:
    """When to come back matters more to a client than what to quote."""
    reason = encode_close_reason(
        error_code="CJ_ASSESSMENT_SERVICE_ERROR",
        message="overload",
        correlation_id=CORRELATION_ID,
        retry_after_ms=120_000,
    )

    assert orjson.loads(reason) == {
        "error_code": "CJ_ASSESSMENT_SERVICE_ERROR",
        "message": "overload",
        "retry_after_ms": 120_000,
    }


def test_a_code_that_fits_nowhere_is_unknown() -> None:
    """An absurd code doesn't break the frame."""
    reason = encode_close_reason(error_code="X" * 200, message="m")

    assert orjson.loads(reason) == {"error_code": "UNKNOWN_ERROR", "message": "m"}


@pytest.mark.parametrize("code", [*ErrorCode, *FeedErrorCode])
def test_every_code_that_ends_a_socket_is_told_whole(code: AnyErrorCode) -> None:
    """No machine reason of ours is ever cut: code, reason and correlation id fit together."""
    close_code, reason = close_for(code, correlation_id=CORRELATION_ID)

    told = orjson.loads(reason)
    assert close_code == CATALOGUE[code].close_code
    assert told["correlation_id"] == str(CORRELATION_ID)
    assert told["message"] in {
        "policy", "rate", "token_invalid", "too_big", "internal", "restart", "overload", "connection_limit",
        "too_slow", "idle", "protocol_error", "not_utf8",
    }  # fmt: skip


@pytest.mark.parametrize("reason", AuthReason)
def test_a_refused_credential_closes_with_its_reason(reason: AuthReason) -> None:
    """The dashboard reads why in ``message``."""
    with pytest.raises(HuleEduError) as raised:
        raise_authentication_error(
            service="websocket-service", operation="o", message="m", correlation_id=CORRELATION_ID, reason=reason
        )

    close_code, encoded = close_for(raised.value)

    assert close_code == 1008
    assert orjson.loads(encoded) == {
        "error_code": raised.value.error_code,
        "message": reason.value,
        "correlation_id": str(CORRELATION_ID),
    }


@pytest.mark.parametrize("code", [FeedErrorCode.SERVICE_RESTART, FeedErrorCode.SERVICE_OVERLOADED])
def test_a_slot_takes_the_correlation_ids_place(code: FeedErrorCode) -> None:
    """1012 and 1013 say when to come back."""
    _, encoded = close_for(code, correlation_id=CORRELATION_ID, retry_after_ms=1500)

    assert orjson.loads(encoded).keys() == {"error_code", "message", "retry_after_ms"}
    assert orjson.loads(encoded)["retry_after_ms"] == 1500


def test_an_errors_own_wait_becomes_the_slot() -> None:
    """What HTTP says in Retry-After, a socket says in milliseconds."""
    with pytest.raises(HuleEduError) as raised:
        raise_service_unavailable(
            service="websocket-service", operation="o", message="m", correlation_id=CORRELATION_ID, retry_after_s=5
        )

    assert orjson.loads(close_for(raised.value)[1])["retry_after_ms"] == 5000


def test_a_slot_is_told_by_no_other_code() -> None:
    """Elsewhere the correlation id keeps its place."""
    _, encoded = close_for(ErrorCode.RATE_LIMIT, correlation_id=CORRELATION_ID, retry_after_ms=1500)

    assert orjson.loads(encoded) == {
        "error_code": "RATE_LIMIT",
        "message": "rate",
        "correlation_id": str(CORRELATION_ID),
    }


def test_free_text_is_no_machine_reason() -> None:
    """Only a word made for machines is taken from the details."""
    with pytest.raises(HuleEduError) as raised:
        raise_processing_error(
            service="websocket-service",
            operation="o",
            message="m",
            correlation_id=CORRELATION_ID,
            reason="The relay's script failed.",
        )

    assert orjson.loads(close_for(raised.value)[1])["message"] == "internal"
