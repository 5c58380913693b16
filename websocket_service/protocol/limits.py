"""What one connection may use, and when it is warned, examined again or over."""

from dataclasses import dataclass
from enum import Enum, auto

from common.contracts.notification import MAX_NOTIFICATION_BYTES
from common.web.hypercorn_overrides.client_connection import SILENT_INTERVALS

PERIOD_S = 60.0


class FrameBudget:
    """Allows ``limit`` messages in any 60 seconds.

    It remembers the moments themselves, so that no window's edge lets twice as many through; a client that sends its
    two heartbeats a minute costs two floats.
    """

    __slots__ = ("_limit", "_moments")

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._moments: list[float] = []

    def spend(self, now: float) -> bool:
        """Count one message at ``now`` (monotonic seconds); False means that it is one too many."""
        horizon = now - PERIOD_S
        while self._moments and self._moments[0] <= horizon:
            self._moments.pop(0)
        if len(self._moments) >= self._limit:
            return False
        self._moments.append(now)
        return True


@dataclass(frozen=True, slots=True)
class FeedLimits:
    """What one socket may use; the defaults are the contract's or, where it is silent, the feed's own."""

    sockets_per_user: int = 5
    client_frames_per_minute: int = 100
    notification_bytes: int = MAX_NOTIFICATION_BYTES
    outbox_bytes: int = 1024 * 1024
    outbox_frames: int = 1024
    page_entries: int = 100
    ping_interval_s: float = 30.0
    idle_timeout_s: float = 300.0
    answer_within_s: float = 2.0
    expiry_warning_s: float = 60.0
    stalled_write_s: float = 10.0
    reconnects_per_s: float = 500.0


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
    """What an examination found."""

    SOUND = auto()
    PING_DUE = auto()
    EXPIRY_NEAR = auto()
    EXPIRED = auto()
    IDLE = auto()
    STALLED = auto()


def examine(vitals: Vitals, limits: FeedLimits) -> Finding:
    """Return the first thing to be done about a connection; examine again after doing what doesn't end it."""
    if vitals.expires_in_s <= 0:
        return Finding.EXPIRED
    if vitals.stalled_s >= limits.stalled_write_s:
        return Finding.STALLED
    if _is_silent(vitals, limits):
        return Finding.IDLE
    if not vitals.warned and vitals.expires_in_s <= limits.expiry_warning_s:
        return Finding.EXPIRY_NEAR
    if vitals.unpinged_s is not None and vitals.unpinged_s >= limits.ping_interval_s:
        return Finding.PING_DUE
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
