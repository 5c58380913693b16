"""Answers in the house format for what never reaches Quart, or escapes it."""

from dataclasses import dataclass
from uuid import UUID

from common.errors.catalogue import entry_for
from common.errors.detail import ErrorDetail
from common.errors.quart_handlers import Registration
from common.errors.rendering import answer_headers, render_error
from common.web.middleware.request_head import HeadFault

RawHeaders = list[tuple[bytes, bytes]]

CORRELATION_HEADER = b"x-correlation-id"


@dataclass(frozen=True, slots=True)
class Refusal:
    """A complete answer: status, headers with their length and type, body."""

    status: int
    headers: RawHeaders
    body: bytes


def refusal(fault: HeadFault, answering: Registration, *, correlation_id: UUID, accept: str | None) -> Refusal:
    """Return the answer for ``fault``, in the format that ``accept`` asks for.

    Its status is the catalogue's unless the fault has one.
    """
    status = fault.status or entry_for(fault.code).status
    detail = ErrorDetail(
        error_code=fault.code,
        message=fault.message,
        correlation_id=correlation_id,
        service=answering.service,
        operation="serve",
    )
    body, content_type = render_error(detail, status, accept, base_url=answering.base_url)
    told = {
        "Content-Type": content_type,
        "Content-Length": str(len(body)),
        "X-Content-Type-Options": "nosniff",
        CORRELATION_HEADER.decode(): str(correlation_id),
        **answer_headers(fault.code, base_url=answering.base_url),
        **fault.headers,
    }
    return Refusal(status, [(name.lower().encode(), value.encode()) for name, value in told.items()], body)
