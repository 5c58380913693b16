"""How a failure closes a socket: what each close code asks of the client, and a reason that is never cut-off JSON.

Sources: RFC 6455 section 7.4 and its IANA registry (1000-2999; 1002 and 1007: section 7.4.1), the platform
contract (1008, 1011, 4000), docs/feed.md (the others). 1000 and 1001 are never sent: today's dashboard doesn't
reconnect after those two.

A close frame carries 125 bytes, two of them the code (RFC 6455 section 5.5), so that 123 remain for the reason. Its
shapes: docs/feed.md, "Close codes".
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from uuid import UUID

import orjson

from common.errors.catalogue import entry_for
from common.errors.codes import AnyErrorCode, CloseCode, ErrorCode
from common.errors.exceptions import HuleEduError
from common.errors.texts import TeacherTexts, feed

LIMIT_BYTES = 123

_WITH_SLOT = (CloseCode.RESTART, CloseCode.OVERLOAD)
"""These tell when to come back instead of the correlation id: both don't fit."""

_NARROWER: Mapping[str, str] = {ErrorCode.RATE_LIMIT: "rate"}
"""Machine reasons that are narrower than their close code's word and aren't the table's ``reason``."""

_MACHINE_WORD = re.compile(r"[a-z][a-z0-9_]{0,31}")


@dataclass(frozen=True, slots=True)
class CloseEntry:
    """What one close code means.

    ``reason`` is the machine-readable word that stands in the close reason's ``message`` when the
    failure has no narrower one of its own (``token_expired`` is narrower than ``policy``).
    """

    code: CloseCode
    reason: str
    meaning: str
    advice: str
    teacher: TeacherTexts


@dataclass(frozen=True, slots=True)
class CloseRange:
    """What a client may conclude from a code it doesn't know, by the range it lies in."""

    first: int
    last: int
    meaning: str
    advice: str
    teacher: TeacherTexts


CLOSE_CODES: Mapping[CloseCode, CloseEntry] = MappingProxyType(
    {
        entry.code: entry
        for entry in (
            CloseEntry(
                CloseCode.PROTOCOL_ERROR,
                "protocol_error",
                "The client sent a frame that the WebSocket protocol doesn't allow.",
                "Correct the client; reconnect with the last cursor after increasing, jittered delays.",
                feed.PAGE_FAULT,
            ),
            CloseEntry(
                CloseCode.NOT_UTF8,
                "not_utf8",
                "The client sent a text that is not UTF-8.",
                "Correct the client; reconnect with the last cursor after increasing, jittered delays.",
                feed.PAGE_FAULT,
            ),
            CloseEntry(
                CloseCode.POLICY,
                "policy",
                "The credential was refused or has expired, or the client exceeded a message limit.",
                "Read `message`: renew the token on `token_expired`, log in on `token_invalid`, `token_missing` or "
                "`revoked`, wait a minute on `rate`; then reconnect.",
                feed.LOGGED_OUT_OR_TOO_FAST,
            ),
            CloseEntry(
                CloseCode.TOO_BIG,
                "too_big",
                "The client sent a message that exceeds the size limit.",
                "Reconnect; don't send that message again.",
                feed.PAGE_FAULT,
            ),
            CloseEntry(
                CloseCode.SERVER_ERROR,
                "internal",
                "The server failed.",
                "Reconnect with the last cursor after increasing, jittered delays.",
                feed.SERVER_ERROR,
            ),
            CloseEntry(
                CloseCode.RESTART,
                "restart",
                "This replica is shutting down.",
                "Reconnect after `retry_after_ms` with the last cursor.",
                feed.RESTART,
            ),
            CloseEntry(
                CloseCode.OVERLOAD,
                "overload",
                "The service can't accept the connection now.",
                "Reconnect after `retry_after_ms` with the last cursor.",
                feed.OVERLOAD,
            ),
            CloseEntry(
                CloseCode.CONNECTION_LIMIT,
                "connection_limit",
                "The user has the maximum number of connections open.",
                "Close another tab; don't reconnect automatically within a minute.",
                feed.TOO_MANY_PLACES,
            ),
            CloseEntry(
                CloseCode.TOO_SLOW,
                "too_slow",
                "The client read more slowly than its messages arrived.",
                "Reconnect at once with the last cursor; nothing is lost.",
                feed.TOO_SLOW,
            ),
            CloseEntry(
                CloseCode.IDLE,
                "idle",
                "The client sent nothing during the idle time, not even a pong.",
                "Reconnect at once with the last cursor.",
                feed.IDLE,
            ),
        )
    }
)

CLOSE_RANGES: tuple[CloseRange, ...] = (
    CloseRange(1000, 1001, "A normal end.", "Never sent by the edge.", feed.PAGE_LEFT),
    CloseRange(
        1002,
        1015,
        "The WebSocket protocol's own codes (IANA registry).",
        "Reconnect after increasing delays.",
        feed.NETWORK,
    ),
    CloseRange(
        4000,
        4099,
        "The feed's rules for a connection.",
        "Reconnect with the last cursor; follow the code's advice.",
        feed.ENDED_BY_HULEEDU,
    ),
    CloseRange(
        4400,
        4499,
        "HTTP's status of the same last three digits.",
        "Reconnect with the last cursor.",
        feed.ENDED_BY_HULEEDU,
    ),
)


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
    shortened = ""
    for character in message:
        room -= len(orjson.dumps(character)) - len('""')
        if room < 0:
            break
        shortened += character
    return orjson.dumps({"error_code": error_code, "message": shortened, **extras}).decode()


def _machine_reason(code: str, error: HuleEduError | None, close_code: CloseCode) -> str:
    reason = error.error_detail.details.get("reason") if error else None
    if isinstance(reason, str) and _MACHINE_WORD.fullmatch(reason):
        return reason
    return _NARROWER.get(code, entry_for(code).reason or CLOSE_CODES[close_code].reason)


def _slot_ms(error: HuleEduError | None) -> int | None:
    match error.error_detail.details.get("retry") if error else None:
        case {"after_seconds": int() | float() as seconds}:
            return int(seconds * 1000)
        case _:
            return None
