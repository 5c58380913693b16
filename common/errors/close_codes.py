"""The WebSocket close codes the edge sends, and what each asks of the client.

Sources: RFC 6455 section 7.4 and its IANA registry (1000-2999; 1002 and 1007: section 7.4.1), the platform
contract (1008, 1011, 4000), docs/feed.md (the others). 1000 and 1001 are never sent: today's dashboard doesn't
reconnect after those two.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum
from types import MappingProxyType


class CloseCode(IntEnum):
    """Every close code the edge sends."""

    PROTOCOL_ERROR = 1002
    NOT_UTF8 = 1007
    POLICY = 1008
    TOO_BIG = 1009
    SERVER_ERROR = 1011
    RESTART = 1012
    OVERLOAD = 1013
    CONNECTION_LIMIT = 4000
    TOO_SLOW = 4008
    IDLE = 4408


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


@dataclass(frozen=True, slots=True)
class CloseRange:
    """What a client may conclude from a code it doesn't know, by the range it lies in."""

    first: int
    last: int
    meaning: str
    advice: str


CLOSE_CODES: Mapping[CloseCode, CloseEntry] = MappingProxyType(
    {
        entry.code: entry
        for entry in (
            CloseEntry(
                CloseCode.PROTOCOL_ERROR,
                "protocol_error",
                "The client sent a frame that the WebSocket protocol doesn't allow.",
                "Correct the client; reconnect with the last cursor after increasing, jittered delays.",
            ),
            CloseEntry(
                CloseCode.NOT_UTF8,
                "not_utf8",
                "The client sent a text that is not UTF-8.",
                "Correct the client; reconnect with the last cursor after increasing, jittered delays.",
            ),
            CloseEntry(
                CloseCode.POLICY,
                "policy",
                "The credential was refused or has expired, or the client exceeded a message limit.",
                "Read `message`: renew the token on `token_expired`, log in on `token_invalid`, `token_missing` or "
                "`revoked`, wait a minute on `rate`; then reconnect.",
            ),
            CloseEntry(
                CloseCode.TOO_BIG,
                "too_big",
                "The client sent a message that exceeds the size limit.",
                "Reconnect; don't send that message again.",
            ),
            CloseEntry(
                CloseCode.SERVER_ERROR,
                "internal",
                "The server failed.",
                "Reconnect with the last cursor after increasing, jittered delays.",
            ),
            CloseEntry(
                CloseCode.RESTART,
                "restart",
                "This replica is shutting down.",
                "Reconnect after `retry_after_ms` with the last cursor.",
            ),
            CloseEntry(
                CloseCode.OVERLOAD,
                "overload",
                "The service can't accept the connection now.",
                "Reconnect after `retry_after_ms` with the last cursor.",
            ),
            CloseEntry(
                CloseCode.CONNECTION_LIMIT,
                "connection_limit",
                "The user has the maximum number of connections open.",
                "Close another tab; don't reconnect automatically within a minute.",
            ),
            CloseEntry(
                CloseCode.TOO_SLOW,
                "too_slow",
                "The client read more slowly than its messages arrived.",
                "Reconnect at once with the last cursor; nothing is lost.",
            ),
            CloseEntry(
                CloseCode.IDLE,
                "idle",
                "The client sent nothing during the idle time, not even a pong.",
                "Reconnect at once with the last cursor.",
            ),
        )
    }
)

CLOSE_RANGES: tuple[CloseRange, ...] = (
    CloseRange(1000, 1001, "A normal end.", "Never sent by the edge."),
    CloseRange(1002, 1015, "The WebSocket protocol's own codes (IANA registry).", "Reconnect after increasing delays."),
    CloseRange(
        4000, 4099, "The feed's rules for a connection.", "Reconnect with the last cursor; follow the code's advice."
    ),
    CloseRange(4400, 4499, "HTTP's status of the same last three digits.", "Reconnect with the last cursor."),
)
