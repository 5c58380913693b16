"""The help for services' tests accepts the error that was asked for, and says what another one lacks."""

import pytest

from common.errors import ErrorCode, HuleEduError, LLMErrorCode, raise_validation_error
from common.errors.testing import assert_raises_huleedu_error, create_test_error_detail, create_test_huleedu_error


def fail() -> None:
    """Raise an error as a service does."""
    raise_validation_error("essay_service", "register", "title", "The title is empty.", "7", value="")


def test_the_error_asked_for_is_captured() -> None:
    """A test goes on to look at the error after the block."""
    with assert_raises_huleedu_error(
        error_code=ErrorCode.VALIDATION_ERROR,
        service="essay_service",
        operation="register",
        message_contains="empty",
        details_contain={"field": "title"},
    ) as capture:
        fail()

    assert isinstance(capture.error, HuleEduError)
    assert capture.error.error_detail.details["value"] == ""


@pytest.mark.parametrize(
    ("asked", "complaint"),
    [
        ({"error_code": ErrorCode.TIMEOUT}, "expected the code TIMEOUT, but got VALIDATION_ERROR"),
        ({"service": "bos"}, "expected the service bos, but got essay_service"),
        ({"operation": "o"}, "expected the operation o, but got register"),
        ({"message_contains": "full"}, "expected 'full' in the message 'The title is empty.'"),
        ({"details_contain": {"field": "x"}}, "expected the detail field 'x', but got 'title'"),
        ({"details_contain": {"absent": None}}, "expected the detail absent None, but got None"),
    ],
)
def test_another_error_fails_the_test(asked: dict[str, object], complaint: str) -> None:
    """Whatever differs is said, and the error's own stack is kept."""
    expected: dict[str, object] = {"error_code": ErrorCode.VALIDATION_ERROR, **asked}

    with pytest.raises(AssertionError) as failed, assert_raises_huleedu_error(**expected):  # type: ignore[arg-type]
        fail()

    assert str(failed.value) == complaint
    assert isinstance(failed.value.__cause__, HuleEduError)


def test_no_error_fails_the_test() -> None:
    """A block that succeeds isn't what was asked for."""
    with (
        pytest.raises(AssertionError, match="code TIMEOUT, but nothing was raised"),
        assert_raises_huleedu_error(ErrorCode.TIMEOUT),
    ):
        pass


def test_a_bug_passes_through() -> None:
    """Another exception is shown as it is, with its own stack."""
    message = "a bug"

    with pytest.raises(LookupError, match=message), assert_raises_huleedu_error(ErrorCode.TIMEOUT):
        raise LookupError(message)


def test_errors_are_made_without_saying_everything() -> None:
    """A test says what it is about, and the rest is filled in."""
    detail = create_test_error_detail(LLMErrorCode.QUEUE_FULL, details={"waiting": 9})
    error = create_test_huleedu_error(message="No answer.", correlation_id=detail.correlation_id)

    assert (detail.error_code, detail.details, detail.stack_trace) == (LLMErrorCode.QUEUE_FULL, {"waiting": 9}, None)
    assert (error.error_code, error.service, error.operation) == ("UNKNOWN_ERROR", "test_service", "test_operation")
    assert (error.error_detail.message, error.correlation_id) == ("No answer.", str(detail.correlation_id))
