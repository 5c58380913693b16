"""How a failure closes a socket: the close code, and a reason that is never cut-off JSON.

A close frame carries 125 bytes, two of them the code (RFC 6455 section 5.5), so that 123 remain for the
reason. Its shapes: docs/feed.md, "Close codes".
"""

import re
from collections.abc import Mapping
from uuid import UUID

import orjson

from common.errors.catalogue import entry_for
from common.errors.close_codes import CLOSE_CODES, CloseCode
from common.errors.codes import AnyErrorCode, ErrorCode
from common.errors.exceptions import HuleEduError

LIMIT_BYTES = 123

_WITH_SLOT = (CloseCode.RESTART, CloseCode.OVERLOAD)
"""These tell when to come back instead of the correlation id: both don't fit."""

_NARROWER: Mapping[str, str] = {ErrorCode.RATE_LIMIT: "rate"}
"""Machine reasons that are narrower than their close code's word and aren't the table's ``reason``."""

_MACHINE_WORD = re.compile(r"[a-z][a-z0-9_]{0,31}")


def close_for(
    failure: HuleEduError | AnyErrorCode,
    *,
    correlation_id: UUID | None = None,
    retry_after_ms: int | None = None,
) -> tuple[int, str]:
    """Return the close code and the encoded reason for ``failure``.

    Args:
        failure: the error, or just its code where nothing was raised.
        correlation_id: the connection's, when ``failure`` is a code; an error has its own.
        retry_after_ms: the client's slot (1012, 1013); an error's ``details.retry`` says it too.
    """
    error = failure if isinstance(failure, HuleEduError) else None
    code = failure.error_code if isinstance(failure, HuleEduError) else failure
    close_code = CloseCode(entry_for(code).close_code)
    slot_ms = None
    if close_code in _WITH_SLOT:
        slot_ms = retry_after_ms if retry_after_ms is not None else _slot_ms(error)
    reason = encode_close_reason(
        error_code=code,
        message=_machine_reason(code, error, close_code),
        correlation_id=None
        if slot_ms is not None
        else (error.error_detail.correlation_id if error else correlation_id),
        retry_after_ms=slot_ms,
    )
    return int(close_code), reason


def encode_close_reason(
    *,
    error_code: str,
    message: str,
    correlation_id: UUID | None = None,
    retry_after_ms: int | None = None,
) -> str:
    """Return a JSON object of at most 123 bytes in UTF-8.

    When all of it doesn't fit, ``message`` is shortened by whole characters first; then the correlation
    id goes, then the slot; a code too long for a frame of its own becomes UNKNOWN_ERROR.
    """
    extras: dict[str, str | int] = {}
    if retry_after_ms is not None:
        extras["retry_after_ms"] = retry_after_ms
    if correlation_id is not None:
        extras["correlation_id"] = str(correlation_id)
    sayable = message.encode(errors="replace").decode()
    while True:
        reason = _fit(error_code, sayable, extras)
        if reason is not None:
            return reason
        if not extras:
            return encode_close_reason(error_code=ErrorCode.UNKNOWN_ERROR, message=message)
        extras.popitem()


def _fit(error_code: str, message: str, extras: dict[str, str | int]) -> str | None:
    """Return the reason with as much of ``message`` as fits, or None when not even an empty one does."""
    room = LIMIT_BYTES - len(orjson.dumps({"error_code": error_code, "message": "", **extras}))
    if room < 0:
        return None
    told = ""
    for character in message:
        room -= len(orjson.dumps(character)) - len('""')
        if room < 0:
            break
        told += character
    return orjson.dumps({"error_code": error_code, "message": told, **extras}).decode()


def _machine_reason(code: str, error: HuleEduError | None, close_code: CloseCode) -> str:
    told = error.error_detail.details.get("reason") if error else None
    if isinstance(told, str) and _MACHINE_WORD.fullmatch(told):
        return told
    return _NARROWER.get(code, entry_for(code).reason or CLOSE_CODES[close_code].reason)


def _slot_ms(error: HuleEduError | None) -> int | None:
    match error.error_detail.details.get("retry") if error else None:
        case {"after_seconds": int() | float() as seconds}:
            return int(seconds * 1000)
        case _:
            return None
