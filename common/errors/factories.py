"""How to fail: one function a kind, each raising :class:`HuleEduError` with its code.

All take, by keyword:

- ``service`` and ``operation``: who failed, doing what (``operation`` is for logs, never shown);
- ``message``: one sentence for the client, without secrets or internals;
- ``correlation_id``: the request's;
- ``headers``: HTTP headers that belong to the answer;
- any further keyword: a fact for the client to read in ``details``.

Times are seconds. ``retry_after_s`` sets ``Retry-After``, rounded up and at least 1 (RFC 9110 section
10.2.3), and says the same in ``details.retry``.
"""

from collections.abc import Sequence
from typing import NoReturn
from uuid import UUID

from pydantic import JsonValue

from common.errors.challenges import AuthReason, challenge_for, code_for_reason
from common.errors.codes import ClassManagementErrorCode, ErrorCode, FileValidationErrorCode
from common.errors.raising import Headers, kind, retry_facts, told
from common.errors.secrets import is_secret

raise_invalid_request = kind(ErrorCode.INVALID_REQUEST)
raise_parsing_error = kind(ErrorCode.PARSING_ERROR)
raise_invalid_api_key = kind(ErrorCode.INVALID_API_KEY)
raise_authorization_error = kind(ErrorCode.AUTHORIZATION_ERROR)
raise_insufficient_credits = kind(ErrorCode.INSUFFICIENT_CREDITS)
raise_request_timeout = kind(ErrorCode.REQUEST_TIMEOUT)
raise_conflict = kind(ErrorCode.CONFLICT)
raise_idempotency_key_reused = kind(ErrorCode.IDEMPOTENCY_KEY_REUSED)
raise_headers_too_large = kind(ErrorCode.HEADERS_TOO_LARGE)
raise_unknown_error = kind(ErrorCode.UNKNOWN_ERROR)
raise_configuration_error = kind(ErrorCode.CONFIGURATION_ERROR)
raise_invalid_configuration = kind(ErrorCode.INVALID_CONFIGURATION)
raise_processing_error = kind(ErrorCode.PROCESSING_ERROR)
raise_initialization_failed = kind(ErrorCode.INITIALIZATION_FAILED)
raise_invalid_response = kind(ErrorCode.INVALID_RESPONSE)
raise_content_service_error = kind(ErrorCode.CONTENT_SERVICE_ERROR)
raise_spellcheck_service_error = kind(ErrorCode.SPELLCHECK_SERVICE_ERROR)
raise_nlp_service_error = kind(ErrorCode.NLP_SERVICE_ERROR)
raise_ai_feedback_service_error = kind(ErrorCode.AI_FEEDBACK_SERVICE_ERROR)
raise_cj_assessment_service_error = kind(ErrorCode.CJ_ASSESSMENT_SERVICE_ERROR)
raise_llm_provider_service_error = kind(ErrorCode.LLM_PROVIDER_SERVICE_ERROR)
raise_request_queued = kind(ErrorCode.REQUEST_QUEUED)


def raise_validation_error(
    *,
    service: str,
    operation: str,
    message: str,
    correlation_id: UUID,
    field: str,
    value: JsonValue = None,
    headers: Headers = None,
    **details: JsonValue,
) -> NoReturn:
    """Raise VALIDATION_ERROR for ``field``; ``value`` is told unless the field's name says it is a secret."""
    kind(ErrorCode.VALIDATION_ERROR)(
        service=service,
        operation=operation,
        message=message,
        correlation_id=correlation_id,
        headers=headers,
        **told(details, field=field, value=None if is_secret(field) else value),
    )


def raise_missing_required_field(
    *,
    service: str,
    operation: str,
    message: str,
    correlation_id: UUID,
    field: str,
    headers: Headers = None,
    **details: JsonValue,
) -> NoReturn:
    """Raise MISSING_REQUIRED_FIELD for ``field``."""
    kind(ErrorCode.MISSING_REQUIRED_FIELD)(
        service=service,
        operation=operation,
        message=message,
        correlation_id=correlation_id,
        headers=headers,
        **told(details, field=field),
    )


def raise_authentication_error(
    *,
    service: str,
    operation: str,
    message: str,
    correlation_id: UUID,
    reason: AuthReason,
    headers: Headers = None,
    **details: JsonValue,
) -> NoReturn:
    """Raise the refusal of a credential, with its challenge: 401, or 400 and 403 where RFC 6750 wants those."""
    kind(code_for_reason(reason))(
        service=service,
        operation=operation,
        message=message,
        correlation_id=correlation_id,
        headers={"WWW-Authenticate": challenge_for(reason), **(headers or {})},
        **told(details, reason=reason.value),
    )


