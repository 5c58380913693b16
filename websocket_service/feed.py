"""Who comes in, who is sent away, and when."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from common.errors.exceptions import HuleEduError
from common.identity.principal import Principal
from common.notification_log import Page
from websocket_service import endings
from websocket_service.channels import ChannelNames
from websocket_service.hub import Hub
from websocket_service.playback import Player, Welcome
from websocket_service.ports import Leases, Subscriptions
from websocket_service.session import Bounds, Session, Visit
from websocket_service.sweeper import Sweeper

ADMISSION_DEADLINE_S = 3.0
"""How long a client waits for its channel and its turn before it is sent to come back later."""

ADMITTED_AT_ONCE = 64
"""How many clients ask Redis for their place and their first page at the same time.

It makes nobody faster to ask for all at once, and a rush would need more connections than there are.
"""


@dataclass(frozen=True, slots=True)
class Admission:
    """A client that is in: its session, its stream's first page, and what it is told."""

    session: Session
    page: Page
    welcome: Welcome


@dataclass(frozen=True, slots=True)
class Gate:
    """What stands between a verified caller and the feed."""

    subscriptions: Subscriptions
    leases: Leases
    channels: ChannelNames


class Feed:
    """Admits clients and keeps them until they leave or are sent away."""

    def __init__(self, hub: Hub[Session], gate: Gate, player: Player, sweeper: Sweeper, bounds: Bounds) -> None:
        self._hub = hub
        self._sweeper = sweeper
        self._gate = gate
        self._player = player
        self._bounds = bounds
        self._turns = asyncio.Semaphore(ADMITTED_AT_ONCE)

    @asynccontextmanager
    async def admit(self, principal: Principal, visit: Visit) -> AsyncIterator[Admission]:
        """Enter, and leave with the block; raises as :meth:`enter`."""
        admission = await self.enter(principal, visit)
        try:
            yield admission
        finally:
            self.leave(admission.session)

    async def enter(self, principal: Principal, visit: Visit) -> Admission:
        """Make a session for a verified caller; it has to :meth:`leave`.

        Raises:
            HuleEduError: AUTHENTICATION_ERROR (``revoked``), CONNECTION_LIMIT, SERVICE_OVERLOADED when Redis is away.
        """
        session = Session(principal, visit, self._bounds)
        tally = self._bounds.tally
        self._hub.join(principal.user_id, session)
        tally.sockets[visit.transport] += 1
        try:
            page = await self._enter(session)
        except BaseException:
            self._forget(session)
            raise
        tally.admissions[page.outcome] += 1
        self._sweeper.examine(session)
        return Admission(session, page, self._welcome())

    def leave(self, session: Session) -> None:
        """Forget the session and give back what it had; doing so again changes nothing."""
        if session.gone:
            return
        self._forget(session)
        code = "CLIENT_LEFT" if session.ended_by is None else str(session.ended_by.error_code)
        self._bounds.tally.endings[code] += 1

    def _forget(self, session: Session) -> None:
        user_id = session.principal.user_id
        session.leave()
        if self._hub.leave(user_id, session):
            self._gate.subscriptions.remove(self._gate.channels.of(user_id))
        self._gate.leases.release(user_id, session.lease)
        self._bounds.tally.sockets[session.visit.transport] -= 1

    async def _enter(self, session: Session) -> Page:
        try:
            return await self._entered(session)
        except HuleEduError as refusal:
            failure = endings.on_arrival(refusal)
            self._bounds.tally.admissions[str(failure.error_code)] += 1
            raise failure from refusal

    async def _entered(self, session: Session) -> Page:
        """Take the client's place and return the first page of its stream.

        The order makes it whole: the session is among the user's before revocations are looked up, so that one
        published meanwhile finds it; the channel is confirmed before the stream is read, so that nothing is missed.
        """
        principal, gate = session.principal, self._gate
        try:
            async with asyncio.timeout(ADMISSION_DEADLINE_S):
                await asyncio.shield(gate.subscriptions.add(gate.channels.of(principal.user_id)))
                await self._turns.acquire()
        except TimeoutError:
            raise endings.overloaded() from None
        try:
            if not await gate.leases.acquire(principal, session.lease):
                raise endings.connection_limit(self._bounds.limits.sockets_per_user)
            return await self._player.read(session, session.visit.cursor)
        finally:
            self._turns.release()

    def _welcome(self) -> Welcome:
        limits = self._bounds.limits
        return Welcome(limits.ping_interval_s, max(1000, int(len(self._hub) / limits.reconnects_per_s * 1000)))
