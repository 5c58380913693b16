"""One client's connection, as the relay, the sweeper and the drain see it."""

import asyncio
from dataclasses import dataclass
from secrets import token_hex
from typing import Protocol

from common.clock import Clock
from common.correlation import correlation_id
from common.errors.exceptions import HuleEduError
from common.identity.principal import Principal
from common.notification_log import Cursor
from websocket_service.live import close_errors
from websocket_service.live.delivery import Delivery, Offer, Outbox, Wakeup
from websocket_service.live.ports import Wire
from websocket_service.metrics import LiveCounters
from websocket_service.protocol import server_frames
from websocket_service.protocol.limits import FeedLimits, Finding, FrameBudget, Vitals, examine, next_examination_s
from websocket_service.protocol.server_frames import HEARTBEAT, Frame, Kind

FLUSH_DEADLINE_S = 2.0
"""How long a connection that has ended may take for the write under way and, where it is flushed, its last frames."""

CLOCKS_APART_S = 0.1
"""How far the event loop's clock, by which the wire hears, may lag behind ours: uvloop's is of milliseconds, and stands
still while a callback runs. A pong may so seem to come before its ping."""

_LEASE_BYTES = 8


@dataclass(frozen=True, slots=True)
class Visit:
    """How a client came.

    ``transport`` is a metric label. ``controls``: it understands control frames (it negotiated ``huleedu.v1``, or came
    by server-sent events). ``audible``: it can be heard, so that its silence means something; one that can't is sent a
    heartbeat by us, as nobody pings it. ``cursor``: what it brought to resume from. ``wire``: the connection below,
    None where a test has none.
    """

    transport: str
    controls: bool
    audible: bool
    cursor: Cursor | None
    wire: Wire | None = None


@dataclass(frozen=True, slots=True)
class Bounds:
    """What every session of a process is bounded and measured by."""

    limits: FeedLimits
    clock: Clock
    counters: LiveCounters


class Scope(Protocol):
    """What encloses a connection's tasks and can be cut short; an ``asyncio.Timeout`` is one."""

    def when(self) -> float | None:
        """Return the loop time at which it is cut short, None for never."""
        ...

    def reschedule(self, when: float | None) -> None:
        """Cut it short at ``when`` (loop time), or with None not at all."""
        ...


def new_lease() -> str:
    """Return the name of a lease; each attempt to take a place has its own."""
    return token_hex(_LEASE_BYTES)


