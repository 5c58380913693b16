"""How to fail: one function a kind, each raising :class:`HuleEduError` with its code.

The general codes; those of single services stand in :mod:`common.errors.service_factories`. Names,
arguments and their order are those of the platform's error library. All take:

- ``service`` and ``operation``: who failed, doing what (``operation`` is for logs, never shown);
- ``message``: one sentence for the client, without secrets or internals; where it may be left out, the catalogue's;
- ``correlation_id``: the request's, a UUID or a text; where it may be left out, the current context's or a fresh one;
- ``headers``: HTTP headers that belong to the answer;
- any further keyword: a fact for the client to read in ``details``.

Times are seconds. ``retry_after_s`` sets ``Retry-After``, rounded up and at least 1 (RFC 9110 section
10.2.3), and says the same in ``details.retry``.
"""

from collections.abc import Sequence
from typing import NoReturn

from common.errors.codes import AuthReason, ErrorCode
from common.errors.detail import CorrelationId
from common.errors.source import ErrorFactory, ErrorSource, Headers, WordedErrorFactory, with_facts

raise_invalid_request = ErrorFactory(ErrorCode.INVALID_REQUEST)
raise_authorization_error = ErrorFactory(ErrorCode.AUTHORIZATION_ERROR)
raise_insufficient_credits = ErrorFactory(ErrorCode.INSUFFICIENT_CREDITS)
raise_request_timeout = ErrorFactory(ErrorCode.REQUEST_TIMEOUT)
raise_conflict = ErrorFactory(ErrorCode.CONFLICT)
raise_idempotency_key_reused = ErrorFactory(ErrorCode.IDEMPOTENCY_KEY_REUSED)
raise_headers_too_large = ErrorFactory(ErrorCode.HEADERS_TOO_LARGE)
raise_unknown_error = ErrorFactory(ErrorCode.UNKNOWN_ERROR)
raise_invalid_configuration = ErrorFactory(ErrorCode.INVALID_CONFIGURATION)
raise_processing_error = ErrorFactory(ErrorCode.PROCESSING_ERROR)
raise_invalid_response = ErrorFactory(ErrorCode.INVALID_RESPONSE)
raise_content_service_error = ErrorFactory(ErrorCode.CONTENT_SERVICE_ERROR)
raise_spellcheck_service_error = ErrorFactory(ErrorCode.SPELLCHECK_SERVICE_ERROR)
raise_nlp_service_error = ErrorFactory(ErrorCode.NLP_SERVICE_ERROR)
raise_ai_feedback_service_error = ErrorFactory(ErrorCode.AI_FEEDBACK_SERVICE_ERROR)
raise_cj_assessment_service_error = ErrorFactory(ErrorCode.CJ_ASSESSMENT_SERVICE_ERROR)
raise_llm_provider_service_error = ErrorFactory(ErrorCode.LLM_PROVIDER_SERVICE_ERROR)
raise_invalid_api_key = WordedErrorFactory(ErrorCode.INVALID_API_KEY)


def raise_validation_error(
    service: str,
    operation: str,
    field: str,
    message: str,
    correlation_id: CorrelationId,
    value: object = None,
    *,
    headers: Headers = None,
    **details: object,
) -> NoReturn:
    """Raise VALIDATION_ERROR for ``field``; ``value`` is shown unless the field's name says it is a secret."""
    raise ErrorSource(service, operation, correlation_id).validation_error(
        field, message, value=value, details=details, headers=headers
    )


def raise_missing_required_field(
    service: str,
    operation: str,
    field_name: str | None = None,
    correlation_id: CorrelationId | None = None,
    *,
    message: str | None = None,
    headers: Headers = None,
    **details: object,
) -> NoReturn:
    """Raise MISSING_REQUIRED_FIELD for ``field_name``; the gateway's own routes tell it as ``field`` instead."""
    raise ErrorSource(service, operation, correlation_id).error(
        ErrorCode.MISSING_REQUIRED_FIELD, message, details=with_facts(details, field_name=field_name), headers=headers
    )


def raise_authentication_error(
    service: str,
    operation: str,
    message: str,
    correlation_id: CorrelationId,
    *,
    reason: AuthReason | str | None = None,
    headers: Headers = None,
    **details: object,
) -> NoReturn:
    """Raise the refusal of a credential, with its challenge: 401, or 400 and 403 where RFC 6750 wants those.

    A ``reason`` in a service's own words is shown, but decides nothing: the response is 401.
    """
    raise ErrorSource(service, operation, correlation_id).unauthenticated(
        reason, message, details=details, headers=headers
    )


def raise_resource_not_found(
    service: str,
    operation: str,
    resource_type: str,
    resource_id: str,
    correlation_id: CorrelationId,
    *,
    message: str | None = None,
    headers: Headers = None,
    **details: object,
) -> NoReturn:
    """Raise RESOURCE_NOT_FOUND for one thing of a kind."""
    raise ErrorSource(service, operation, correlation_id).not_found(
        resource_type, resource_id, message, details=details, headers=headers
    )


