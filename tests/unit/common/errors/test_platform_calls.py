"""Every call of the platform's services to its error library binds here, and means the same.

tests/data/error-library.json holds the names of that library, their parameters, and each shape of call that was found
in the services.
"""

import inspect
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import NoReturn
from uuid import UUID, uuid5

import pytest
from pydantic_core import to_jsonable_python
from quart import Quart, Response

import common.errors
import common.errors.quart_handlers
import common.errors.testing
from common.errors import ErrorCode, ErrorDetail, HuleEduError, create_error_detail_with_context
from common.errors.catalogue import CATALOGUE
from common.errors.codes import FAMILIES
from common.errors.quart_handlers import create_error_response, register_error_handlers
from scripts.docs.kept_files import ROOT

LIBRARY = json.loads((ROOT / "tests" / "data" / "error-library.json").read_text(encoding="utf-8"))

CORRELATION_ID = UUID("8e03978e-40d5-43e8-bc93-6894a57f9324")
COMMON = {"service", "operation", "message", "correlation_id"}
PLACES = {
    "register_error_handlers": common.errors.quart_handlers,
    "create_error_response": common.errors.quart_handlers,
    "extract_correlation_id": common.errors.quart_handlers,
    "create_test_error_detail": common.errors.testing,
    "create_test_huleedu_error": common.errors.testing,
    "assert_raises_huleedu_error": common.errors.testing,
}
"""Where a name is imported from, unless from common.errors itself; docs/errors-for-services.md."""

RAISES = {
    "raise_unknown_error": "UNKNOWN_ERROR",
    "raise_validation_error": "VALIDATION_ERROR",
    "raise_resource_not_found": "RESOURCE_NOT_FOUND",
    "raise_configuration_error": "CONFIGURATION_ERROR",
    "raise_external_service_error": "EXTERNAL_SERVICE_ERROR",
    "raise_kafka_publish_error": "KAFKA_PUBLISH_ERROR",
    "raise_outbox_storage_error": "KAFKA_PUBLISH_ERROR",
    "raise_content_service_error": "CONTENT_SERVICE_ERROR",
    "raise_spellcheck_service_error": "SPELLCHECK_SERVICE_ERROR",
    "raise_nlp_service_error": "NLP_SERVICE_ERROR",
    "raise_ai_feedback_service_error": "AI_FEEDBACK_SERVICE_ERROR",
    "raise_cj_assessment_service_error": "CJ_ASSESSMENT_SERVICE_ERROR",
    "raise_missing_required_field": "MISSING_REQUIRED_FIELD",
    "raise_invalid_configuration": "INVALID_CONFIGURATION",
    "raise_timeout_error": "TIMEOUT",
    "raise_connection_error": "CONNECTION_ERROR",
    "raise_service_unavailable": "SERVICE_UNAVAILABLE",
    "raise_rate_limit_error": "RATE_LIMIT",
    "raise_quota_exceeded": "QUOTA_EXCEEDED",
    "raise_authentication_error": "AUTHENTICATION_ERROR",
    "raise_authorization_error": "AUTHORIZATION_ERROR",
    "raise_invalid_api_key": "INVALID_API_KEY",
    "raise_invalid_request": "INVALID_REQUEST",
    "raise_invalid_response": "INVALID_RESPONSE",
    "raise_parsing_error": "PARSING_ERROR",
    "raise_circuit_breaker_open": "CIRCUIT_BREAKER_OPEN",
    "raise_request_queued": "REQUEST_QUEUED",
    "raise_processing_error": "PROCESSING_ERROR",
    "raise_initialization_failed": "INITIALIZATION_FAILED",
    "raise_course_not_found": "COURSE_NOT_FOUND",
    "raise_course_validation_error": "COURSE_VALIDATION_ERROR",
    "raise_multiple_course_error": "MULTIPLE_COURSE_ERROR",
    "raise_class_not_found": "CLASS_NOT_FOUND",
    "raise_student_not_found": "STUDENT_NOT_FOUND",
    "raise_empty_content_error": "EMPTY_CONTENT",
    "raise_content_too_short": "CONTENT_TOO_SHORT",
    "raise_content_too_long": "CONTENT_TOO_LONG",
    "raise_encrypted_file_error": "ENCRYPTED_FILE_UNSUPPORTED",
    "raise_raw_storage_failed": "RAW_STORAGE_FAILED",
    "raise_text_extraction_failed": "TEXT_EXTRACTION_FAILED",
    "raise_unknown_validation_error": "UNKNOWN_VALIDATION_ERROR",
    "raise_spell_event_correlation_error": "SPELL_EVENT_CORRELATION_ERROR",
    "raise_cj_insufficient_comparisons": "CJ_INSUFFICIENT_COMPARISONS",
    "raise_cj_score_convergence_failed": "CJ_SCORE_CONVERGENCE_FAILED",
    "raise_cj_comparison_imbalance": "CJ_COMPARISON_IMBALANCE",
    "raise_cj_callback_correlation_failed": "CJ_CALLBACK_CORRELATION_FAILED",
    "raise_invalid_credentials_error": "IDENTITY_INVALID_CREDENTIALS",
    "raise_user_not_found_error": "IDENTITY_USER_NOT_FOUND",
    "raise_user_already_exists_error": "IDENTITY_USER_ALREADY_EXISTS",
    "raise_email_not_verified_error": "IDENTITY_EMAIL_NOT_VERIFIED",
    "raise_account_locked_error": "IDENTITY_ACCOUNT_LOCKED",
    "raise_token_expired_error": "IDENTITY_TOKEN_EXPIRED",
    "raise_token_invalid_error": "IDENTITY_TOKEN_INVALID",
    "raise_refresh_token_invalid_error": "IDENTITY_REFRESH_TOKEN_INVALID",
    "raise_refresh_token_expired_error": "IDENTITY_REFRESH_TOKEN_EXPIRED",
    "raise_verification_token_expired_error": "IDENTITY_VERIFICATION_TOKEN_EXPIRED",
    "raise_verification_token_invalid_error": "IDENTITY_VERIFICATION_TOKEN_INVALID",
    "raise_email_already_verified_error": "IDENTITY_EMAIL_ALREADY_VERIFIED",
    "raise_reset_token_expired_error": "IDENTITY_RESET_TOKEN_EXPIRED",
    "raise_reset_token_invalid_error": "IDENTITY_RESET_TOKEN_INVALID",
    "raise_password_reset_not_requested_error": "IDENTITY_PASSWORD_RESET_NOT_REQUESTED",
}
"""The code that each function of the platform's raises."""

