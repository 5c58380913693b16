"""One client's connection, as the dispatcher, the sweeper and the drain see it."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from os import urandom

from common.clock import Clock
from common.correlation import correlation_id
from common.errors.exceptions import HuleEduError
from common.identity.principal import Principal
from common.notification_log import Cursor
from websocket_service.live import close_errors
from websocket_service.live.delivery import Delivery, Offer, Outbox, TaskSignal
from websocket_service.live.ports import ClientConnection
from websocket_service.live.sweeper import Examinable, TimerWheel
from websocket_service.metrics import LiveCounters
from websocket_service.protocol import server_frames
from websocket_service.protocol.limits import FeedLimits, FrameBudget
from websocket_service.protocol.liveness import Finding, Vitals, diagnose, next_examination_s
from websocket_service.protocol.server_frames import HEARTBEAT, Frame, Kind

FLUSH_DEADLINE_S = 2.0
"""How long a connection that has ended may take for the write under way and, where it is flushed, its last frames."""

CLOCKS_APART_S = 0.1
"""How far the event loop's clock may lag behind ours: uvloop's is of milliseconds and stands still while a callback
runs. The connection below dates pongs by it, so that a pong may seem to come before its ping."""

_LEASE_BYTES = 8


@dataclass(frozen=True, slots=True)
class ConnectionRequest:
    """How a client asked to be connected.

    ``transport`` is a metric label. ``controls``: it understands control frames (it negotiated ``huleedu.v1``, or came
    by server-sent events). ``bidirectional``: it can send, so that its silence means something; to one that can't the
    feed sends a heartbeat, as its server doesn't ping it. ``cursor``: what it brought to resume from. ``client``: the
    TCP connection below, None where a test has none.
    """

    transport: str
    controls: bool
    bidirectional: bool
    cursor: Cursor | None
    client: ClientConnection | None = None


@dataclass(frozen=True, slots=True)
class SessionContext:
    """What every session of a process is bounded, timed and measured by."""

    limits: FeedLimits
    clock: Clock
    wheel: TimerWheel[Examinable]
    counters: LiveCounters


def new_lease() -> str:
    """Return the name of a lease; each attempt to take a place has its own."""
    return urandom(_LEASE_BYTES).hex()


class Session:
    """Made by :class:`websocket_service.live.connections.Connections` for a verified caller, and by nothing else.

    All methods are synchronous and may be called from anywhere on the loop. :mod:`websocket_service.live.writer` writes
    to the client, :mod:`websocket_service.live.client_messages` acts on what it sends.
    """

    __slots__ = (
        "_abort",
        "_abort_at",
        "_context",
        "_heard_at",
        "_pinged_at",
        "_probed_at",
        "_warned",
        "budget",
        "correlation_id",
        "delivery",
        "ended_by",
        "examine_at",
        "gone",
        "lease",
        "principal",
        "request",
        "writer_signal",
        "writing_since",
    )

    def __init__(self, principal: Principal, request: ConnectionRequest, context: SessionContext) -> None:
        limits, now = context.limits, context.clock.monotonic()
        self.principal = principal
        self.request = request
        self.correlation_id = correlation_id()
        self.lease = new_lease()
        self.budget = FrameBudget(limits.client_frames_per_minute)
        self.delivery = Delivery(*(Outbox(limits.outbox_bytes, limits.outbox_frames) for _ in range(2)))
        self.writer_signal = TaskSignal()
        self.ended_by: HuleEduError | None = None
        self.examine_at = now
        self.gone = False
        self.writing_since: float | None = None
        self._abort: Callable[[], None] | None = None
        self._abort_at = math.inf
        self._context = context
        self._heard_at = self._pinged_at = now
        self._probed_at: float | None = None
        self._warned = False

    def offer(self, frame: Frame) -> None:
        """Take one message of the user's channel."""
        if self.ended_by is not None or (frame.kind is Kind.CONTROL and not self.request.controls):
            return
        match self.delivery.offer(frame):
            case Offer.TAKEN:
                self._send_waiting()
            case Offer.LAPSED:
                self.writer_signal.set()
            case Offer.DUPLICATE:
                self._context.counters.duplicates += 1
            case Offer.DROPPED:
                self._context.counters.dropped["no_room"] += 1
            case Offer.OVERFLOW:
                self.end(close_errors.slow_consumer())
            case Offer.HELD:
                pass

    def _send_waiting(self) -> None:
        """Send the one frame that waits at once, or have the writer send all that wait.

        The frame that is being written waits too: one that is alone has nothing before it that isn't sent.
        """
        outbox, client = self.delivery.outbox, self.request.client
        frame = outbox.peek()
        if client is None or frame is None or len(outbox) > 1 or not client.send_text(frame.text, frame.websocket):
            self.writer_signal.set()
            return
        outbox.pop()
        self.note_sent(frame)

    def note_sent(self, frame: Frame) -> None:
        """Count a frame that has been sent from the outbox."""
        counters = self._context.counters
        if frame.kind is not Kind.LOGGED:
            counters.frames_sent[frame.kind] += 1
            return
        counters.frames_sent["live"] += 1
        if frame.occurred_at is not None:
            counters.event_to_socket_s.observe(max(0.0, self._context.clock.now().timestamp() - frame.occurred_at))

    def fall_behind(self) -> None:
        """Have the client catch up from the stream, because messages may have been missed."""
        self.delivery.fall_behind()
        self.writer_signal.set()

    def send(self, frame: Frame) -> None:
        """Send ``frame`` after what already waits."""
        if self.ended_by is not None:
            return
        if self.delivery.outbox.offer(frame):
            self.writer_signal.set()
        else:
            self.end(close_errors.slow_consumer())

    def send_control(self, control: Frame) -> None:
        """Send a control frame, if the client understands those."""
        if self.request.controls:
            self.send(control)

    def renew(self, principal: Principal) -> None:
        """Go on under a fresh token of the same user."""
        self.principal = principal
        self._warned = False

    def note_heard(self) -> None:
        """Note that the client sent a message; pongs reach only the connection below, which tells their time itself."""
        self._heard_at = self._context.clock.monotonic()

    def probe(self) -> None:
        """Ask the client for a sign of life; a later examination ends a client that gives none in time."""
        if self._probed_at is not None or self.ended_by is not None:
            return
        self._probed_at = self._context.clock.monotonic()
        if not self.request.bidirectional:
            self.send(HEARTBEAT)
        elif self.request.client is not None:
            self.request.client.ping()

    def examine(self) -> None:
        """Do what time demands, and schedule the next examination."""
        while self.ended_by is None and not self.gone:
            vitals = self._vitals()
            match diagnose(vitals, self._context.limits):
                case Finding.SOUND:
                    self._examine_in(next_examination_s(vitals, self._context.limits))
                    return
                case Finding.HEARTBEAT_DUE:
                    self._pinged_at = self._context.clock.monotonic()
                    self.send(HEARTBEAT)
                case Finding.EXPIRY_NEAR:
                    self._warned = True
                    self.send_control(server_frames.expiring(in_s=max(1, round(vitals.expires_in_s))))
                case Finding.EXPIRED:
                    self.end(close_errors.expired_token(), flush=True)
                case Finding.SILENT:
                    self.end(close_errors.idle_timeout())
                    self.abort()
                case Finding.STALLED:
                    self.end(close_errors.slow_consumer())
        if self._context.clock.monotonic() >= self._abort_at:
            self.abort()

    def drain(self, retry_after_ms: int) -> None:
        """End the connection because this replica stops, and tell the client when to reconnect."""
        self.send_control(server_frames.drain(retry_after_ms=retry_after_ms))
        self.end(close_errors.service_restart(retry_after_ms), flush=True)

    def end(self, failure: HuleEduError, *, flush: bool = False) -> None:
        """End the connection because of ``failure``; the first end counts.

        With ``flush`` the client first gets what waits for it. :data:`FLUSH_DEADLINE_S` bounds that and the write that
        is under way.
        """
        if self.ended_by is not None:
            return
        self.ended_by = close_errors.with_correlation_id(failure, self.correlation_id)
        if not flush:
            self.delivery.outbox.clear()
        self.writer_signal.set()
        self._bound_flush()

    def bind(self, abort: Callable[[], None]) -> None:
        """Have ``abort``, which cuts the connection short, called once it has ended and its last write had its time."""
        self._abort = abort
        if self.ended_by is not None:
            self._bound_flush()

    def unbind(self) -> None:
        """Abort and write nothing from now on, because the connection is over."""
        self._abort = None
        self.writer_signal.start_when_set(None)

    def has_to_write(self) -> bool:
        """Return whether a writer is needed after the opening: to write what waits, or to end the connection."""
        return self.ended_by is not None or not self.delivery.live or len(self.delivery.outbox) > 0

    def abort(self) -> None:
        """Cut the connection short at once, because nothing is left to write."""
        abort, self._abort = self._abort, None
        if abort is not None:
            abort()

    def mark_gone(self) -> None:
        """Note that the client is gone, so that nothing more is due."""
        self.gone = True

    def _bound_flush(self) -> None:
        self._abort_at = self._context.clock.monotonic() + FLUSH_DEADLINE_S
        self._examine_in(FLUSH_DEADLINE_S)

    def _examine_in(self, seconds: float) -> None:
        self.examine_at = self._context.clock.monotonic() + seconds
        self._context.wheel.schedule(self, at=self.examine_at)

    def _vitals(self) -> Vitals:
        clock = self._context.clock
        now = clock.monotonic()
        return Vitals(
            expires_in_s=(self.principal.expires_at - clock.now()).total_seconds(),
            silent_s=self._silent_s(now),
            unanswered_s=self._unanswered_s(now),
            stalled_s=0.0 if self.writing_since is None else now - self.writing_since,
            unpinged_s=None if self.request.bidirectional else now - self._pinged_at,
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

        One that can't send (server-sent events) has answered when its machine acknowledged the heartbeat in time.
        """
        silent_s = self._silent_s(now)
        if silent_s is not None:
            return silent_s <= waited_s + CLOCKS_APART_S
        is_deaf = self.request.client is not None and self.request.client.retransmitting
        return waited_s >= self._context.limits.answer_within_s and not is_deaf

    def _silent_s(self, now: float) -> float | None:
        if not self.request.bidirectional:
            return None
        silent_s = now - self._heard_at
        return silent_s if self.request.client is None else min(silent_s, self.request.client.silent_s)
