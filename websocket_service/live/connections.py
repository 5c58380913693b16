"""Admits feed connections, ends them, and sends them away when the replica drains."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from common.errors.exceptions import HuleEduError
from common.identity.principal import Principal, UserId
from common.notification_log import Page
from websocket_service.live import close_errors
from websocket_service.live.dispatcher import ChannelNames
from websocket_service.live.hub import Hub
from websocket_service.live.ports import Leases, Subscriptions
from websocket_service.live.session import Bounds, Session, Visit, new_lease
from websocket_service.live.sweeper import Pauses, Sweeper
from websocket_service.live.writer import Player, Welcome
from websocket_service.protocol.limits import FeedLimits

ADMISSION_DEADLINE_S = 3.0
"""How long a client waits for its channel and its turn before it is sent to come back later."""

ADMITTED_AT_ONCE = 64
"""How many clients ask Redis for their place and their first page at the same time.

It makes nobody faster to ask for all at once, and a rush would need more connections than there are.
"""


PROBE_MARGIN_S = 0.5
"""How much longer than the user's other connections have to answer an arrival waits for the place of one that doesn't:
what it takes to ask them, to look and to give the place back."""

RETRY_PLACE_AFTER_S = (0.5, 1.0)
"""The further tries, where another replica is slow."""


@asynccontextmanager
async def _soon() -> AsyncIterator[None]:
    """Bound what an arrival waits for; raises HuleEduError: SERVICE_OVERLOADED."""
    try:
        async with asyncio.timeout(ADMISSION_DEADLINE_S):
            yield
    except TimeoutError:
        raise close_errors.overloaded() from None


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
    pauses: Pauses


class Feed:
    """Admits clients and keeps them until they leave or are sent away."""

    def __init__(self, hub: Hub[Session], gate: Gate, player: Player, sweeper: Sweeper, bounds: Bounds) -> None:
        self._hub = hub
        self._waiting = Counter[UserId]()
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
        counters = self._bounds.counters
        self._hub.join(principal.user_id, session)
        counters.sockets[visit.transport] += 1
        try:
            page = await self._enter(session)
        except BaseException:
            self._forget(session)
            raise
        counters.admissions[page.outcome] += 1
        self._sweeper.examine(session)
        return Admission(session, page, self._welcome())

    def leave(self, session: Session) -> None:
        """Forget the session and give back what it had; doing so again changes nothing."""
        if session.gone:
            return
        self._forget(session)
        code = "CLIENT_LEFT" if session.ended_by is None else str(session.ended_by.error_code)
        self._bounds.counters.endings[code] += 1

    def _forget(self, session: Session) -> None:
        user_id = session.principal.user_id
        session.leave()
        if self._hub.leave(user_id, session):
            self._gate.subscriptions.remove(self._gate.channels.of(user_id))
        self._gate.leases.release(user_id, session.lease)
        self._bounds.counters.sockets[session.visit.transport] -= 1

    async def _enter(self, session: Session) -> Page:
        try:
            return await self._entered(session)
        except HuleEduError as refusal:
            failure = close_errors.on_arrival(refusal)
            self._bounds.counters.admissions[str(failure.error_code)] += 1
            raise failure from refusal

    async def _entered(self, session: Session) -> Page:
        """Take the client's place and return the first page of its stream.

        The order makes it whole: the session is among the user's before revocations are looked up, so that one
        published meanwhile finds it; the channel is confirmed before the stream is read, so that nothing is missed.
        """
        principal, gate = session.principal, self._gate
        async with _soon():
            await asyncio.shield(gate.subscriptions.add(gate.channels.of(principal.user_id)))
        page = await self._place_and_page(session)
        return await self._page_after_probe(session) if page is None else page

    async def _place_and_page(self, session: Session) -> Page | None:
        """Take a place and read the first page; None when the user has no place left."""
        async with _soon():
            await self._turns.acquire()
        try:
            if not await self._gate.leases.acquire(session.principal, session.lease):
                return None
            return await self._player.read(session, session.visit.cursor)
        finally:
            self._turns.release()

    async def _page_after_probe(self, session: Session) -> Page:
        """Have the user's connections, on every replica, show that they live, and take the place of one that doesn't.

        No more of a user's arrivals wait for that at a time than the user has places.
        """
        user_id, limit = session.principal.user_id, self._bounds.limits.sockets_per_user
        if self._waiting[user_id] >= limit:
            raise close_errors.connection_limit(limit)
        self._waiting[user_id] += 1
        try:
            await self._gate.leases.probe(user_id)
            for pause_s in (self._bounds.limits.answer_within_s + PROBE_MARGIN_S, *RETRY_PLACE_AFTER_S):
                await self._gate.pauses.wait(pause_s)
                if session.ended_by is not None:
                    raise session.ended_by
                session.lease = new_lease()
                if (page := await self._place_and_page(session)) is not None:
                    return page
        finally:
            self._waiting -= Counter((user_id,))
        raise close_errors.connection_limit(limit)

    def _welcome(self) -> Welcome:
        limits = self._bounds.limits
        return Welcome(limits.ping_interval_s, max(1000, int(len(self._hub) / limits.reconnects_per_s * 1000)))


SPREAD_S = 4.0
"""Over how long the closes are spread at most, however many sockets there are."""

STEP_S = 0.05


async def drain(hub: Hub[Session], limits: FeedLimits, pauses: Pauses) -> None:
    """Send every client away, so spread that they come back at ``limits.reconnects_per_s`` and not all at once.

    Those that wait, to hear that their credential is refused or for a place, are answered at once.
    A client's slot counts from the start of the drain; what it is told is what is left of it when it is closed.
    """
    pauses.end_all()
    sessions = list(hub)
    per_step = max(1, int(limits.reconnects_per_s * STEP_S), -(-len(sessions) * STEP_S // SPREAD_S))
    closed_after_s = 0.0
    for place, session in enumerate(sessions):
        if place and place % per_step == 0:
            await asyncio.sleep(STEP_S)
            closed_after_s += STEP_S
        slot_s = place / limits.reconnects_per_s
        session.drain(retry_after_ms=max(0, round((slot_s - closed_after_s) * 1000)))
