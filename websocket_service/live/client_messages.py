"""What becomes of a client's messages, from its first frame to its last."""

import asyncio
from dataclasses import dataclass

from common.clock import Clock
from common.errors.codes import ErrorCode
from common.errors.exceptions import HuleEduError, error_object
from common.identity.principal import TokenVerifier
from common.notification_log import Cursor, NotificationLog, Page
from websocket_service.live import close_errors
from websocket_service.live.ports import Revocations, Transport
from websocket_service.live.session import Session
from websocket_service.live.sweeper import Sweeper
from websocket_service.live.writer import Player, Welcome
from websocket_service.metrics import LiveCounters
from websocket_service.protocol import server_frames
from websocket_service.protocol.client_frames import (
    ClientFrame,
    Ping,
    Renewal,
    SeenMark,
    Unrecognised,
    parse_client_frame,
)
from websocket_service.protocol.limits import FeedLimits
from websocket_service.protocol.server_frames import PONG

NOT_A_CURSOR = '"id" is not a cursor of this feed.'


@dataclass(frozen=True, slots=True)
class Ear:
    """Acts on what clients say; one for the process."""

    verifier: TokenVerifier
    revocations: Revocations
    log: NotificationLog
    sweeper: Sweeper
    limits: FeedLimits
    clock: Clock
    counters: LiveCounters

    async def hear(self, session: Session, raw: str | bytes) -> None:
        """Act on one message.

        What can't be done is answered by ``feed.error``. Only a credential that is refused and too many messages end
        the connection.
        """
        session.show_life()
        frame = parse_client_frame(raw)
        self.counters.client_frames[type(frame).__name__] += 1
        if not session.budget.spend(self.clock.monotonic()):
            session.end(close_errors.too_many_messages(self.limits.client_frames_per_minute))
            return
        try:
            await self._act(session, frame)
        except HuleEduError as failure:
            _report(session, failure)

    async def _act(self, session: Session, frame: ClientFrame) -> None:
        match frame:
            case Ping():
                session.answer(PONG)
            case Renewal(token=token):
                await self._renew(session, token)
            case SeenMark(cursor=text):
                await self._mark_seen(session, text)
            case Unrecognised(problem=problem):
                raise close_errors.misunderstood(problem)

    async def _renew(self, session: Session, token: str) -> None:
        principal = await self.verifier.verify(token)
        if principal.user_id != session.principal.user_id:
            raise close_errors.other_user()
        await self.revocations.check(principal)
        session.renew(principal)
        self.sweeper.examine(session)

    async def _mark_seen(self, session: Session, text: str) -> None:
        cursor = Cursor.parse(text)
        if cursor is None:
            raise close_errors.misunderstood(NOT_A_CURSOR)
        await self.log.mark_seen(session.principal.user_id, cursor)


def _report(session: Session, failure: HuleEduError) -> None:
    if failure.error_code is ErrorCode.AUTHENTICATION_ERROR:
        session.end(failure)
    else:
        session.tell(server_frames.error(error_object(failure.error_detail)))


@dataclass(frozen=True, slots=True)
class Conversation:
    """Writes to and listens to clients; one for the process."""

    player: Player
    ear: Ear

    async def hold(self, session: Session, transport: Transport, page: Page, welcome: Welcome) -> None:
        """Serve the client until its connection ends, and always raise what ended it.

        The calling task listens and one more writes.

        Raises:
            HuleEduError: why the feed ended it.
            asyncio.CancelledError: the client left.
        """
        try:
            async with asyncio.timeout(None) as scope:
                session.bind(scope)
                try:
                    await self._converse(session, transport, page, welcome)
                finally:
                    session.unbind()
        except TimeoutError:
            if session.ended_by is None:
                raise
            raise session.ended_by from None

    async def _converse(self, session: Session, transport: Transport, page: Page, welcome: Welcome) -> None:
        async with asyncio.TaskGroup() as group:
            group.create_task(self._write(session, transport, page, welcome))
            while True:
                await self.ear.hear(session, await transport.receive())

    async def _write(self, session: Session, transport: Transport, page: Page, welcome: Welcome) -> None:
        async for frame in self.player.frames(session, page, welcome):
            await transport.send(frame)
        session.finish()
