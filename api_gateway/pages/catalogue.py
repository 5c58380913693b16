"""The error catalogue as JSON and as pages for people, with examples of each error. Pure: entry in, text out.

The examples, which the OpenAPI description has too, are made by the functions that render real errors; only the facts
in ``details`` are written here.
"""

import json
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from html import escape
from types import MappingProxyType
from uuid import UUID

from pydantic import JsonValue

from api_gateway import SERVICE_NAME
from api_gateway.pages.layout import content_security_policy, page
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
from common.errors.rendering import CATALOGUE_PATH, JSON_TYPE, PROBLEM_TYPE, catalogue_path, problem

POLICY = content_security_policy()

_INTRODUCTION = (
    "All error codes of the edge, over HTTP and on a live socket. An error's <code>code</code> is one of "
    "these, in its body and in <code>X-Error-Code</code>; an unknown code comes from a service newer than this page; "
    "use the HTTP status. The same list as JSON: "
    f"<code>curl -H 'Accept: {JSON_TYPE}' …{CATALOGUE_PATH}</code>"
)

Facts = dict[str, JsonValue]

CORRELATION_ID = UUID(EXAMPLE_CORRELATION_ID)
MOMENT = datetime(2025, 1, 31, 8, 15, 30, 123_000, tzinfo=UTC)

_AFTER_TWO_SECONDS: Facts = {"retry": {"retryable": True, "after_seconds": 2}}


def entry_object(entry: ErrorEntry) -> dict[str, JsonValue]:
    """Return ``entry`` as clients read it."""
    return {
        "code": entry.code.value,
        "status": entry.status,
        "close_code": entry.close_code,
        "title": entry.title,
        "meaning": entry.meaning,
        "advice": entry.advice,
        "retryable": entry.retryable,
        "documentation": catalogue_path(entry.code.value),
    }


def catalogue_page(entries: Iterable[ErrorEntry]) -> str:
    """Return the page that lists every code."""
    heads = "".join(f"<th scope=col>{name}</th>" for name in ("Code", "Status", "When", "What to do", "Retry"))
    rows = "".join(_row(entry) for entry in entries)
    table = f"<table><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>"
    return _page("Error catalogue", f"<h1>Error catalogue</h1><p>{_INTRODUCTION}</p>{table}")


def entry_page(entry: ErrorEntry) -> str:
    """Return the page that explains one code."""
    facts = {
        "When": _prose(entry.meaning),
        "What to do": _prose(entry.advice),
        "HTTP status": _status(entry.status),
        "Close code on a socket": f"<code>{entry.close_code}</code>",
        "Can the same request succeed later?": "Yes" if entry.retryable else "No",
    }
    listed = "".join(f"<div><dt>{escape(name)}</dt><dd>{fact}</dd></div>" for name, fact in facts.items())
    return _page(
        entry.title,
        f'<p class="back"><a href="{CATALOGUE_PATH}">All codes</a></p><h1>{escape(entry.title)}</h1>'
        f'<p class="code"><code>{entry.code.value}</code></p><dl>{listed}</dl><h2>What it looks like</h2>'
        f"{_sample(JSON_TYPE, platform_example(entry))}{_sample(PROBLEM_TYPE, problem_example(entry))}",
    )


def _row(entry: ErrorEntry) -> str:
    code = entry.code.value
    return (
        f'<tr id="{code}"><th scope=row><a href="{catalogue_path(code)}"><code>{_breakable(code)}</code></a>'
        f"<span>{escape(entry.title)}</span></th>"
        f"<td data-head=Status>{_status(entry.status)}</td>"
        f"<td data-head=When>{_prose(entry.meaning)}</td>"
        f'<td data-head="What to do">{_prose(entry.advice)}</td>'
        f"<td data-head=Retry>{'yes' if entry.retryable else 'no'}</td></tr>"
    )


def _status(status: int) -> str:
    return f'<span class="status s{status // 100}">{status}</span>'


def _breakable(code: str) -> str:
    """Return ``code`` with places where a narrow column may break it."""
    return code.replace("_", "_<wbr>")


def _sample(content_type: str, body: dict[str, JsonValue]) -> str:
    text = json.dumps(body, indent=2, ensure_ascii=False)
    return f"<h3><code>{content_type}</code></h3><pre><code>{escape(text)}</code></pre>"


def _page(title: str, body: str) -> str:
    return page(title, f'<main class="house">{body}</main>', here=CATALOGUE_PATH)


def _prose(text: str) -> str:
    """Return ``text`` with its backticked words as code."""
    parts = escape(text).split("`")
    return "".join(f"<code>{part}</code>" if index % 2 else part for index, part in enumerate(parts))


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