def raise_resource_not_found(
    *,
    service: str,
    operation: str,
    message: str,
    correlation_id: UUID,
    resource_type: str,
    resource_id: str,
    headers: Headers = None,
    **details: JsonValue,
) -> NoReturn:
    """Raise RESOURCE_NOT_FOUND for one thing of a kind."""
    kind(ErrorCode.RESOURCE_NOT_FOUND)(
        service=service,
        operation=operation,
        message=message,
        correlation_id=correlation_id,
        headers=headers,
        **told(details, resource_type=resource_type, resource_id=resource_id),
    )


def raise_method_not_allowed(
    *,
    service: str,
    operation: str,
    message: str,
    correlation_id: UUID,
    allowed: Sequence[str],
    headers: Headers = None,
    **details: JsonValue,
) -> NoReturn:
    """Raise METHOD_NOT_ALLOWED; ``allowed`` methods go into ``Allow``."""
    kind(ErrorCode.METHOD_NOT_ALLOWED)(
        service=service,
        operation=operation,
        message=message,
        correlation_id=correlation_id,
        headers={"Allow": ", ".join(sorted(allowed)), **(headers or {})},
        **details,
    )


def raise_payload_too_large(
    *,
    service: str,
    operation: str,
    message: str,
    correlation_id: UUID,
    limit_bytes: int | None = None,
    headers: Headers = None,
    **details: JsonValue,
) -> NoReturn:
    """Raise PAYLOAD_TOO_LARGE, telling the limit."""
    kind(ErrorCode.PAYLOAD_TOO_LARGE)(
        service=service,
        operation=operation,
        message=message,
        correlation_id=correlation_id,
        headers=headers,
        **told(details, limit_bytes=limit_bytes),
    )


def raise_unsupported_media_type(
    *,
    service: str,
    operation: str,
    message: str,
    correlation_id: UUID,
    supported: Sequence[str] = (),
    headers: Headers = None,
    **details: JsonValue,
) -> NoReturn:
    """Raise UNSUPPORTED_MEDIA_TYPE, telling the ``supported`` types (``Accept``, RFC 9110 section 15.5.16)."""
    kind(ErrorCode.UNSUPPORTED_MEDIA_TYPE)(
        service=service,
        operation=operation,
        message=message,
        correlation_id=correlation_id,
        headers={"Accept": ", ".join(supported), **(headers or {})} if supported else headers,
        **told(details, supported=list(supported) or None),
    )


def raise_rate_limit(
    *,
    service: str,
    operation: str,
    message: str,
    correlation_id: UUID,
    retry_after_s: float,
    headers: Headers = None,
    **details: JsonValue,
) -> NoReturn:
    """Raise RATE_LIMIT with the time to wait."""
    headers, details = retry_facts(retry_after_s, headers, details)
    kind(ErrorCode.RATE_LIMIT)(
        service=service,
        operation=operation,
        message=message,
        correlation_id=correlation_id,
        headers=headers,
        **details,
    )


def raise_quota_exceeded(
    *,
    service: str,
    operation: str,
    message: str,
    correlation_id: UUID,
    quota_type: str,
    limit: float,
    headers: Headers = None,
    **details: JsonValue,
) -> NoReturn:
    """Raise QUOTA_EXCEEDED for the quota of that type and size."""
    kind(ErrorCode.QUOTA_EXCEEDED)(
        service=service,
        operation=operation,
        message=message,
        correlation_id=correlation_id,
        headers=headers,
        **told(details, quota_type=quota_type, limit=limit),
    )


def raise_idempotency_in_progress(
    *,
    service: str,
    operation: str,
    message: str,
    correlation_id: UUID,
    retry_after_s: float,
    headers: Headers = None,
    **details: JsonValue,
) -> NoReturn:
    """Raise IDEMPOTENCY_IN_PROGRESS with the time to wait."""
    headers, details = retry_facts(retry_after_s, headers, details)
    kind(ErrorCode.IDEMPOTENCY_IN_PROGRESS)(
        service=service,
        operation=operation,
        message=message,
        correlation_id=correlation_id,
        headers=headers,
        **details,
    )