def raise_method_not_allowed(
    service: str,
    operation: str,
    message: str,
    correlation_id: CorrelationId,
    *,
    allowed: Sequence[str],
    headers: Headers = None,
    **details: object,
) -> NoReturn:
    """Raise METHOD_NOT_ALLOWED; ``allowed`` methods go into ``Allow``."""
    raise ErrorSource(service, operation, correlation_id).error(
        ErrorCode.METHOD_NOT_ALLOWED,
        message,
        details=details,
        headers={"Allow": ", ".join(sorted(allowed)), **(headers or {})},
    )


def raise_payload_too_large(
    service: str,
    operation: str,
    message: str,
    correlation_id: CorrelationId,
    *,
    limit_bytes: int | None = None,
    headers: Headers = None,
    **details: object,
) -> NoReturn:
    """Raise PAYLOAD_TOO_LARGE, telling the limit."""
    raise ErrorSource(service, operation, correlation_id).error(
        ErrorCode.PAYLOAD_TOO_LARGE, message, details=with_facts(details, limit_bytes=limit_bytes), headers=headers
    )


def raise_unsupported_media_type(
    service: str,
    operation: str,
    message: str,
    correlation_id: CorrelationId,
    *,
    supported: Sequence[str] = (),
    headers: Headers = None,
    **details: object,
) -> NoReturn:
    """Raise UNSUPPORTED_MEDIA_TYPE, telling the ``supported`` types (``Accept``, RFC 9110 section 15.5.16)."""
    raise ErrorSource(service, operation, correlation_id).unsupported_media_type(
        message, supported=supported, details=details, headers=headers
    )


def raise_rate_limit_error(
    service: str,
    operation: str,
    limit: float | None = None,
    window_seconds: float | None = None,
    message: str | None = None,
    correlation_id: CorrelationId | None = None,
    *,
    retry_after_s: float | None = None,
    headers: Headers = None,
    **details: object,
) -> NoReturn:
    """Raise RATE_LIMIT with what is allowed in how long, and the time to wait, as far as they are known."""
    raise ErrorSource(service, operation, correlation_id).error(
        ErrorCode.RATE_LIMIT,
        message,
        details=with_facts(details, limit=limit, window_seconds=window_seconds),
        headers=headers,
        retry_after_s=retry_after_s,
    )


def raise_quota_exceeded(
    service: str,
    operation: str,
    quota_type: str,
    limit: float,
    message: str,
    correlation_id: CorrelationId,
    *,
    headers: Headers = None,
    **details: object,
) -> NoReturn:
    """Raise QUOTA_EXCEEDED for the quota of that type and size."""
    raise ErrorSource(service, operation, correlation_id).error(
        ErrorCode.QUOTA_EXCEEDED,
        message,
        details=with_facts(details, quota_type=quota_type, limit=limit),
        headers=headers,
    )


def raise_idempotency_in_progress(
    service: str,
    operation: str,
    message: str,
    correlation_id: CorrelationId,
    *,
    retry_after_s: float,
    headers: Headers = None,
    **details: object,
) -> NoReturn:
    """Raise IDEMPOTENCY_IN_PROGRESS with the time to wait."""
    raise ErrorSource(service, operation, correlation_id).error(
        ErrorCode.IDEMPOTENCY_IN_PROGRESS, message, details=details, headers=headers, retry_after_s=retry_after_s
    )


def raise_external_service_error(
    service: str,
    operation: str,
    external_service: str,
    message: str,
    correlation_id: CorrelationId,
    status_code: int | None = None,
    *,
    headers: Headers = None,
    **details: object,
) -> NoReturn:
    """Raise EXTERNAL_SERVICE_ERROR; ``status_code`` is what that service answered, not what we answer."""
    raise ErrorSource(service, operation, correlation_id).error(
        ErrorCode.EXTERNAL_SERVICE_ERROR,
        message,
        details=with_facts(details, external_service=external_service, status_code=status_code),
        headers=headers,
    )


def raise_connection_error(
    service: str,
    operation: str,
    target: str,
    message: str,
    correlation_id: CorrelationId,
    *,
    retry_after_s: float | None = None,
    headers: Headers = None,
    **details: object,
) -> NoReturn:
    """Raise CONNECTION_ERROR; ``target`` is a name the client may see, never an address."""
    raise ErrorSource(service, operation, correlation_id).error(
        ErrorCode.CONNECTION_ERROR,
        message,
        details=with_facts(details, target=target),
        headers=headers,
        retry_after_s=retry_after_s,
    )


