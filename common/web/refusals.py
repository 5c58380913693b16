"""Answers in the house format for what never reaches Quart, or escapes it."""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from common.errors.catalogue import entry_for
from common.errors.codes import AnyErrorCode
from common.errors.detail import ErrorDetail
from common.errors.rendering import documentation_url, render_error

RawHeaders = list[tuple[bytes, bytes]]

CORRELATION_HEADER = b"x-correlation-id"

_NO_HEADERS: Mapping[str, str] = {}


@dataclass(frozen=True, slots=True)
class Refusal:
    """A complete answer: status, headers with their length and type, body."""

    status: int
    headers: RawHeaders
    body: bytes


def refusal(
    code: AnyErrorCode,
    *,
    service: str,
    message: str,
    correlation_id: UUID,
    accept: str | None = None,
    headers: Mapping[str, str] = _NO_HEADERS,
) -> Refusal:
    """Return the answer for ``code`` with the catalogue's status, in the format that ``accept`` asks for."""
    status = entry_for(code).status
    detail = ErrorDetail(
        error_code=code, message=message, correlation_id=correlation_id, service=service, operation="serve"
    )
    body, content_type = render_error(detail, status, accept)
    own: RawHeaders = [
        (b"content-type", content_type.encode()),
        (b"content-length", b"%d" % len(body)),
        (b"cache-control", b"no-store"),
        (b"vary", b"Accept"),
        (b"x-content-type-options", b"nosniff"),
        (b"x-error-code", code.encode()),
        (CORRELATION_HEADER, str(correlation_id).encode()),
        (b"link", f'<{documentation_url(code)}>; rel="describedby"'.encode()),
    ]
    return Refusal(status, own + [(name.lower().encode(), value.encode()) for name, value in headers.items()], body)