NAMES_OF_MEMBERS = {"LLMErrorCode": "LLM_", "BatchConductorErrorCode": "BCS_", "IdentityErrorCode": "IDENTITY_"}
"""The prefix that a family's values have, and the names of its members lack."""


VALUES: dict[str, object] = {
    "correlation_id": CORRELATION_ID,
    "callback_correlation_id": CORRELATION_ID,
    "original_correlation_id": CORRELATION_ID,
    "message": "It failed.",
    "details": {"why": "It rained.", "batch": CORRELATION_ID},
    "error_code": ErrorCode.TIMEOUT,
    "capture_stack": True,
    "limit": 5,
    "window_seconds": 60,
    "timeout_seconds": 2.5,
    "status_code": 503,
}
"""What is passed for an argument whose type matters."""


@dataclass(frozen=True)
class Call:
    """One shape of call: a name, how many arguments stand by position, and the names of the others."""

    name: str
    positional: int
    keywords: tuple[str, ...]

    def __str__(self) -> str:
        further = sorted(set(self.keywords) - COMMON | {"message"} & set(self.keywords))
        return f"{self.name}({', '.join([*['…'] * self.positional, *further])})"


CALLS = [Call(call["name"], call["positional"], tuple(call["keywords"])) for call in LIBRARY["calls"]]
RAISING = [call for call in CALLS if call.name in LIBRARY["factories"]]
DETAILING = [call for call in CALLS if call.name == "create_error_detail_with_context"]


def _public(name: str) -> Callable[..., object]:
    made: Callable[..., object] = getattr(PLACES.get(name, common.errors), name)
    return made


def _value(name: str) -> object:
    """Return what the services pass under ``name``, as far as its type matters."""
    return VALUES.get(name, f"the {name}")


def _raised(name: str, *arguments: object, **keywords: object) -> HuleEduError:
    with pytest.raises(HuleEduError) as caught:
        _public(name)(*arguments, **keywords)
    return caught.value


def _parameters(name: str) -> list[str]:
    """Return the names of the parameters in the platform's order."""
    parameters = {**LIBRARY["factories"], **LIBRARY["others"]}[name]
    return [parameter.removesuffix("?") for parameter in parameters if parameter != "**"]


def test_no_name_is_missing() -> None:
    """The file's names are all here, and the table of this test is whole."""
    assert RAISES.keys() == LIBRARY["factories"].keys()
    assert [name for name in (*LIBRARY["factories"], *LIBRARY["others"]) if not callable(_public(name))] == []
    assert {call.name for call in CALLS} <= LIBRARY["factories"].keys() | LIBRARY["others"].keys()


@pytest.mark.parametrize("call", RAISING, ids=str)
def test_a_services_call_raises_the_right_error(call: Call) -> None:
    """Code and status are the platform's, every fact stands in the details, and the message is a sentence."""
    values = {keyword: _value(keyword) for keyword in call.keywords}

    error = _raised(call.name, **values)

    code = RAISES[call.name]
    told = {name: to_jsonable_python(value) for name, value in values.items() if name not in COMMON}
    assert error.error_code == code
    assert error.status_code == LIBRARY["status_by_code"].get(code, CATALOGUE[code].status)
    assert error.error_detail.details == told
    assert (error.service, error.operation) == ("the service", "the operation")
    assert (error.correlation_id, error.error_detail.correlation_id) == (str(CORRELATION_ID), CORRELATION_ID)
    message = error.error_detail.message
    assert message == values.get("message", message)
    assert message.endswith(".")
    assert message[0].isupper()


