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
from api_gateway.pages.layout import page
from api_gateway.pages.words import WORDS, PageWords
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
from common.errors.texts import Language, Text

Facts = dict[str, JsonValue]

CORRELATION_ID = UUID(EXAMPLE_CORRELATION_ID)
MOMENT = datetime(2025, 1, 31, 8, 15, 30, 123_000, tzinfo=UTC)

_AFTER_TWO_SECONDS: Facts = {"retry": {"retryable": True, "after_seconds": 2}}


def entry_object(entry: ErrorEntry, language: Language) -> dict[str, JsonValue]:
    """Return ``entry`` as clients read it, the teacher's text in ``language``."""
    text = entry.teacher.in_language(language)
    return {
        "code": entry.code.value,
        "status": entry.status,
        "close_code": entry.close_code,
        "title": entry.title,
        "meaning": entry.meaning,
        "advice": entry.advice,
        "teacher": {
            "language": language.value,
            "title": text.title,
            "message": text.message,
            "advice": text.advice,
        },
        "retryable": entry.retryable,
        "documentation": catalogue_path(entry.code.value),
    }


def catalogue_page(entries: Iterable[ErrorEntry], language: Language) -> str:
    """Return the page that lists every code."""
    words = WORDS[language]
    names = (words.code, words.status, words.teacher_reads, words.when, words.what_to_do, words.retry)
    heads = "".join(f"<th scope=col>{name}</th>" for name in names)
    rows = "".join(_row(entry, language) for entry in entries)
    table = f'<table class="catalogue"><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>'
    body = f"<h1>{words.catalogue}</h1><p>{words.catalogue_lead_html}</p>{table}"
    return _page(words.catalogue, body, language)


def entry_page(entry: ErrorEntry, language: Language) -> str:
    """Return the page that explains one code: to a teacher in ``language``, to developers in English."""
    words = WORDS[language]
    facts = {
        words.when: _of_developers(_prose(entry.meaning), language),
        words.what_to_do: _of_developers(_prose(entry.advice), language),
        words.http_status: _status(entry.status),
        words.close_code: f"<code>{entry.close_code}</code>",
        words.can_be_retried: words.yes.capitalize() if entry.retryable else words.no.capitalize(),
    }
    listed = "".join(f"<div><dt>{escape(name)}</dt><dd>{fact}</dd></div>" for name, fact in facts.items())
    samples = _sample(JSON_TYPE, platform_example(entry), words) + _sample(PROBLEM_TYPE, problem_example(entry), words)
    return _page(
        entry.title,
        f'<p class="back"><a href="{CATALOGUE_PATH}">{words.all_codes}</a></p>'
        f"<h1>{_of_developers(escape(entry.title), language)}</h1>"
        f'<p class="code"><code>{entry.code.value}</code></p>'
        f"<h2>{words.teacher_reads}</h2>{teacher_card(entry.teacher.in_language(language))}"
        f"<h2>{words.for_developers}</h2><dl>{listed}</dl>"
        f"<h2>{words.looks_like}</h2>{samples}",
        language,
    )


def teacher_card(text: Text) -> str:
    """Return what a teacher reads, set apart as a dashboard might show it."""
    return (
        f'<div class="teacher"><p class="title">{escape(text.title)}</p>'
        f"<p>{escape(text.message)}</p><p>{escape(text.advice)}</p></div>"
    )


def _row(entry: ErrorEntry, language: Language) -> str:
    code, words, text = entry.code.value, WORDS[language], entry.teacher.in_language(language)
    return (
        f'<tr id="{code}"><th scope=row><a href="{catalogue_path(code)}"><code>{_breakable(code)}</code></a>'
        f"{_of_developers(escape(entry.title), language)}</th>"
        f'<td data-head="{words.status}">{_status(entry.status)}</td>'
        f'<td data-head="{words.teacher_reads}"><b>{escape(text.title)}</b>'
        f"<span>{escape(text.message)} {escape(text.advice)}</span></td>"
        f'<td data-head="{words.when}">{_of_developers(_prose(entry.meaning), language)}</td>'
        f'<td data-head="{words.what_to_do}">{_of_developers(_prose(entry.advice), language)}</td>'
        f'<td data-head="{words.retry}">{words.yes if entry.retryable else words.no}</td></tr>'
    )


def _of_developers(html: str, language: Language) -> str:
    """Return ``html``, which is English, marked as such on a page in another language."""
    return f"<span>{html}</span>" if language is Language.ENGLISH else f'<span lang="en">{html}</span>'


def _status(status: int) -> str:
    return f'<span class="status s{status // 100}">{status}</span>'


def _breakable(code: str) -> str:
    """Return ``code`` with places where a narrow column may break it."""
    return code.replace("_", "_<wbr>")


def _sample(content_type: str, body: dict[str, JsonValue], words: PageWords) -> str:
    """Return a sample that a keyboard can scroll, since it is wider than a narrow window."""
    text = json.dumps(body, indent=2, ensure_ascii=False)
    return (
        f"<h3><code>{content_type}</code></h3>"
        f'<pre tabindex=0 role=region aria-label="{words.sample}: {content_type}"><code>{escape(text)}</code></pre>'
    )


def _page(title: str, body: str, language: Language) -> str:
    return page(title, f'<main class="house">{body}</main>', here=CATALOGUE_PATH, language=language)


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
