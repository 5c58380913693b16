"""Whether a connection lives: when it is pinged, warned or ended because it is dead, idle, stalled or expired."""

from dataclasses import dataclass
from enum import Enum, auto

from common.web.hypercorn_overrides.keepalive import SILENT_INTERVALS
from websocket_service.protocol.limits import FeedLimits


@dataclass(frozen=True, slots=True)
class Vitals:
    """A connection at one moment; all in seconds.

    ``silent_s`` since anything was heard from the client, None when it can't send (server-sent events);
    ``unanswered_s`` since it was asked for a sign of life, None when it wasn't or has given one;
    ``stalled_s`` since the write under way began, 0 when there is none; ``unpinged_s`` since we last sent a heartbeat,
    None when the server below pings by itself.
    """

    expires_in_s: float
    silent_s: float | None
    unanswered_s: float | None
    stalled_s: float
    unpinged_s: float | None
    warned: bool


class Finding(Enum):
    """What is to be done about a connection."""

    SOUND = auto()
    HEARTBEAT_DUE = auto()
    EXPIRY_NEAR = auto()
    EXPIRED = auto()
    SILENT = auto()
    STALLED = auto()


def diagnose(vitals: Vitals, limits: FeedLimits) -> Finding:
    """Return the first thing to be done about a connection; examine again after doing what doesn't end it."""
    if vitals.expires_in_s <= 0:
        return Finding.EXPIRED
    if vitals.stalled_s >= limits.stalled_write_s:
        return Finding.STALLED
    if _is_silent(vitals, limits):
        return Finding.SILENT
    if not vitals.warned and vitals.expires_in_s <= limits.expiry_warning_s:
        return Finding.EXPIRY_NEAR
    if vitals.unpinged_s is not None and vitals.unpinged_s >= limits.ping_interval_s:
        return Finding.HEARTBEAT_DUE
    return Finding.SOUND


def next_examination_s(vitals: Vitals, limits: FeedLimits) -> float:
    """Return after how many seconds a sound connection has to be examined again.

    What a client does meanwhile only moves its deadlines away, except a write that begins to stall: that is noticed
    within the stall limit, as nothing is left unexamined for longer.
    """
    moments = [limits.stalled_write_s, vitals.expires_in_s]
    if not vitals.warned:
        moments.append(vitals.expires_in_s - limits.expiry_warning_s)
    if vitals.silent_s is not None:
        moments.append(silence_allowed_s(limits) - vitals.silent_s)
    if vitals.unanswered_s is not None:
        moments.append(limits.answer_within_s - vitals.unanswered_s)
    if vitals.unpinged_s is not None:
        moments.append(limits.ping_interval_s - vitals.unpinged_s)
    return max(0.0, min(moments))


def _is_silent(vitals: Vitals, limits: FeedLimits) -> bool:
    if vitals.unanswered_s is not None and vitals.unanswered_s >= limits.answer_within_s:
        return True
    return vitals.silent_s is not None and vitals.silent_s >= silence_allowed_s(limits)


def silence_allowed_s(limits: FeedLimits) -> float:
    """Return how long a client that can send may be silent."""
    return min(limits.idle_timeout_s, SILENT_INTERVALS * limits.ping_interval_s)
