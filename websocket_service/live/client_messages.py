"""Acts on the messages of clients."""

from dataclasses import dataclass

from common.clock import Clock
from common.errors.codes import ErrorCode
from common.errors.exceptions import HuleEduError, error_object
from common.identity.principal import TokenVerifier
from common.notification_log import Cursor, NotificationLog
from websocket_service.live import close_errors
from websocket_service.live.ports import Revocations
from websocket_service.live.session import Session
from websocket_service.metrics import LiveCounters
from websocket_service.protocol import server_frames
from websocket_service.protocol.client_frames import (
    ClientFrame,
    Ping,
    Renewal,
    SeenUpTo,
    Unrecognised,
    parse_client_frame,
)
from websocket_service.protocol.limits import FeedLimits
from websocket_service.protocol.server_frames import PONG

NOT_A_CURSOR = '"id" is not a cursor of this feed.'


@dataclass(frozen=True, slots=True)
class ClientMessages:
    """Acts on what clients send; one for the process."""

    verifier: TokenVerifier
    revocations: Revocations
    log: NotificationLog
    limits: FeedLimits
    clock: Clock
    counters: LiveCounters

    async def act_on(self, session: Session, raw: str | bytes) -> None:
        """Act on one message.

        A message that fails is answered by ``feed.error``; only a refused credential and too many messages end the
        connection.
        """
        session.note_heard()
        frame = parse_client_frame(raw)
        self.counters.client_frames[frame.kind] += 1
        if not session.budget.spend(self.clock.monotonic()):
            session.end(close_errors.message_limit(self.limits.client_frames_per_minute))
            return
        try:
            await self._act(session, frame)
        except HuleEduError as failure:
            _report(session, failure)

    async def _act(self, session: Session, frame: ClientFrame) -> None:
        match frame:
            case Ping():
                session.send(PONG)
            case Renewal(token=token):
                await self._renew(session, token)
            case SeenUpTo(cursor=text):
                await self._mark_seen(session, text)
            case Unrecognised(problem=problem):
                raise close_errors.invalid_frame(problem)

    async def _renew(self, session: Session, token: str) -> None:
        principal = await self.verifier.verify(token)
        if principal.user_id != session.principal.user_id:
            raise close_errors.other_users_token()
        before = session.principal
        session.renew(principal)  # and then looked up, so that a revocation published meanwhile finds it here
        try:
            await self.revocations.check(principal)
        except HuleEduError:
            session.renew(before)
            raise
        session.examine()

    async def _mark_seen(self, session: Session, text: str) -> None:
        cursor = Cursor.parse(text)
        if cursor is None:
            raise close_errors.invalid_frame(NOT_A_CURSOR)
        await self.log.mark_seen(session.principal.user_id, cursor)


def _report(session: Session, failure: HuleEduError) -> None:
    if failure.error_code is ErrorCode.AUTHENTICATION_ERROR:
        session.end(failure)
    else:
        session.send_control(server_frames.error(error_object(failure.error_detail)))
