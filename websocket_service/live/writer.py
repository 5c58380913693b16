"""Writes what one client gets, in order: the opening, what it missed, then what comes live."""

from collections.abc import AsyncIterator
from dataclasses import dataclass

from common.clock import Clock
from websocket_service.live.catch_up import CatchUp, Connection
from websocket_service.live.session import Session
from websocket_service.protocol.server_frames import Frame


@dataclass(frozen=True, slots=True)
class FrameWriter:
    """Decides the frames that each client gets; one for the process."""

    catch_up: CatchUp
    clock: Clock

    async def frames(self, connection: Connection) -> AsyncIterator[Frame]:
        """Yield frames until the connection ends; to be asked for the next means that the last has gone out."""
        async for frame in self.catch_up.open(connection):
            yield frame
        async for frame in self.frames_after_opening(connection.session):
            yield frame

    async def frames_after_opening(self, session: Session) -> AsyncIterator[Frame]:
        """Yield what comes after the opening and the first page, as :meth:`frames` does."""
        outbox = session.delivery.outbox
        while True:
            while (waiting := outbox.peek()) is not None:
                session.writing_since = self.clock.monotonic()
                yield waiting
                session.writing_since = None
                if outbox.peek() is waiting:
                    outbox.pop()
                session.note_sent(waiting)
            if session.ended_by is not None:
                return
            if session.delivery.live:
                await session.writer_signal.wait()
            else:
                async for frame in self.catch_up.resume(session):
                    yield frame
