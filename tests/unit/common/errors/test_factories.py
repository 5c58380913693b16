"""Every factory raises its own code, with the facts it was given."""

from collections.abc import Callable
from uuid import UUID

import pytest
from pydantic import JsonValue

from common.errors import factories
from common.errors.codes import AuthReason, ErrorCode
from common.errors.exceptions import HuleEduError

CORRELATION_ID = UUID("8e03978e-40d5-43e8-bc93-6894a57f9324")
IN_TWO_SECONDS: JsonValue = {"retryable": True, "after_seconds": 2}


def raised(factory: Callable[..., None], **facts: object) -> HuleEduError:
    """Return what ``factory`` raises when called with the common facts and ``facts``."""
    with pytest.raises(HuleEduError) as caught:
        factory(
            service="api-gateway-service",
            operation="test",
            message="It failed.",
            correlation_id=CORRELATION_ID,
            **facts,
        )
    return caught.value


PLAIN = [
    (factories.raise_invalid_request, ErrorCode.INVALID_REQUEST),
    (factories.raise_authorization_error, ErrorCode.AUTHORIZATION_ERROR),
    (factories.raise_insufficient_credits, ErrorCode.INSUFFICIENT_CREDITS),
    (factories.raise_request_timeout, ErrorCode.REQUEST_TIMEOUT),
    (factories.raise_conflict, ErrorCode.CONFLICT),
    (factories.raise_idempotency_key_reused, ErrorCode.IDEMPOTENCY_KEY_REUSED),
    (factories.raise_headers_too_large, ErrorCode.HEADERS_TOO_LARGE),
    (factories.raise_unknown_error, ErrorCode.UNKNOWN_ERROR),
    (factories.raise_invalid_configuration, ErrorCode.INVALID_CONFIGURATION),
    (factories.raise_processing_error, ErrorCode.PROCESSING_ERROR),
    (factories.raise_invalid_response, ErrorCode.INVALID_RESPONSE),
    (factories.raise_content_service_error, ErrorCode.CONTENT_SERVICE_ERROR),
    (factories.raise_spellcheck_service_error, ErrorCode.SPELLCHECK_SERVICE_ERROR),
    (factories.raise_nlp_service_error, ErrorCode.NLP_SERVICE_ERROR),
    (factories.raise_ai_feedback_service_error, ErrorCode.AI_FEEDBACK_SERVICE_ERROR),
    (factories.raise_cj_assessment_service_error, ErrorCode.CJ_ASSESSMENT_SERVICE_ERROR),
    (factories.raise_llm_provider_service_error, ErrorCode.LLM_PROVIDER_SERVICE_ERROR),
]

Facts = dict[str, object]
WITH_FACTS: list[tuple[Callable[..., None], ErrorCode, Facts, Facts]] = [
    (
        factories.raise_validation_error,
        ErrorCode.VALIDATION_ERROR,
        {"field": "limit", "value": 0},
        {"field": "limit", "value": 0},
    ),
    (factories.raise_validation_error, ErrorCode.VALIDATION_ERROR, {"field": "limit"}, {"field": "limit"}),
    (
        factories.raise_validation_error,
        ErrorCode.VALIDATION_ERROR,
        {"field": "refresh_token", "value": "hunter2"},
        {"field": "refresh_token"},
    ),
    (
        factories.raise_missing_required_field,
        ErrorCode.MISSING_REQUIRED_FIELD,
        {"field": "batch_id"},
        {"field": "batch_id"},
    ),
    (
        factories.raise_missing_required_field,
        ErrorCode.MISSING_REQUIRED_FIELD,
        {"field_name": "batch_id"},
        {"field_name": "batch_id"},
    ),
    (
        factories.raise_authentication_error,
        ErrorCode.AUTHENTICATION_ERROR,
        {"reason": AuthReason.REVOKED},
        {"reason": "revoked"},
    ),
    (
        factories.raise_resource_not_found,
        ErrorCode.RESOURCE_NOT_FOUND,
        {"resource_type": "batch", "resource_id": "b1"},
        {"resource_type": "batch", "resource_id": "b1"},
    ),
    (factories.raise_invalid_api_key, ErrorCode.INVALID_API_KEY, {"key_id": "k"}, {"key_id": "k"}),
    (factories.raise_parsing_error, ErrorCode.PARSING_ERROR, {"parse_target": "body"}, {"parse_target": "body"}),
    (factories.raise_parsing_error, ErrorCode.PARSING_ERROR, {}, {}),
    (factories.raise_configuration_error, ErrorCode.CONFIGURATION_ERROR, {"config_key": "K"}, {"config_key": "K"}),
    (factories.raise_initialization_failed, ErrorCode.INITIALIZATION_FAILED, {"component": "c"}, {"component": "c"}),
    (factories.raise_request_queued, ErrorCode.REQUEST_QUEUED, {"queue_name": "q"}, {"queue_name": "q"}),
    (
        factories.raise_outbox_storage_error,
        ErrorCode.KAFKA_PUBLISH_ERROR,
        {"aggregate_id": "b1", "aggregate_type": "batch", "event_type": "t.v1"},
        {"aggregate_id": "b1", "aggregate_type": "batch", "event_type": "t.v1"},
    ),
    (
        factories.raise_authentication_error,
        ErrorCode.AUTHENTICATION_ERROR,
        {"reason": "jwt_key_missing"},
        {"reason": "jwt_key_missing"},
    ),
    (factories.raise_authentication_error, ErrorCode.AUTHENTICATION_ERROR, {}, {}),
    (factories.raise_method_not_allowed, ErrorCode.METHOD_NOT_ALLOWED, {"allowed": ["POST", "GET"]}, {}),
    (
        factories.raise_payload_too_large,
        ErrorCode.PAYLOAD_TOO_LARGE,
        {"limit_bytes": 1_000_000},
        {"limit_bytes": 1_000_000},
    ),
    (
        factories.raise_unsupported_media_type,
        ErrorCode.UNSUPPORTED_MEDIA_TYPE,
        {"supported": ["application/json"]},
        {"supported": ["application/json"]},
    ),
    (factories.raise_rate_limit_error, ErrorCode.RATE_LIMIT, {"retry_after_s": 1.2}, {"retry": IN_TWO_SECONDS}),
    (
        factories.raise_rate_limit_error,
        ErrorCode.RATE_LIMIT,
        {"limit": 5, "window_seconds": 60},
        {"limit": 5, "window_seconds": 60},
    ),
    (
        factories.raise_quota_exceeded,
        ErrorCode.QUOTA_EXCEEDED,
        {"quota_type": "essays", "limit": 100},
        {"quota_type": "essays", "limit": 100},
    ),
    (
        factories.raise_idempotency_in_progress,
        ErrorCode.IDEMPOTENCY_IN_PROGRESS,
        {"retry_after_s": 2},
        {"retry": IN_TWO_SECONDS},
    ),
    (
        factories.raise_external_service_error,
        ErrorCode.EXTERNAL_SERVICE_ERROR,
        {"external_service": "ras", "status_code": 500},
        {"external_service": "ras", "status_code": 500},
    ),
    (
        factories.raise_external_service_error,
        ErrorCode.EXTERNAL_SERVICE_ERROR,
        {"external_service": "ras"},
        {"external_service": "ras"},
    ),
    (factories.raise_connection_error, ErrorCode.CONNECTION_ERROR, {"target": "redis"}, {"target": "redis"}),
    (factories.raise_service_unavailable, ErrorCode.SERVICE_UNAVAILABLE, {}, {}),
    (
        factories.raise_circuit_breaker_open,
        ErrorCode.CIRCUIT_BREAKER_OPEN,
        {"retry_after_s": 1.001},
        {"retry": IN_TWO_SECONDS},
    ),
    (
        factories.raise_kafka_publish_error,
        ErrorCode.KAFKA_PUBLISH_ERROR,
        {"topic": "t.v1", "outcome": "unknown"},
        {"topic": "t.v1", "outcome": "unknown"},
    ),
    (factories.raise_timeout_error, ErrorCode.TIMEOUT, {"timeout_seconds": 2.5}, {"timeout_seconds": 2.5}),
]


