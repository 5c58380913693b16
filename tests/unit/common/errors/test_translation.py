"""What frameworks raise is said in our words."""

from uuid import UUID

import pytest
from pydantic import TypeAdapter, ValidationError
from werkzeug.exceptions import BadRequest, Conflict, HTTPException, ServiceUnavailable
from werkzeug.routing import WebsocketMismatch

from common.errors.codes import ErrorCode
from common.errors.detail import ErrorDetail
from common.errors.exceptions import HuleEduError
from common.errors.foreign_texts import MOST_FIELDS
from common.errors.source import ErrorSource
from common.errors.translation import (
    from_http_exception,
    invalid_request,
    invalid_response,
    lacks_body,
    sole_failure,
)

CORRELATION_ID = UUID("8e03978e-40d5-43e8-bc93-6894a57f9324")
SOURCE = ErrorSource("api-gateway-service", "GET /v1/batches", CORRELATION_ID)


def failure(code: ErrorCode) -> HuleEduError:
    """Return an error of ``code``."""
    return HuleEduError(
        ErrorDetail(error_code=code, message="m", correlation_id=CORRELATION_ID, service="bos", operation="prompt")
    )


CONFLICT = failure(ErrorCode.CONFLICT)
TIMEOUT = failure(ErrorCode.TIMEOUT)
BUG = ValueError("hunter2")


@pytest.mark.parametrize(
    ("raised", "answered"),
    [
        (CONFLICT, CONFLICT),
        (BUG, BUG),
        (ExceptionGroup("g", [CONFLICT]), CONFLICT),
        (ExceptionGroup("g", [ExceptionGroup("h", [CONFLICT])]), CONFLICT),
        (ExceptionGroup("g", [TIMEOUT, CONFLICT]), TIMEOUT),
    ],
)
def test_a_group_is_its_first_failure(raised: Exception, answered: Exception) -> None:
    """A lone failure inside groups comes out as itself; of several the one that ended the others."""
    assert sole_failure(raised) is answered


def test_a_group_with_a_bug_stays_whole() -> None:
    """The log must show the bug, wherever in the group it stands."""
    group = ExceptionGroup("g", [CONFLICT, BUG])

    assert sole_failure(group) is group


def test_an_exceptions_headers_stay_but_not_its_bodys() -> None:
    """Retry-After is kept, the type and length of Werkzeug's HTML aren't."""
    error = from_http_exception(ServiceUnavailable(retry_after=7), SOURCE)

    assert error.error_code is ErrorCode.SERVICE_UNAVAILABLE
    assert error.headers == {"Retry-After": "7"}


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (Conflict(), "The resource is not in a state that allows the change."),
        (Conflict("The batch is running."), "The batch is running."),
        (WebsocketMismatch(), "The path serves HTTP, not WebSockets."),
    ],
)
def test_stock_text_is_replaced(error: HTTPException, message: str) -> None:
    """The catalogue speaks unless someone wrote words for the occasion."""
    assert from_http_exception(error, SOURCE).error_detail.message == message


def test_a_bare_http_exception_is_our_fault() -> None:
    """An exception without a status is a 500."""
    assert from_http_exception(HTTPException(), SOURCE).status_code == 500


def test_a_bad_request_without_a_parser_behind_it_is_an_invalid_one() -> None:
    """Only what a parser refused is a parsing error."""
    assert from_http_exception(BadRequest("Two tokens."), SOURCE).error_code is ErrorCode.INVALID_REQUEST


def test_place_is_told() -> None:
    """Service, operation and correlation id are the source's."""
    error = from_http_exception(Conflict(), SOURCE)

    assert (error.service, error.operation, error.correlation_id) == (
        "api-gateway-service",
        "GET /v1/batches",
        str(CORRELATION_ID),
    )


def test_a_failure_without_fields_is_told_without_fields() -> None:
    """A plain dataclass that can't be made names no field, and its TypeError isn't shown."""
    error = invalid_request(TypeError("__init__() missing hunter2"), SOURCE, location="headers")

    assert error.error_detail.message == "The headers failed validation."
    assert error.error_detail.details == {"location": "headers", "field_errors": []}
    assert not lacks_body(TypeError())


def test_further_errors_are_counted() -> None:
    """Beyond the first fifty the client learns how many more there are."""
    with pytest.raises(ValidationError) as failed:
        TypeAdapter(list[int]).validate_python(["x"] * (MOST_FIELDS + 7))

    error = invalid_request(failed.value, SOURCE, location="body")

    assert error.error_detail.details["further_field_errors"] == 7
    assert error.error_detail.message == "The body failed validation in several places."


def test_an_invalid_answer_is_our_fault_even_without_fields() -> None:
    """quart-schema may give no reason at all."""
    error = invalid_response(None, SOURCE)

    assert (error.error_code, error.status_code) == (ErrorCode.PROCESSING_ERROR, 500)


def decoded(body: bytes) -> str:
    """Decode as the strict request class does."""
    try:
        return body.decode()
    except UnicodeDecodeError:
        reason = "The body is not UTF-8."
        raise BadRequest(reason) from None


def test_a_parsers_refusal_is_found_behind_the_exception() -> None:
    """A 400 that hides its cause still tells which byte was wrong."""
    with pytest.raises(BadRequest) as refused:
        decoded(b"ab\xff")

    error = from_http_exception(refused.value, SOURCE)

    assert (error.error_code, error.error_detail.details) == (ErrorCode.PARSING_ERROR, {"byte": 2})
