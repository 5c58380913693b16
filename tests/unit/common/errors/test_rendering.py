"""One failure, two forms: the contract's by default, RFC 9457's for who names it, neither losing a fact."""

from datetime import UTC, datetime
from uuid import UUID

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.errors.codes import ErrorCode
from common.errors.detail import ErrorDetail
from common.errors.rendering import LONGEST_PREFERENCES, answer_headers, catalogue_path, render_error, wants_problem

CORRELATION_ID = UUID("8e03978e-40d5-43e8-bc93-6894a57f9324")
PROBLEM = "application/problem+json"
DETAIL = ErrorDetail(
    error_code=ErrorCode.VALIDATION_ERROR,
    message="title must not be empty.",
    correlation_id=CORRELATION_ID,
    timestamp=datetime(2026, 1, 1, 10, tzinfo=UTC),
    service="api-gateway-service",
    operation="register",
    details={
        "location": "body",
        "field_errors": [{"pointer": "#/title", "code": "REQUIRED", "message": "must not be empty"}],
        "retry": {"retryable": False},
    },
)


@pytest.mark.parametrize(
    "accept",
    [
        PROBLEM,
        "Application/Problem+JSON",
        f"{PROBLEM};charset=utf-8",
        f"{PROBLEM};q=0.001",
        f"{PROBLEM}, application/json",
        f"application/json, {PROBLEM}",
        f"{PROBLEM};q=0.9, application/json;q=0.8",
        f"{PROBLEM};q=0.5, */*;q=0.5",
        f"{PROBLEM};q=0.5, application/json;q=0.1, */*",
        f"{PROBLEM};q=0.1, {PROBLEM};q=0.7, application/json;q=0.5",
    ],
)
def test_the_problem_form_is_for_who_names_it(accept: str) -> None:
    """Named with a quality above zero and no lower than JSON's, by its name or by the closest wildcard."""
    assert wants_problem(accept)


@pytest.mark.parametrize(
    "accept",
    [
        None,
        "",
        "*/*",
        "application/*",
        "application/json",
        "text/html, */*;q=0.8",
        "application/problem+xml",
        f"{PROBLEM};q=0",
        f"{PROBLEM};q=0.000",
        f"{PROBLEM};q=2",
        f"{PROBLEM};q=much",
        f"{PROBLEM};q=0.9, application/json",
        f"{PROBLEM};q=0.5, */*",
        f"{PROBLEM};q=0.5, application/*;q=0.6, */*;q=0.1",
        f'text/html;title="a,{PROBLEM}"',
        ", ,;q=1",
        f"{PROBLEM}, a/b{'x' * LONGEST_PREFERENCES}",
    ],
)
def test_everyone_else_gets_the_house_form(accept: str | None) -> None:
    """No header, a wildcard, a lower quality, quality zero, nonsense and what is too long to read mean ours."""
    assert not wants_problem(accept)


@given(accept=st.text())
def test_no_accept_header_breaks_an_answer(accept: str) -> None:
    """Whatever Accept holds, the failure is told in one of the two forms."""
    body, content_type = render_error(DETAIL, 400, accept)

    assert content_type in {PROBLEM, "application/json"}
    assert orjson.loads(body)


def test_the_house_body() -> None:
    """The default form is the contract's, to the byte."""
    body, content_type = render_error(DETAIL, 400, None)

    assert content_type == "application/json"
    assert body == (
        b'{"error":{"code":"VALIDATION_ERROR","message":"title must not be empty.",'
        b'"correlation_id":"8e03978e-40d5-43e8-bc93-6894a57f9324","service":"api-gateway-service",'
        b'"timestamp":"2026-01-01T10:00:00.000Z","details":{"location":"body","field_errors":'
        b'[{"pointer":"#/title","code":"REQUIRED","message":"must not be empty"}],'
        b'"retry":{"retryable":false}}}}'
    )


def test_the_problem_body() -> None:
    """The other form holds the same facts under RFC 9457's names."""
    body, content_type = render_error(DETAIL, 422, PROBLEM, base_url="https://api.example")

    assert content_type == PROBLEM
    assert orjson.loads(body) == {
        "type": "https://api.example/v1/errors/VALIDATION_ERROR",
        "title": "The request is invalid",
        "status": 422,
        "detail": "title must not be empty.",
        "instance": "urn:uuid:8e03978e-40d5-43e8-bc93-6894a57f9324",
        "code": "VALIDATION_ERROR",
        "correlation_id": "8e03978e-40d5-43e8-bc93-6894a57f9324",
        "service": "api-gateway-service",
        "timestamp": "2026-01-01T10:00:00.000Z",
        "errors": [{"pointer": "#/title", "code": "REQUIRED", "detail": "must not be empty"}],
        "retry": {"retryable": False},
        "details": {"location": "body"},
    }


@pytest.mark.parametrize("field_errors", ["none", [1], [{"pointer": "#"}], {"pointer": "#"}])
def test_foreign_field_errors_stay_as_they_are(field_errors: object) -> None:
    """Details another service sent in a shape of its own are neither lost nor bent."""
    detail = ErrorDetail.model_validate(dict(DETAIL) | {"details": {"field_errors": field_errors}})

    told = orjson.loads(render_error(detail, 400, PROBLEM)[0])

    assert told["details"] == {"field_errors": field_errors}


def test_a_strangers_code_has_no_type_of_ours() -> None:
    """What the catalogue doesn't know is about:blank with the status's own phrase (RFC 9457 section 4.2.1)."""
    detail = ErrorDetail.model_validate(dict(DETAIL) | {"error_code": "ESSAY_LOCKED"})

    told = orjson.loads(render_error(detail, 423, PROBLEM, base_url="")[0])

    assert (told["type"], told["title"], told["code"]) == ("about:blank", "Locked", "ESSAY_LOCKED")
    assert catalogue_path("ESSAY_LOCKED") == "/v1/errors"


@pytest.mark.parametrize("awkward", ["\ud800", 2**70])
def test_what_a_client_sent_can_always_be_told(awkward: str | int) -> None:
    """Half a surrogate pair or a huge number in the details doesn't break the answer about it."""
    detail = ErrorDetail.model_validate(dict(DETAIL) | {"details": {"value": awkward}})

    body, _ = render_error(detail, 400, None)

    assert body.startswith(b'{"error":{')
    assert body.isascii()


def test_the_headers_of_every_answer() -> None:
    """Code and documentation for who reads no body, and what caches need to know."""
    assert answer_headers("TIMEOUT", base_url="") == {
        "X-Error-Code": "TIMEOUT",
        "Link": '</v1/errors/TIMEOUT>; rel="describedby"',
        "Cache-Control": "no-store",
        "Vary": "Accept",
    }


def test_nobody_is_led_to_a_page_that_isnt_there() -> None:
    """Where the catalogue isn't known, a problem's type is about:blank with the status's phrase, without a link."""
    told = orjson.loads(render_error(DETAIL, 400, PROBLEM)[0])

    assert (told["type"], told["title"], told["code"]) == ("about:blank", "Bad Request", "VALIDATION_ERROR")
    assert "Link" not in answer_headers("VALIDATION_ERROR")
