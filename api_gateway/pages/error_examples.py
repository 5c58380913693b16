"""What each failure looks like on the wire, for the catalogue's pages and the OpenAPI description.

Made by the functions that render real ones; only the facts in ``details`` are written here.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from types import MappingProxyType
from uuid import UUID

from pydantic import JsonValue

from api_gateway import SERVICE_NAME
from api_gateway.ports import RateClass
from api_gateway.schemas import EXAMPLE_CORRELATION_ID, EXAMPLE_ID
from api_gateway.upstream.ports import UpstreamName
from common.contracts.envelope import PIPELINE_COMMAND_TOPIC
from common.errors.catalogue import ErrorEntry
from common.errors.codes import (
    AnyErrorCode,
    AuthReason,
    ClassManagementErrorCode,
    ErrorCode,
    FileValidationErrorCode,
    IdentityErrorCode,
)
from common.errors.detail import ErrorDetail
from common.errors.exceptions import error_object
from common.errors.rendering import problem

Facts = dict[str, JsonValue]

CORRELATION_ID = UUID(EXAMPLE_CORRELATION_ID)
MOMENT = datetime(2025, 1, 31, 8, 15, 30, 123_000, tzinfo=UTC)

_AFTER_TWO_SECONDS: Facts = {"retry": {"retryable": True, "after_seconds": 2}}
_FACTS: Mapping[AnyErrorCode, Facts] = MappingProxyType(
    {
        ErrorCode.VALIDATION_ERROR: {
            "location": "body",
            "field_errors": [{"pointer": "#/course_code", "code": "REQUIRED", "message": "Field required"}],
        },
        ErrorCode.MISSING_REQUIRED_FIELD: {"field": "batch_id"},
        ErrorCode.PARSING_ERROR: {"line": 1, "column": 17},
        ErrorCode.AUTHENTICATION_ERROR: {"reason": AuthReason.TOKEN_EXPIRED.value},
        ErrorCode.INSUFFICIENT_CREDITS: {
            "required_credits": 30,
            "available_credits": 12,
            "denial_reason": "insufficient_credits",
            "resource_breakdown": {"cj_comparison": 30},
            "resolved_pipeline": ["spellcheck", "cj_assessment"],
        },
        ErrorCode.RESOURCE_NOT_FOUND: {"resource_type": "batch", "resource_id": EXAMPLE_ID},
        ErrorCode.IDEMPOTENCY_IN_PROGRESS: _AFTER_TWO_SECONDS,
        ErrorCode.PAYLOAD_TOO_LARGE: {"limit_bytes": 1_048_576},
        ErrorCode.UNSUPPORTED_MEDIA_TYPE: {"supported": ["application/json"]},
        ErrorCode.RATE_LIMIT: {
            "retry": {"retryable": True, "after_seconds": 3},
            "policy": RateClass.COMMANDS.value,
            "limit": 20,
            "window_s": 60,
        },
        ErrorCode.EXTERNAL_SERVICE_ERROR: {"external_service": UpstreamName.RAS.value, "upstream_status": 500},
        ErrorCode.INVALID_RESPONSE: {"external_service": UpstreamName.RAS.value},
        ErrorCode.SERVICE_UNAVAILABLE: _AFTER_TWO_SECONDS,
        ErrorCode.CIRCUIT_BREAKER_OPEN: {
            "retry": {"retryable": True, "after_seconds": 42},
            "external_service": UpstreamName.RAS.value,
        },
        ErrorCode.KAFKA_PUBLISH_ERROR: {
            **_AFTER_TWO_SECONDS,
            "topic": PIPELINE_COMMAND_TOPIC,
            "outcome": "not_sent",
        },
        IdentityErrorCode.ACCOUNT_LOCKED: {"reason": AuthReason.ACCOUNT_LOCKED.value, "remaining_minutes": 12},
        ClassManagementErrorCode.CLASS_NOT_FOUND: {"class_id": EXAMPLE_ID},
        ClassManagementErrorCode.MULTIPLE_COURSE_ERROR: {"provided_course_codes": ["ENG5", "SV1"]},
        FileValidationErrorCode.CONTENT_TOO_SHORT: {"file_name": "anna.docx", "min_length": 50, "actual_length": 12},
        ErrorCode.TIMEOUT: {"external_service": UpstreamName.RAS.value, "timeout_seconds": 30.0},
    }
)


def platform_example(entry: ErrorEntry) -> Facts:
    """Return the body of ``entry`` in the platform's form."""
    return {"error": error_object(_detail(entry))}


def problem_example(entry: ErrorEntry) -> Facts:
    """Return the body of ``entry`` in RFC 9457's form."""
    return problem(_detail(entry), entry.status, base_url="")


def _detail(entry: ErrorEntry) -> ErrorDetail:
    return ErrorDetail(
        error_code=entry.code,
        message=entry.meaning.replace("`", ""),
        correlation_id=CORRELATION_ID,
        timestamp=MOMENT,
        service=SERVICE_NAME,
        operation="example",
        details=_FACTS.get(entry.code) or ({"reason": entry.reason.value} if entry.reason else {}),
    )