class Session:
    """Made by :meth:`websocket_service.live.connections.Feed` for a verified caller, and by nothing else.

    All methods are synchronous and may be called from anywhere on the loop; what is written and heard is the matter of
    :mod:`websocket_service.live.writer` and :mod:`websocket_service.live.client_messages`.
    """

    __slots__ = (
        "_bounds",
        "_heard_at",
        "_pinged_at",
        "_probed_at",
        "_scope",
        "_warned",
        "budget",
        "correlation_id",
        "delivery",
        "ended_by",
        "examine_at",
        "gone",
        "lease",
        "principal",
        "visit",
        "wakeup",
        "writing_since",
    )

    def __init__(self, principal: Principal, visit: Visit, bounds: Bounds) -> None:
        limits, now = bounds.limits, bounds.clock.monotonic()
        self.principal = principal
        self.visit = visit
        self.correlation_id = correlation_id()
        self.lease = new_lease()
        self.budget = FrameBudget(limits.client_frames_per_minute)
        self.delivery = Delivery(*(Outbox(limits.outbox_bytes, limits.outbox_frames) for _ in range(2)))
        self.wakeup = Wakeup()
        self.ended_by: HuleEduError | None = None
        self.examine_at = now
        self.gone = False
        self.writing_since: float | None = None
        self._bounds = bounds
        self._heard_at = self._pinged_at = now
        self._probed_at: float | None = None
        self._scope: Scope | None = None
        self._warned = False

    def offer(self, frame: Frame) -> None:
        """Take one message of the user's channel."""
        if self.ended_by is not None or (frame.kind is Kind.CONTROL and not self.visit.controls):
            return
        match self.delivery.offer(frame):
            case Offer.TAKEN | Offer.LAPSED:
                self.wakeup.set()
            case Offer.DUPLICATE:
                self._bounds.counters.duplicates += 1
            case Offer.DROPPED:
                self._bounds.counters.dropped["no_room"] += 1
            case Offer.OVERFLOW:
                self.end(close_errors.too_slow())
            case Offer.HELD:
                pass

    def fall_behind(self) -> None:
        """Have the client read up from the stream: messages may have been missed."""
        self.delivery.fall_behind()
        self.wakeup.set()

    def answer(self, frame: Frame) -> None:
        """Send ``frame`` after what already waits."""
        if self.ended_by is not None:
            return
        if self.delivery.outbox.offer(frame):
            self.wakeup.set()
        else:
            self.end(close_errors.too_slow())

    def tell(self, control: Frame) -> None:
        """Send a control frame, if the client understands those."""
        if self.visit.controls:
            self.answer(control)

    def renew(self, principal: Principal) -> None:
        """Go on under a fresh token of the same user."""
        self.principal = principal
        self._warned = False

    def show_life(self) -> None:
        """Note that the client was heard; what only its connection hears, as pongs, its wire tells."""
        self._heard_at = self._bounds.clock.monotonic()

    def probe(self) -> None:
        """Ask the client for a sign of life; one that gives none in time is ended by an examination."""
        if self._probed_at is not None or self.ended_by is not None:
            return
        self._probed_at = self._bounds.clock.monotonic()
        if not self.visit.audible:
            self.answer(HEARTBEAT)
        elif self.visit.wire is not None:
            self.visit.wire.ping()

    def examine(self) -> float | None:
        """Do what time demands; return in how many seconds to examine again, None when the connection has ended."""
        while self.ended_by is None and not self.gone:
            vitals = self._vitals()
            match examine(vitals, self._bounds.limits):
                case Finding.SOUND:
                    return next_examination_s(vitals, self._bounds.limits)
                case Finding.PING_DUE:
                    self._pinged_at = self._bounds.clock.monotonic()
                    self.answer(HEARTBEAT)
                case Finding.EXPIRY_NEAR:
                    self._warned = True
                    self.tell(server_frames.expiring(in_s=max(1, round(vitals.expires_in_s))))
                case Finding.EXPIRED:
                    self.end(close_errors.token_expired(), flush=True)
                case Finding.IDLE:
                    self.end(close_errors.idle())
                    self.finish()
                case Finding.STALLED:
                    self.end(close_errors.too_slow())
        return None

    def drain(self, retry_after_ms: int) -> None:
        """Send the client away, with the time at which to come back."""
        self.tell(server_frames.drain(retry_after_ms=retry_after_ms))
        self.end(close_errors.restarting(retry_after_ms), flush=True)

    def end(self, failure: HuleEduError, *, flush: bool = False) -> None:
        """End the connection because of ``failure``; the first end counts.

        With ``flush`` the client first gets what waits for it. :data:`FLUSH_DEADLINE_S` bounds that and the write that
        is under way.
        """
        if self.ended_by is not None:
            return
        self.ended_by = close_errors.on_behalf(failure, self.correlation_id)
        if not flush:
            self.delivery.outbox.clear()
        self.wakeup.set()
        self._interrupt(after_s=FLUSH_DEADLINE_S)

    def bind(self, scope: Scope) -> None:
        """Have ``scope``, which encloses the connection's tasks, cut short once the connection has ended."""
        self._scope = scope
        if self.ended_by is not None:
            self._interrupt(after_s=FLUSH_DEADLINE_S)

    def unbind(self) -> None:
        """Leave the bound scope alone from now on: it is over."""
        self._scope = None

    def finish(self) -> None:
        """Cut the bound scope short at once: nothing is left to write."""
        self._interrupt(after_s=0)

    def leave(self) -> None:
        """Note that the client is here no longer: nothing more is due."""
        self.gone = True

    def _interrupt(self, *, after_s: float) -> None:
        if self._scope is None:
            return
        now = asyncio.get_running_loop().time()
        when = self._scope.when()
        if when is None or when > now:  # else it is being cut short already
            self._scope.reschedule(now + after_s)

    def _vitals(self) -> Vitals:
        clock = self._bounds.clock
        now = clock.monotonic()
        return Vitals(
            expires_in_s=(self.principal.expires_at - clock.now()).total_seconds(),
            silent_s=self._silent_s(now),
            unanswered_s=self._unanswered_s(now),
            stalled_s=0.0 if self.writing_since is None else now - self.writing_since,
            unpinged_s=None if self.visit.audible else now - self._pinged_at,
            warned=self._warned,
        )

    def _unanswered_s(self, now: float) -> float | None:
        if self._probed_at is None:
            return None
        waited_s = now - self._probed_at
        if self._has_answered(now, waited_s):
            self._probed_at = None
            return None
        return waited_s

    def _has_answered(self, now: float, waited_s: float) -> bool:
        """Tell whether the client was heard since it was asked.

        One that is never heard (server-sent events) has answered when its machine acknowledged the heartbeat in time.
        """
        silent_s = self._silent_s(now)
        if silent_s is not None:
            return silent_s <= waited_s + CLOCKS_APART_S
        is_deaf = self.visit.wire is not None and self.visit.wire.retransmitting
        return waited_s >= self._bounds.limits.answer_within_s and not is_deaf

    def _silent_s(self, now: float) -> float | None:
        if not self.visit.audible:
            return None
        silent_s = now - self._heard_at
        return silent_s if self.visit.wire is None else min(silent_s, self.visit.wire.silent_s)