@pytest.mark.parametrize(("factory", "code"), PLAIN, ids=[str(code) for _, code in PLAIN])
def test_a_plain_kind_raises_its_code(factory: Callable[..., None], code: ErrorCode) -> None:
    """What the caller says is what the error tells."""
    error = raised(factory, headers={"X-Fact": "1"}, batch_id="b1")

    assert error.error_code is code
    assert error.error_detail.message == "It failed."
    assert (error.service, error.operation, error.correlation_id) == (
        "api-gateway-service",
        "test",
        str(CORRELATION_ID),
    )
    assert error.error_detail.details == {"batch_id": "b1"}
    assert error.headers == {"X-Fact": "1"}


@pytest.mark.parametrize(("factory", "code", "facts", "details"), WITH_FACTS)
def test_a_kind_tells_its_facts(factory: Callable[..., None], code: ErrorCode, facts: Facts, details: Facts) -> None:
    """The facts of a kind stand in its details; what isn't known is left out, and a secret's value is never told."""
    error = raised(factory, **facts)

    assert error.error_code is code
    assert error.error_detail.details == details


def test_every_code_of_the_enum_has_a_factory() -> None:
    """No code is left without a way to raise it, and no factory is left untested."""
    tested = [factory for factory, _ in PLAIN] + [factory for factory, *_ in WITH_FACTS]
    public = [factory for name, factory in vars(factories).items() if name.startswith("raise_")]

    assert {code for _, code in PLAIN} | {code for _, code, *_ in WITH_FACTS} == set(ErrorCode)
    assert {id(factory) for factory in tested} == {id(factory) for factory in public}


@pytest.mark.parametrize(
    ("factory", "facts", "headers"),
    [
        (
            factories.raise_authentication_error,
            {"reason": AuthReason.TOKEN_MISSING},
            {"WWW-Authenticate": 'Bearer realm="huleedu"'},
        ),
        (factories.raise_method_not_allowed, {"allowed": ["POST", "GET"]}, {"Allow": "GET, POST"}),
        (factories.raise_rate_limit_error, {"retry_after_s": 0.0}, {"Retry-After": "1"}),
        (factories.raise_rate_limit_error, {"retry_after_s": 59.01}, {"Retry-After": "60"}),
        (factories.raise_service_unavailable, {"retry_after_s": 5}, {"Retry-After": "5"}),
        (factories.raise_service_unavailable, {}, {}),
        (factories.raise_unsupported_media_type, {"supported": ["a/b", "c/d"]}, {"Accept": "a/b, c/d"}),
    ],
)
def test_a_kind_sets_its_headers(factory: Callable[..., None], facts: Facts, headers: dict[str, str]) -> None:
    """What HTTP has a header for is also said there; a wait is rounded up and never nothing."""
    assert raised(factory, **facts).headers == headers


@pytest.mark.parametrize(
    ("reason", "status"),
    [(AuthReason.TOKEN_EXPIRED, 401), (AuthReason.REQUEST_MALFORMED, 400), (AuthReason.INSUFFICIENT_SCOPE, 403)],
)
def test_a_refused_credential_has_the_status_of_its_reason(reason: AuthReason, status: int) -> None:
    """RFC 6750 answers a malformed credential with 400 and a weak one with 403."""
    assert raised(factories.raise_authentication_error, reason=reason).status_code == status
