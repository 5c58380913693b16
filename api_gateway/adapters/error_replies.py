"""The shapes in which the platform's services tell of a failure, told apart and read. No I/O.

- A, the contract's: ``{"error": {"code", "message", "service", "details", …}}``.
- B, an ErrorDetail as it lies in memory: ``{"error": {"error_code", "message", "service", "details", …}}``.
- C: ``{"error": "text"}``, sometimes with ``details``.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

import orjson
from pydantic import JsonValue

from api_gateway.forwarding import HeaderPairs
from common.errors.detail import CODE_PATTERN

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
            return _coded(code, message, error)
        case {"error": {"error_code": str(code), "message": str(message)} as error}:
            return _coded(code, message, error)
    return None


def has_coded_error(body: bytes) -> bool:
    """Tell whether ``body`` is an error in shape A or B: the service's own word, not a failure of what runs it."""
    return isinstance(read_error(body), CodedError)


def _coded(code: str, message: str, error: Mapping[str, JsonValue]) -> CodedError | None:
    if _CODE.fullmatch(code) is None:
        return None
    service, details = error.get("service"), error.get("details")
    return CodedError(
        code,
        message,
        service if isinstance(service, str) else "",
        details if isinstance(details, dict) else {},
    )
