"""The shapes in which the platform's services report an error, and what of it may reach the caller. No I/O."""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from urllib.parse import unquote

import orjson
from pydantic import JsonValue

from api_gateway.upstream.headers import HeaderPairs, values_of
from api_gateway.upstream.ports import UpstreamRequest
from common.errors.detail import CODE_PATTERN
from common.errors.foreign_texts import MOST_FIELDS, foreign_field_errors, one_line

_CODE = re.compile(CODE_PATTERN)


@dataclass(frozen=True, slots=True)
class ErrorReply:
    """A reply that isn't handed on as it is; ``body`` is what could be read and decoded of it, or empty."""

    status: int
    headers: HeaderPairs
    body: bytes


@dataclass(frozen=True, slots=True)
class CodedError:
    """An error in shape A or B; ``service`` is empty and ``details`` are none when they aren't what they should be."""

    code: str
    message: str
    service: str = ""
    details: Mapping[str, JsonValue] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class TextError:
    """An error in shape C."""

    text: str
    details: JsonValue = None


def read_error(body: bytes) -> CodedError | TextError | None:
    """Return the error that ``body`` holds in one of the platform's shapes, None when it holds none."""
    try:
        answer = orjson.loads(body)
    except orjson.JSONDecodeError:
        return None
    match answer:
        case {"error": str(text)}:
            return TextError(text, answer.get("details"))
        case {"error": {"code": str(code), "message": str(message)} as error}:
            return _coded_error(code, message, error)
        case {"error": {"error_code": str(code), "message": str(message)} as error}:
            return _coded_error(code, message, error)
    return None


def has_coded_error(body: bytes) -> bool:
    """Tell whether ``body`` is an error in shape A or B: the service's own word, not a failure of what runs it."""
    return isinstance(read_error(body), CodedError)


def _coded_error(code: str, message: str, error: Mapping[str, JsonValue]) -> CodedError | None:
    if _CODE.fullmatch(code) is None:
        return None
    service, details = error.get("service"), error.get("details")
    return CodedError(
        code,
        message,
        service if isinstance(service, str) else "",
        details if isinstance(details, dict) else {},
    )


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