def raise_service_unavailable(
    service: str,
    operation: str,
    unavailable_service: str | None = None,
    message: str | None = None,
    correlation_id: CorrelationId | None = None,
    *,
    retry_after_s: float | None = None,
    headers: Headers = None,
    **details: object,
) -> NoReturn:
    """Raise SERVICE_UNAVAILABLE; ``unavailable_service`` is a name the client may see."""
    raise ErrorSource(service, operation, correlation_id).error(
        ErrorCode.SERVICE_UNAVAILABLE,
        message,
        details=with_facts(details, unavailable_service=unavailable_service),
        headers=headers,
        retry_after_s=retry_after_s,
    )


def raise_circuit_breaker_open(
    service: str,
    operation: str,
    circuit_name: str | None = None,
    message: str | None = None,
    correlation_id: CorrelationId | None = None,
    *,
    retry_after_s: float | None = None,
    headers: Headers = None,
    **details: object,
) -> NoReturn:
    """Raise CIRCUIT_BREAKER_OPEN; ``retry_after_s`` is when the breaker lets a probe through."""
    raise ErrorSource(service, operation, correlation_id).error(
        ErrorCode.CIRCUIT_BREAKER_OPEN,
        message,
        details=with_facts(details, circuit_name=circuit_name),
        headers=headers,
        retry_after_s=retry_after_s,
    )


def raise_kafka_publish_error(
    service: str,
    operation: str,
    topic: str,
    message: str,
    correlation_id: CorrelationId,
    *,
    retry_after_s: float | None = None,
    headers: Headers = None,
    **details: object,
) -> NoReturn:
    """Raise KAFKA_PUBLISH_ERROR for ``topic``."""
    raise ErrorSource(service, operation, correlation_id).error(
        ErrorCode.KAFKA_PUBLISH_ERROR,
        message,
        details=with_facts(details, topic=topic),
        headers=headers,
        retry_after_s=retry_after_s,
    )


def raise_outbox_storage_error(
    service: str,
    operation: str,
    message: str,
    correlation_id: CorrelationId,
    aggregate_id: str,
    aggregate_type: str,
    event_type: str,
    *,
    headers: Headers = None,
    **details: object,
) -> NoReturn:
    """Raise KAFKA_PUBLISH_ERROR for an event that could not be stored in the outbox."""
    raise ErrorSource(service, operation, correlation_id).error(
        ErrorCode.KAFKA_PUBLISH_ERROR,
        message,
        details=with_facts(details, aggregate_id=aggregate_id, aggregate_type=aggregate_type, event_type=event_type),
        headers=headers,
    )


def raise_timeout_error(
    service: str,
    operation: str,
    timeout_seconds: float,
    message: str,
    correlation_id: CorrelationId,
    *,
    headers: Headers = None,
    **details: object,
) -> NoReturn:
    """Raise TIMEOUT after ``timeout_seconds`` without an answer."""
    raise ErrorSource(service, operation, correlation_id).error(
        ErrorCode.TIMEOUT, message, details=with_facts(details, timeout_seconds=timeout_seconds), headers=headers
    )


def raise_configuration_error(
    service: str,
    operation: str,
    config_key: str,
    message: str,
    correlation_id: CorrelationId,
    *,
    headers: Headers = None,
    **details: object,
) -> NoReturn:
    """Raise CONFIGURATION_ERROR for the setting ``config_key``."""
    raise ErrorSource(service, operation, correlation_id).error(
        ErrorCode.CONFIGURATION_ERROR, message, details=with_facts(details, config_key=config_key), headers=headers
    )


def raise_parsing_error(
    service: str,
    operation: str,
    parse_target: str | None = None,
    message: str | None = None,
    correlation_id: CorrelationId | None = None,
    *,
    headers: Headers = None,
    **details: object,
) -> NoReturn:
    """Raise PARSING_ERROR for what could not be parsed."""
    raise ErrorSource(service, operation, correlation_id).error(
        ErrorCode.PARSING_ERROR, message, details=with_facts(details, parse_target=parse_target), headers=headers
    )


def raise_request_queued(
    service: str,
    operation: str,
    queue_name: str,
    message: str,
    correlation_id: CorrelationId,
    *,
    headers: Headers = None,
    **details: object,
) -> NoReturn:
    """Raise REQUEST_QUEUED: the work was accepted into ``queue_name``."""
    raise ErrorSource(service, operation, correlation_id).error(
        ErrorCode.REQUEST_QUEUED, message, details=with_facts(details, queue_name=queue_name), headers=headers
    )


def raise_initialization_failed(
    service: str,
    operation: str,
    component: str,
    message: str,
    correlation_id: CorrelationId,
    *,
    headers: Headers = None,
    **details: object,
) -> NoReturn:
    """Raise INITIALIZATION_FAILED for the ``component`` that did not start."""
    raise ErrorSource(service, operation, correlation_id).error(
        ErrorCode.INITIALIZATION_FAILED, message, details=with_facts(details, component=component), headers=headers
    )
