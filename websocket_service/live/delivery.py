"""What one client is owed: live frames and catch-up in one order, without a hole and without a duplicate.

The user's stream is the truth and pub/sub only the fast way to hear of its end. A client is either *live*, when frames
go from pub/sub straight to its outbox, or *behind*, when it catches up from the stream and live frames are held until
that is done. Four facts make the two ends meet:

* a message is appended before it is published, so whatever was published before a read began is in what it read;
* a frame held while a read ran is newer than the page or a copy of something in it, and cursors tell which;
* a cursor counts the user's messages (``seq``), so that a frame tells whether the one before it was lost on the way;
* what doesn't fit among the held is in the stream, so forgetting it only means reading once more.
"""

import asyncio
from collections.abc import Callable
from enum import Enum, auto

from common.notification_log import Cursor
from websocket_service.protocol.server_frames import Frame


class TaskSignal:
    """Set by anything on the loop, awaited by one task, cleared by waking it; smaller than an ``asyncio.Event``.

    The task may be one that is started only when it is needed first.
    """

    __slots__ = ("_is_set", "_start", "_waiter")

    def __init__(self) -> None:
        self._is_set = False
        self._start: Callable[[], object] | None = None
        self._waiter: asyncio.Future[None] | None = None

    def set(self) -> None:
        """Set the signal, and wake the task that waits, or start it."""
        self._is_set = True
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)
        elif self._start is not None:
            start, self._start = self._start, None
            start()

    def start_when_set(self, start: Callable[[], object] | None) -> None:
        """Clear the signal, and call ``start``, unless it is None, the next time that it is set."""
        self._is_set = False
        self._start = start

    async def wait(self) -> None:
        """Return once the signal is set, and clear it. Cancel-safe; for one task at a time."""
        if not self._is_set:
            self._waiter = asyncio.get_running_loop().create_future()
            try:
                await self._waiter
            finally:
                self._waiter = None
        self._is_set = False


class Outbox:
    """A queue bounded by frames and by bytes; pure, so the client's writer waits elsewhere.

    A frame counts until :meth:`pop` removes it: what the writer is writing is memory too. It is a list
    and not a deque because an empty deque takes ten times an empty list, and most outboxes are empty.
    """

    __slots__ = ("_frames", "_max_bytes", "_max_frames", "size")

    def __init__(self, max_bytes: int, max_frames: int) -> None:
        self._frames: list[Frame] = []
        self._max_bytes = max_bytes
        self._max_frames = max_frames
        self.size = 0

    def offer(self, frame: Frame) -> bool:
        """Take ``frame`` and return True, or leave everything as it was and return False when a bound would be passed.

        An empty outbox takes any frame: one that is larger than the bound would otherwise never be delivered.
        """
        if self._frames and (len(self._frames) >= self._max_frames or self.size + frame.size > self._max_bytes):
            return False
        self._frames.append(frame)
        self.size += frame.size
        return True

    def peek(self) -> Frame | None:
        """Return the oldest frame without removing it, None when nothing waits."""
        return self._frames[0] if self._frames else None

    def pop(self) -> None:
        """Remove the oldest frame, because the client's connection has taken it."""
        self.size -= self._frames.pop(0).size

    def clear(self) -> None:
        """Remove everything."""
        self._frames = []
        self.size = 0

    def __len__(self) -> int:
        return len(self._frames)


class Offer(Enum):
    """What became of a frame that was offered."""

    TAKEN = auto()
    HELD = auto()
    DUPLICATE = auto()
    LAPSED = auto()
    """The stream began anew under a live client, or a frame before this one never came: it has to catch up."""
    DROPPED = auto()
    """A frame that can't be replayed found no room."""
    OVERFLOW = auto()
    """The client is too slow for its outbox."""


class Delivery:
    """Decides for each frame whether it goes out, waits or is dropped. No I/O; one per client.

    ``cursor`` is the place up to which the client has been given everything; it starts behind. ``seen`` is the user's
    seen-mark as far as the client may know it, None until that is found out.
    """

    __slots__ = ("_held", "_missed", "cursor", "live", "outbox", "seen")

    def __init__(self, outbox: Outbox, held: Outbox) -> None:
        self.outbox = outbox
        self.cursor: Cursor | None = None
        self.live = False
        self.seen: Cursor | None = None
        self._held = held
        self._missed = False

    def offer(self, frame: Frame) -> Offer:
        """Take one frame as it comes from pub/sub."""
        if not self.live:
            return self._hold(frame)
        if frame.cursor is not None:
            return self._append(frame, frame.cursor)
        if frame.seen is not None and not self.learn_seen(frame.seen):
            return Offer.DUPLICATE
        return Offer.TAKEN if self.outbox.offer(frame) else Offer.OVERFLOW

    def fall_behind(self) -> None:
        """Note that live frames may have been missed: the client catches up from the stream before it is live again."""
        self.live = False
        self._missed = True

    def begin_read(self) -> None:
        """Prepare for a read of the stream that is about to be sent: it will hold every logged frame held so far."""
        self._missed = False
        self._forget_logged()

    def advance(self, cursor: Cursor) -> None:
        """Note that everything up to ``cursor`` has been given to the client."""
        self.cursor = cursor

    def learn_seen(self, mark: Cursor) -> bool:
        """Note where the seen-mark stands; False when the client knows that or more, since it never moves back."""
        known = self.seen
        if known is not None and known.epoch == mark.epoch and (mark.ms, mark.seq) <= (known.ms, known.seq):
            return False
        self.seen = mark
        return True

    def finish_read(self) -> Offer:
        """Go live after a read that reached the stream's end and whose frames have gone out.

        What was held and is newer follows into the outbox. Afterwards ``live`` tells whether another read is needed
        because something happened meanwhile; OVERFLOW that what was held is more than the client may have waiting.
        """
        if self._missed:
            return Offer.LAPSED
        self.live = True
        while (frame := self._held.peek()) is not None:
            self._held.pop()
            outcome = self.offer(frame)
            if outcome in {Offer.LAPSED, Offer.OVERFLOW}:
                return outcome
        return Offer.TAKEN

    def _append(self, frame: Frame, cursor: Cursor) -> Offer:
        here = self.cursor
        if here is None or cursor.epoch != here.epoch:
            self.fall_behind()
            return Offer.LAPSED
        if (cursor.ms, cursor.seq) <= (here.ms, here.seq):
            return Offer.DUPLICATE
        if cursor.seq != here.seq + 1:
            self.fall_behind()
            return Offer.LAPSED
        if not self.outbox.offer(frame):
            return Offer.OVERFLOW
        self.cursor = cursor
        return Offer.TAKEN

    def _hold(self, frame: Frame) -> Offer:
        if self._held.offer(frame):
            return Offer.HELD
        self._missed = True
        self._forget_logged()
        if frame.cursor is not None:
            return Offer.HELD
        return Offer.HELD if self._held.offer(frame) else Offer.DROPPED

    def _forget_logged(self) -> None:
        kept = []
        while (frame := self._held.peek()) is not None:
            self._held.pop()
            if frame.cursor is None:
                kept.append(frame)
        for frame in kept:
            self._held.offer(frame)
