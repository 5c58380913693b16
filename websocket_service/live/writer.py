"""What one client gets, in order: the opening, what it missed, then what comes live."""

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass
from random import SystemRandom

import structlog

from common.clock import Clock
from common.errors.exceptions import HuleEduError
from common.notification_log import Cursor, NotificationLog, Outcome, Page
from websocket_service.live import close_errors
from websocket_service.live.delivery import Offer
from websocket_service.live.session import Session
from websocket_service.metrics import LiveCounters
from websocket_service.protocol import server_frames
from websocket_service.protocol.limits import FeedLimits
from websocket_service.protocol.server_frames import Frame, Kind, encode_frame

REREAD_PAUSE_S = (0.1, 1.0)
"""Between which a catch-up pauses, at random, when the stream can't be read."""

_chance = SystemRandom()
_logger = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Welcome:
    """What ``feed.ready`` tells beside cursor and outcome."""

    heartbeat_s: float
    retry_after_ms: int


@dataclass(frozen=True, slots=True)
class Player:
    """Plays sessions their frames; one for the process.

    ``reads`` bounds how many streams are read at once: after a Redis restart every socket wants to.
    """

    log: NotificationLog
    reads: asyncio.Semaphore
    limits: FeedLimits
    clock: Clock
    counters: LiveCounters

    async def read(self, session: Session, cursor: Cursor | None) -> Page:
        """Return the next page of the client's stream; raises HuleEduError when the log can't be read."""
        async with self.reads:
            session.delivery.begin_read()
            return await self.log.read_after(session.principal.user_id, cursor, limit=self.limits.page_entries)

    async def frames(self, session: Session, page: Page, welcome: Welcome) -> AsyncIterator[Frame]:
        """Yield frames until the connection ends; to be asked for the next means that the last has gone out.

        ``page`` is the first read of the client's stream, made after its channel was confirmed.
        """
        opening = _opening(page, welcome)
        outbox = session.delivery.outbox
        async for frame in self._catch_up(session, page, opening):
            yield frame
        while True:
            while (waiting := outbox.peek()) is not None:
                session.writing_since = self.clock.monotonic()
                yield waiting
                session.writing_since = None
                if outbox.peek() is waiting:
                    outbox.sent()
                self._note_sent(waiting)
            if session.ended_by is not None:
                return
            if session.delivery.live:
                await session.wakeup.wait()
            else:
                async for frame in self._read_up(session):
                    yield frame

    async def _read_up(self, session: Session) -> AsyncIterator[Frame]:
        """Read a client up that was live before; a stream that can't be read is tried again by the caller."""
        try:
            page = await self.read(session, session.delivery.cursor)
        except HuleEduError as failure:
            self.counters.catch_ups["failed"] += 1
            _logger.warning("playback.unreadable", error_code=str(failure.error_code))
            await asyncio.sleep(_chance.uniform(*REREAD_PAUSE_S))
            return
        async for frame in self._catch_up(session, page, _interruption(page)):
            yield frame

    async def _catch_up(self, session: Session, page: Page, announced: Sequence[Frame]) -> AsyncIterator[Frame]:
        """Play ``page`` and whatever follows it until the client is live, has ended, or the stream can't be read."""
        self.counters.catch_ups[page.outcome] += 1
        for control in self._controls(session, announced):
            yield control
        for entry in page.entries:
            if session.ended_by is not None:
                return
            yield self._writing(session, encode_frame(entry.payload, cursor=entry.cursor, kind=Kind.LOGGED))
            session.delivery.advance(entry.cursor)
            self.counters.frames_sent["replayed"] += 1
        session.delivery.advance(page.cursor)
        if not page.more:
            for control in self._controls(session, _seen_meanwhile(session, page)):
                yield control
            if session.delivery.finish_read() is Offer.OVERFLOW:
                session.end(close_errors.too_slow())
        session.writing_since = None
        session.delivery.seen = session.delivery.seen or page.seen.cursor

    def _controls(self, session: Session, frames: Sequence[Frame]) -> Iterator[Frame]:
        """Yield control frames to a client that understands them."""
        if not session.visit.controls:
            return
        for frame in frames:
            yield self._writing(session, frame)
            self.counters.frames_sent[Kind.CONTROL] += 1

    def _writing(self, session: Session, frame: Frame) -> Frame:
        session.writing_since = self.clock.monotonic()
        return frame

    def _note_sent(self, frame: Frame) -> None:
        if frame.kind is not Kind.LOGGED:
            self.counters.frames_sent[frame.kind] += 1
            return
        self.counters.frames_sent["live"] += 1
        if frame.occurred_at is not None:
            self.counters.event_to_socket_s.observe(max(0.0, self.clock.now().timestamp() - frame.occurred_at))


def _opening(page: Page, welcome: Welcome) -> Sequence[Frame]:
    ready = server_frames.ready(
        cursor=page.start,
        outcome=page.outcome,
        heartbeat_s=welcome.heartbeat_s,
        retry_after_ms=welcome.retry_after_ms,
    )
    return (ready, *_gap_of(page))


def _interruption(page: Page) -> Sequence[Frame]:
    if page.outcome is Outcome.RESET:
        return (server_frames.reset(cursor=page.start),)
    return _gap_of(page)


def _seen_meanwhile(session: Session, page: Page) -> Sequence[Frame]:
    """Return ``feed.seen`` when the mark has moved since the client, which was live before, came or was told of it."""
    moved = session.delivery.seen is not None and session.delivery.learn_seen(page.seen.cursor)
    return (server_frames.seen(page.seen),) if moved else ()


def _gap_of(page: Page) -> Sequence[Frame]:
    return () if page.gap is None else (server_frames.gap(page.gap),)
