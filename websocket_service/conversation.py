"""An accepted WebSocket from its first frame to its last."""

import asyncio
from dataclasses import dataclass

from common.notification_log import Page
from websocket_service.listening import Ear
from websocket_service.playback import Player, Welcome
from websocket_service.ports import Transport
from websocket_service.session import Session


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