@pytest.mark.parametrize("name", LIBRARY["factories"])
def test_arguments_stand_in_the_platforms_order(name: str) -> None:
    """A call by position binds as a call by keyword does; what has a default there has one here, and facts are free."""
    parameters = _parameters(name)
    optional = {parameter.removesuffix("?") for parameter in LIBRARY["factories"][name] if parameter.endswith("?")}
    kinds = inspect.signature(_public(name)).parameters
    values = {parameter: _value(parameter) for parameter in parameters}

    by_position = _raised(name, *values.values(), spare="a fact")
    by_keyword = _raised(name, **values, spare="a fact")
    at_least = _raised(name, **{parameter: values[parameter] for parameter in parameters if parameter not in optional})

    assert list(kinds)[: len(parameters)] == parameters
    assert by_position.error_detail.details == by_keyword.error_detail.details
    assert by_position.error_detail.details["spare"] == "a fact"
    assert by_position.error_detail.message == by_keyword.error_detail.message
    assert at_least.error_code == by_position.error_code == RAISES[name]


@pytest.mark.parametrize("name", LIBRARY["factories"])
def test_the_correlation_id_may_be_any_text(name: str) -> None:
    """Raising never fails for the form of an id: its UUID is derived as the platform does, and the text is kept."""
    values = {parameter: _value(parameter) for parameter in _parameters(name)}

    as_text = _raised(name, **values | {"correlation_id": str(CORRELATION_ID)})
    as_words = _raised(name, **values | {"correlation_id": "batch 7"})

    assert as_text.error_detail.correlation_id == CORRELATION_ID
    assert "original_correlation_id" not in as_text.error_detail.details
    assert as_words.correlation_id == str(uuid5(UUID("6ba7b812-9dad-11d1-80b4-00c04fd430c8"), "batch 7"))
    assert as_words.error_detail.details["original_correlation_id"] == "batch 7"


@pytest.mark.parametrize("call", DETAILING, ids=str)
def test_a_services_call_makes_a_detail(call: Call) -> None:
    """A detail is made from every set of facts that services give."""
    made = _public(call.name)(**{keyword: _value(keyword) for keyword in call.keywords})

    assert isinstance(made, ErrorDetail)
    assert (made.error_code, made.message, made.service) == (ErrorCode.TIMEOUT, "It failed.", "the service")
    assert made.details == ({"why": "It rained.", "batch": str(CORRELATION_ID)} if "details" in call.keywords else {})
    assert "test_platform_calls.py" in str(made.stack_trace)


@pytest.mark.parametrize("name", ["HuleEduError", "create_error_response", "register_error_handlers"])
def test_the_other_calls_have_the_shape_this_test_makes(name: str) -> None:
    """The file knows one shape of each: a single argument by position, as the test below calls them."""
    assert [(call.positional, call.keywords) for call in CALLS if call.name == name] == [(1, ())]


async def test_a_plain_app_answers_by_the_other_calls() -> None:
    """An app with nothing but the handlers answers what is raised and what is made by hand."""
    app = Quart("file_service")
    register_error_handlers(app)
    detail = create_error_detail_with_context(ErrorCode.TIMEOUT, "It failed.", "bos", "prompt", CORRELATION_ID)

    @app.get("/raised")
    async def raised() -> NoReturn:
        raise HuleEduError(detail)

    @app.get("/made")
    async def made() -> Response:
        return create_error_response(detail)

    answers = [await app.test_client().get(path) for path in ("/raised", "/made")]

    assert [answer.status_code for answer in answers] == [504, 504]
    assert [await answer.get_json() for answer in answers] == [HuleEduError(detail).to_dict()] * 2


@pytest.mark.parametrize(("code", "status"), LIBRARY["status_by_code"].items())
def test_a_code_has_the_platforms_status(code: str, status: int) -> None:
    """Where the platform has a status for a code, it is ours."""
    assert CATALOGUE[code].status == status


@pytest.mark.parametrize("family", LIBRARY["code_families"])
def test_a_family_has_the_platforms_members(family: str) -> None:
    """Values and names of members are the platform's; ErrorCode has further ones, which HTTP needs."""
    (ours,) = [enum for enum in FAMILIES if enum.__name__ == family]
    prefix = NAMES_OF_MEMBERS.get(family, "")

    theirs = {value.removeprefix(prefix): value for value in LIBRARY["code_families"][family]}

    held = {name: member.value for name, member in ours.__members__.items()}
    assert theirs.items() <= held.items()
    assert ours is ErrorCode or held == theirs
    assert getattr(common.errors, family) is ours
