"""What of an upstream's error may reach the caller besides code and status: details and headers. No I/O."""

import re
from collections.abc import Collection, Mapping
from types import MappingProxyType
from urllib.parse import unquote

from pydantic import JsonValue

from api_gateway.adapters.error_replies import ErrorReply
from api_gateway.domain import UpstreamRequest
from api_gateway.forwarding import values_of
from common.errors.field_errors import MOST_FIELDS, foreign_field_errors
from common.errors.foreign_texts import one_line

_MOST_ITEMS = MOST_FIELDS
_DEEPEST = 3
_RETRY_AFTER = "Retry-After"
_OF_STATUS: Mapping[int, tuple[str, ...]] = MappingProxyType(
    {
        405: ("Allow",),
        415: ("Accept", "Accept-Encoding", "Accept-Patch"),
        416: ("Content-Range", "Accept-Ranges"),
    }
)
"""The fields without which the status says only half of it (RFC 9110 sections 15.5.6, 15.5.16, 15.5.17; RFC 5789)."""


def select_details(
    details: Mapping[str, JsonValue], listed: Collection[str], request: UpstreamRequest
) -> dict[str, JsonValue]:
    """Return those of ``details`` that are ``listed``, their texts as lines, their lists no longer than need be.

    ``resource_id`` could be anybody's: it passes only where the caller itself named it.
    """
    selected: dict[str, JsonValue] = {}
    for name, value in details.items():
        match name:
            case "field_errors" if name in listed:
                selected |= foreign_field_errors(value)
            case "resource_id" if not _is_named_by(request, value):
                continue
            case _ if name in listed:
                selected[name] = _shorten(value)
    return selected


def select_headers(reply: ErrorReply, status: int) -> dict[str, str]:
    """Return the fields of ``reply`` that belong to an error with ``status``."""
    names = (_RETRY_AFTER, *_OF_STATUS.get(status, ()))
    found = {name: values_of(reply.headers, name.lower()) for name in names}
    return {name: ", ".join(values) for name, values in found.items() if values}


def _is_named_by(request: UpstreamRequest, value: JsonValue) -> bool:
    return value in re.split(r"[/?&=]", unquote(f"{request.path}?{request.query}"))


def _shorten(value: JsonValue, deep: int = 0) -> JsonValue:
    match value:
        case str():
            return one_line(value)
        case list() | dict() if deep == _DEEPEST:
            return None
        case list():
            return [_shorten(item, deep + 1) for item in value[:_MOST_ITEMS]]
        case dict():
            return {one_line(name): _shorten(item, deep + 1) for name, item in list(value.items())[:_MOST_ITEMS]}
        case _:
            return value
