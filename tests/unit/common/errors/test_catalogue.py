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
SERVICES = {
    400: "COURSE_VALIDATION_ERROR EMPTY_CONTENT CONTENT_TOO_SHORT CONTENT_TOO_LONG UNKNOWN_VALIDATION_ERROR "
    "SPELL_EVENT_CORRELATION_ERROR ENCRYPTED_FILE_UNSUPPORTED LLM_INVALID_PROMPT LLM_CONTENT_TOO_LONG "
    "LLM_INVALID_CONFIG IDENTITY_VERIFICATION_TOKEN_EXPIRED IDENTITY_VERIFICATION_TOKEN_INVALID "
    "IDENTITY_RESET_TOKEN_EXPIRED IDENTITY_RESET_TOKEN_INVALID",
    401: "IDENTITY_INVALID_CREDENTIALS IDENTITY_TOKEN_EXPIRED IDENTITY_TOKEN_INVALID IDENTITY_REFRESH_TOKEN_INVALID "
    "IDENTITY_REFRESH_TOKEN_EXPIRED",
    403: "IDENTITY_EMAIL_NOT_VERIFIED IDENTITY_ACCOUNT_LOCKED",
    404: "COURSE_NOT_FOUND CLASS_NOT_FOUND STUDENT_NOT_FOUND IDENTITY_USER_NOT_FOUND",
    409: "MULTIPLE_COURSE_ERROR BCS_PIPELINE_COMPATIBILITY_FAILED CJ_INSUFFICIENT_COMPARISONS "
    "IDENTITY_USER_ALREADY_EXISTS IDENTITY_EMAIL_ALREADY_VERIFIED IDENTITY_PASSWORD_RESET_NOT_REQUESTED",
    429: "LLM_COST_LIMIT_EXCEEDED",
    500: "RAW_STORAGE_FAILED TEXT_EXTRACTION_FAILED LLM_INTERNAL_ERROR LLM_CALLBACK_TOPIC_MISSING "
    "LLM_INVALID_CALLBACK_TOPIC LLM_CONFIGURATION_ERROR BCS_PIPELINE_DEPENDENCY_RESOLUTION_FAILED "
    "BCS_PIPELINE_DEPENDENCY_CYCLE_DETECTED CJ_SCORE_CONVERGENCE_FAILED CJ_COMPARISON_IMBALANCE "
    "CJ_CALLBACK_CORRELATION_FAILED",
    502: "LLM_PROVIDER_API_ERROR LLM_PARSING_ERROR LLM_INVALID_RESPONSE",
    503: "LLM_PROVIDER_UNAVAILABLE LLM_PROVIDER_RATE_LIMIT LLM_QUEUE_FULL",
    504: "LLM_PROVIDER_TIMEOUT",
}
STATUS_OF_SERVICES = {code: status for status, codes in SERVICES.items() for code in codes.split()}
SAFE_DETAILS = {"field_errors", "further_field_errors", "locked_by_phase"}
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


@pytest.mark.parametrize(("code", "status"), STATUS_OF_SERVICES.items())
def test_a_services_code_has_the_platforms_status_or_ours(code: str, status: int) -> None:
    """Where the platform gives a code a status it counts; the others are chosen for who reads them, a dashboard."""
    assert CATALOGUE[code].status == status


def test_the_families_are_the_platforms() -> None:
    """Every code of the platform's services is a member of its enum, and none beside them but the feed's own."""
    assert {code.value for code in ALL_CODES if not isinstance(code, ErrorCode | FeedErrorCode)} == set(
        STATUS_OF_SERVICES
    )


@pytest.mark.parametrize("code", ALL_CODES)
def test_a_401_says_why(code: AnyErrorCode) -> None:
    """A client that is sent away learns whether to refresh or to log in; a refused API key is no client's affair."""
    entry = CATALOGUE[code]

    assert (entry.reason is not None) or entry.status != 401 or code is ErrorCode.INVALID_API_KEY


@pytest.mark.parametrize("code", ALL_CODES)
def test_no_row_lets_people_or_machines_pass(code: AnyErrorCode) -> None:
    """No detail that passes names a user, an address, a stack or an exception."""
    told = re.compile(r"user|owner|email|mail|_by$|url|host|target|error_|exception|trace|response|value")

    assert [name for name in CATALOGUE[code].details if told.search(name) and name not in SAFE_DETAILS] == []


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
