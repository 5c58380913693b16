"""The table knows every code, and says of each what the platform contract says."""

import re

import pytest

from common.errors.catalogue import CATALOGUE, entry_for, nearest_code
from common.errors.close_codes import CLOSE_CODES, CLOSE_RANGES
from common.errors.codes import FAMILIES, AnyErrorCode, ErrorCode, FeedErrorCode

CONTRACT = {
    202: "REQUEST_QUEUED",
    400: "VALIDATION_ERROR MISSING_REQUIRED_FIELD INVALID_REQUEST PARSING_ERROR",
    401: "AUTHENTICATION_ERROR INVALID_API_KEY",
    402: "INSUFFICIENT_CREDITS",
    403: "AUTHORIZATION_ERROR",
    404: "RESOURCE_NOT_FOUND",
    405: "METHOD_NOT_ALLOWED",
    408: "REQUEST_TIMEOUT",
    409: "CONFLICT IDEMPOTENCY_IN_PROGRESS",
    413: "PAYLOAD_TOO_LARGE",
    415: "UNSUPPORTED_MEDIA_TYPE",
    422: "IDEMPOTENCY_KEY_REUSED",
    429: "RATE_LIMIT QUOTA_EXCEEDED",
    431: "HEADERS_TOO_LARGE",
    500: "UNKNOWN_ERROR CONFIGURATION_ERROR INVALID_CONFIGURATION PROCESSING_ERROR INITIALIZATION_FAILED",
    502: "EXTERNAL_SERVICE_ERROR INVALID_RESPONSE CONTENT_SERVICE_ERROR SPELLCHECK_SERVICE_ERROR NLP_SERVICE_ERROR "
    "AI_FEEDBACK_SERVICE_ERROR CJ_ASSESSMENT_SERVICE_ERROR LLM_PROVIDER_SERVICE_ERROR",
    503: "CONNECTION_ERROR SERVICE_UNAVAILABLE CIRCUIT_BREAKER_OPEN KAFKA_PUBLISH_ERROR",
    504: "TIMEOUT",
}
STATUS_OF = {code: status for status, codes in CONTRACT.items() for code in codes.split()}
ALL_CODES: list[AnyErrorCode] = [code for family in FAMILIES for code in family]


def test_the_enum_is_the_contracts_list() -> None:
    """ErrorCode holds the contract's codes and no other."""
    assert {code.value for code in ErrorCode} == STATUS_OF.keys()


@pytest.mark.parametrize(("code", "status"), STATUS_OF.items())
def test_the_status_is_the_contracts(code: str, status: int) -> None:
    """Each code answers with the contract's status."""
    assert CATALOGUE[code].status == status


def test_every_code_of_every_family_has_its_row() -> None:
    """No code lacks a row, no row lacks a code, and no two families share a name."""
    assert sorted(CATALOGUE) == sorted(code.value for code in ALL_CODES)


@pytest.mark.parametrize("code", ALL_CODES)
def test_a_row_is_complete(code: AnyErrorCode) -> None:
    """Title, meaning and advice say something; the title is a phrase, the others are sentences."""
    entry = CATALOGUE[code]

    assert entry.code is code
    assert re.fullmatch(r"[A-Z][^.]+", entry.title)
    assert re.fullmatch(r"[A-Z`].+\.", entry.meaning)
    assert re.fullmatch(r"[A-Z`].+\.", entry.advice)


@pytest.mark.parametrize("code", ALL_CODES)
def test_the_close_code_is_one_of_ours(code: AnyErrorCode) -> None:
    """Each close code has its own entry, and none is a normal end, after which the dashboard stays away."""
    assert CATALOGUE[code].close_code in CLOSE_CODES
    assert CATALOGUE[code].close_code not in {1000, 1001}


@pytest.mark.parametrize(
    ("code", "close_code"),
    [
        (ErrorCode.AUTHENTICATION_ERROR, 1008),
        (ErrorCode.RATE_LIMIT, 1008),
        (FeedErrorCode.INVALID_FRAME, 1008),
        (FeedErrorCode.PROTOCOL_ERROR, 1002),
        (FeedErrorCode.NOT_UTF8, 1007),
        (FeedErrorCode.MESSAGE_TOO_BIG, 1009),
        (ErrorCode.UNKNOWN_ERROR, 1011),
        (FeedErrorCode.SERVICE_RESTART, 1012),
        (FeedErrorCode.SERVICE_OVERLOADED, 1013),
        (ErrorCode.CONNECTION_ERROR, 1013),
        (FeedErrorCode.CONNECTION_LIMIT, 4000),
        (FeedErrorCode.CONSUMER_TOO_SLOW, 4008),
        (FeedErrorCode.IDLE_TIMEOUT, 4408),
    ],
)
def test_the_close_code_is_the_feeds(code: AnyErrorCode, close_code: int) -> None:
    """Each failure a socket can meet closes it with the code docs/feed.md gives."""
    assert CATALOGUE[code].close_code == close_code


@pytest.mark.parametrize("close_code", CLOSE_CODES)
def test_a_close_code_lies_in_one_range(close_code: int) -> None:
    """A client that knows only the ranges finds every code in exactly one."""
    assert len([each for each in CLOSE_RANGES if each.first <= close_code <= each.last]) == 1


def test_a_strangers_code_is_an_unknown_error() -> None:
    """A code from elsewhere gets UNKNOWN_ERROR's row."""
    assert entry_for("ESSAY_LOCKED") is CATALOGUE["UNKNOWN_ERROR"]


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (400, ErrorCode.INVALID_REQUEST),
        (404, ErrorCode.RESOURCE_NOT_FOUND),
        (406, ErrorCode.INVALID_REQUEST),
        (410, ErrorCode.RESOURCE_NOT_FOUND),
        (412, ErrorCode.CONFLICT),
        (423, ErrorCode.CONFLICT),
        (428, ErrorCode.CONFLICT),
        (422, ErrorCode.VALIDATION_ERROR),
        (429, ErrorCode.RATE_LIMIT),
        (502, ErrorCode.EXTERNAL_SERVICE_ERROR),
        (507, ErrorCode.UNKNOWN_ERROR),
        (302, ErrorCode.UNKNOWN_ERROR),
    ],
)
def test_a_status_without_a_code_takes_the_nearest(status: int, code: ErrorCode) -> None:
    """A foreign status is named by the general code of that status or of its class."""
    assert nearest_code(status) is code