def raise_external_service_error(
    *,
    service: str,
    operation: str,
    message: str,
    correlation_id: UUID,
    external_service: str,
    status_code: int | None = None,
    headers: Headers = None,
    **details: JsonValue,
) -> NoReturn:
    """Raise EXTERNAL_SERVICE_ERROR; ``status_code`` is what that service answered, not what we answer."""
    kind(ErrorCode.EXTERNAL_SERVICE_ERROR)(
        service=service,
        operation=operation,
        message=message,
        correlation_id=correlation_id,
        headers=headers,
        **told(details, external_service=external_service, status_code=status_code),
    )


def raise_connection_error(
    *,
    service: str,
    operation: str,
    message: str,
    correlation_id: UUID,
    target: str,
    retry_after_s: float | None = None,
    headers: Headers = None,
    **details: JsonValue,
) -> NoReturn:
    """Raise CONNECTION_ERROR; ``target`` is a name the client may see, never an address."""
    headers, details = retry_facts(retry_after_s, headers, details)
    kind(ErrorCode.CONNECTION_ERROR)(
        service=service,
        operation=operation,
        message=message,
        correlation_id=correlation_id,
        headers=headers,
        **told(details, target=target),
    )


def raise_service_unavailable(
    *,
    service: str,
    operation: str,
    message: str,
    correlation_id: UUID,
    retry_after_s: float | None = None,
    headers: Headers = None,
    **details: JsonValue,
) -> NoReturn:
    """Raise SERVICE_UNAVAILABLE."""
    headers, details = retry_facts(retry_after_s, headers, details)
    kind(ErrorCode.SERVICE_UNAVAILABLE)(
        service=service,
        operation=operation,
        message=message,
        correlation_id=correlation_id,
        headers=headers,
        **details,
    )


def raise_circuit_breaker_open(
    *,
    service: str,
    operation: str,
    message: str,
    correlation_id: UUID,
    retry_after_s: float | None = None,
    headers: Headers = None,
    **details: JsonValue,
) -> NoReturn:
    """Raise CIRCUIT_BREAKER_OPEN; ``retry_after_s`` is when the breaker lets a probe through."""
    headers, details = retry_facts(retry_after_s, headers, details)
    kind(ErrorCode.CIRCUIT_BREAKER_OPEN)(
        service=service,
        operation=operation,
        message=message,
        correlation_id=correlation_id,
        headers=headers,
        **details,
    )


def raise_kafka_publish_error(
    *,
    service: str,
    operation: str,
    message: str,
    correlation_id: UUID,
    topic: str,
    retry_after_s: float | None = None,
    headers: Headers = None,
    **details: JsonValue,
) -> NoReturn:
    """Raise KAFKA_PUBLISH_ERROR for ``topic``."""
    headers, details = retry_facts(retry_after_s, headers, details)
    kind(ErrorCode.KAFKA_PUBLISH_ERROR)(
        service=service,
        operation=operation,
        message=message,
        correlation_id=correlation_id,
        headers=headers,
        **told(details, topic=topic),
    )


def raise_timeout_error(
    *,
    service: str,
    operation: str,
    message: str,
    correlation_id: UUID,
    timeout_seconds: float,
    headers: Headers = None,
    **details: JsonValue,
) -> NoReturn:
    """Raise TIMEOUT after ``timeout_seconds`` without an answer."""
    kind(ErrorCode.TIMEOUT)(
        service=service,
        operation=operation,
        message=message,
        correlation_id=correlation_id,
        headers=headers,
        **told(details, timeout_seconds=timeout_seconds),
    )


def raise_class_management_error(
    *,
    service: str,
    operation: str,
    message: str,
    correlation_id: UUID,
    code: ClassManagementErrorCode,
    headers: Headers = None,
    **details: JsonValue,
) -> NoReturn:
    """Raise one of Class Management's codes."""
    kind(code)(
        service=service,
        operation=operation,
        message=message,
        correlation_id=correlation_id,
        headers=headers,
        **details,
    )


def raise_file_validation_error(
    *,
    service: str,
    operation: str,
    message: str,
    correlation_id: UUID,
    code: FileValidationErrorCode,
    headers: Headers = None,
    **details: JsonValue,
) -> NoReturn:
    """Raise one of the File Service's codes."""
    kind(code)(
        service=service,
        operation=operation,
        message=message,
        correlation_id=correlation_id,
        headers=headers,
        **details,
    )
