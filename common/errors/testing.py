"""Help for the tests of services that fail by :class:`HuleEduError`."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from common.errors.codes import AnyErrorCode, ErrorCode
from common.errors.detail import CorrelationId, ErrorDetail, create_error_detail_with_context
from common.errors.exceptions import HuleEduError


@dataclass(slots=True)
class ErrorCapture:
    """What :func:`assert_raises_huleedu_error` has caught: None until its block has failed."""

    error: HuleEduError | None = None


@contextmanager
def assert_raises_huleedu_error(
    error_code: AnyErrorCode | str,
    service: str | None = None,
    operation: str | None = None,
    message_contains: str | None = None,
    details_contain: Mapping[str, object] | None = None,
) -> Iterator[ErrorCapture]:
    """Raise AssertionError unless the block raises an error of ``error_code`` with what else is asked for.

    Any other exception of the block passes through, with its own stack.
    """
    capture = ErrorCapture()
    try:
        yield capture
    except HuleEduError as error:
        capture.error = error
        differences = _differences(error, error_code, service, operation, message_contains, details_contain or {})
        if differences:
            raise AssertionError("; ".join(differences)) from error
    else:
        message = f"expected an error of code {error_code}, but nothing was raised"
        raise AssertionError(message)


def create_test_error_detail(
    error_code: AnyErrorCode | str = ErrorCode.UNKNOWN_ERROR,
    message: str = "Test error",
    service: str = "test_service",
    operation: str = "test_operation",
    *,
    correlation_id: CorrelationId | None = None,
    details: Mapping[str, object] | None = None,
) -> ErrorDetail:
    """Return a detail whose facts need saying only where a test is about them."""
    return create_error_detail_with_context(
        error_code=error_code,
        message=message,
        service=service,
        operation=operation,
        correlation_id=correlation_id,
        details=details,
        capture_stack=False,
    )


def create_test_huleedu_error(
    error_code: AnyErrorCode | str = ErrorCode.UNKNOWN_ERROR,
    message: str = "Test error",
    service: str = "test_service",
    operation: str = "test_operation",
    *,
    correlation_id: CorrelationId | None = None,
    details: Mapping[str, object] | None = None,
) -> HuleEduError:
    """Return an error around :func:`create_test_error_detail`."""
    return HuleEduError(
        create_test_error_detail(
            error_code, message, service, operation, correlation_id=correlation_id, details=details
        )
    )


def _differences(
    error: HuleEduError,
    code: str,
    service: str | None,
    operation: str | None,
    message_part: str | None,
    details: Mapping[str, object],
) -> list[str]:
    """Return a sentence for each thing that ``error`` doesn't say as it should."""
    expected = {"code": code, "service": service, "operation": operation}
    actual = {"code": error.error_code, "service": error.service, "operation": error.operation}
    found = [
        f"expected the {name} {value}, but got {actual[name]}"
        for name, value in expected.items()
        if value is not None and actual[name] != value
    ]
    if message_part is not None and message_part not in error.error_detail.message:
        found.append(f"expected {message_part!r} in the message {error.error_detail.message!r}")
    held = error.error_detail.details
    found += [
        f"expected the detail {name} {value!r}, but got {held.get(name)!r}"
        for name, value in details.items()
        if name not in held or held[name] != value
    ]
    return found
