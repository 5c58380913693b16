"""Catch-up: sends a client what it missed, read from its user's log, before it is live."""

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass

import structlog

from common.backoff import spread
from common.clock import Clock, Scheduler, sleep
from common.errors.exceptions import HuleEduError
from common.notification_log import NotificationLog, Outcome, Page
from websocket_service.live import close_errors
from websocket_service.live.delivery import Offer
from websocket_service.live.session import Session
from websocket_service.metrics import LiveCounters
from websocket_service.protocol import server_frames
from websocket_service.protocol.limits import FeedLimits
from websocket_service.protocol.server_frames import Frame, Kind, encode_frame

REREAD_PAUSE_S = (0.1, 1.0)
"""Between which a catch-up pauses, at random, when the stream can't be read."""

ENTRIES_A_TURN = 16
"""How many missed entries are written before the loop serves the other clients: to write one doesn't wait while the
client's connection has room, and a page would be written at one go."""

_logger = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Connection:
    """A client that was admitted: its session and the first page of its stream.

    The page was read after the user's channel was confirmed. ``retry_after_ms`` is the time over which a client that
    loses the server without a word should spread its return.
    """

    session: Session
    page: Page
    retry_after_ms: int


@dataclass(frozen=True, slots=True)
class CatchUp:
    """Yields the opening frames and the missed notifications of each client; one for the process.

    ``reads`` bounds how many streams are read again at once, because after a Redis restart every connection wants to.
    """

    log: NotificationLog
    reads: asyncio.Semaphore
    limits: FeedLimits
    clock: Clock
    scheduler: Scheduler
    counters: LiveCounters

    async def open(self, connection: Connection) -> AsyncIterator[Frame]:
        """Yield ``feed.ready``, and the page that was read when the client was admitted."""
        session = connection.session
        announced = self._opening(connection) if session.request.controls else ()
        async for frame in self._send_page(session, connection.page, announced):
            yield frame

    async def resume(self, session: Session) -> AsyncIterator[Frame]:
        """Yield the next page to a client that was live before; after a failed read the caller tries again."""
        user_id, cursor = session.principal.user_id, session.delivery.cursor
        try:
            async with self.reads:
                session.delivery.begin_read()
                page = await self.log.read_after(user_id, cursor, limit=self.limits.page_entries)
        except HuleEduError as failure:
            self.counters.catch_ups["failed"] += 1
            _logger.warning("playback.unreadable", error_code=str(failure.error_code))
            await sleep(self.scheduler, spread(*REREAD_PAUSE_S))
            return
        async for frame in self._send_page(session, page, _interruption(page)):
            yield frame

    async def _send_page(self, session: Session, page: Page, announced: Sequence[Frame]) -> AsyncIterator[Frame]:
        """Yield ``page`` after the control frames ``announced``, and go live if nothing follows the page."""
        self.counters.catch_ups[page.outcome] += 1
        for control in self._controls(session, announced):
            yield control
        for place, entry in enumerate(page.entries, start=1):
            if session.ended_by is not None:
                return
            if place % ENTRIES_A_TURN == 0:
                await asyncio.sleep(0)
            yield self._begin_write(session, encode_frame(entry.payload, cursor=entry.cursor, kind=Kind.LOGGED))
            session.delivery.advance(entry.cursor)
            self.counters.frames_sent["replayed"] += 1
        session.delivery.advance(page.cursor)
        if not page.more:
            for control in self._controls(session, _seen_update(session, page)):
                yield control
            if session.delivery.finish_read() is Offer.OVERFLOW:
                session.end(close_errors.slow_consumer())
        session.writing_since = None
        session.delivery.seen = session.delivery.seen or page.seen.cursor

    def _opening(self, connection: Connection) -> Sequence[Frame]:
        page = connection.page
        ready = server_frames.ready(
            cursor=page.start,
            outcome=page.outcome,
            heartbeat_s=self.limits.ping_interval_s,
            retry_after_ms=connection.retry_after_ms,
        )
        return (ready, *_gap_of(page))

    def _controls(self, session: Session, frames: Sequence[Frame]) -> Iterator[Frame]:
        """Yield control frames to a client that understands them."""
        if not session.request.controls:
            return
        for frame in frames:
            yield self._begin_write(session, frame)
            self.counters.frames_sent[Kind.CONTROL] += 1

    def _begin_write(self, session: Session, frame: Frame) -> Frame:
        session.writing_since = self.clock.monotonic()
        return frame


def _interruption(page: Page) -> Sequence[Frame]:
    if page.outcome is Outcome.RESET:
        return (server_frames.reset(cursor=page.start),)
    return _gap_of(page)


def _seen_update(session: Session, page: Page) -> Sequence[Frame]:
    """Return ``feed.seen`` for a client that was live before, when the mark has moved past what it knows."""
    moved = session.delivery.seen is not None and session.delivery.learn_seen(page.seen.cursor)
    return (server_frames.seen(page.seen),) if moved else ()


def _gap_of(page: Page) -> Sequence[Frame]:
    return () if page.gap is None else (server_frames.gap(page.gap),)
