"""Admits feed connections, serves them, and sends them away when the replica drains."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial

from common.clock import Scheduler, Timeout
from common.errors.exceptions import HuleEduError
from common.identity.principal import Principal, UserId
from common.notification_log import Page
from common.web.serving.drain import DrainState
from websocket_service.live import close_errors
from websocket_service.live.catch_up import Connection
from websocket_service.live.client_messages import ClientMessages
from websocket_service.live.dispatcher import ChannelNames
from websocket_service.live.hub import Hub
from websocket_service.live.ports import Leases, Subscriptions, Transport
from websocket_service.live.session import ConnectionRequest, Session, SessionContext, new_lease
from websocket_service.live.writer import FrameWriter
from websocket_service.protocol.limits import FeedLimits
from websocket_service.protocol.server_frames import Frame

ADMISSION_DEADLINE_S = 3.0
"""How long a client waits for its channel and its turn before it is sent to come back later."""

ADMITTED_AT_ONCE = 64
"""How many clients ask Redis for their place and their first page at the same time.

To ask for all at once makes none faster, and all that a rush is answered would be held in memory at once.
"""

PROBE_MARGIN_S = 0.5
"""How much longer than the user's other connections have to answer an arrival waits for the place of one that doesn't:
what it takes to ask them, to look and to give the place back."""

RETRY_PLACE_AFTER_S = (0.5, 1.0)
"""The further tries, where another replica is slow."""

DRAIN_SPREAD_S = 4.0
"""Over how long the closes of a drain are spread at most, however many connections there are."""

DRAIN_STEP_S = 0.05


@dataclass(frozen=True, slots=True)
class Connections:
    """Admits clients and keeps them until they leave or are sent away; one for the process."""

    hub: Hub[Session]
    subscriptions: Subscriptions
    leases: Leases
    channels: ChannelNames
    writer: FrameWriter
    scheduler: Scheduler
    drain_state: DrainState
    context: SessionContext
    _waiting: Counter[UserId] = field(init=False, default_factory=Counter)
    _turns: asyncio.Semaphore = field(init=False, default_factory=lambda: asyncio.Semaphore(ADMITTED_AT_ONCE))

    @asynccontextmanager
    async def admit(self, principal: Principal, request: ConnectionRequest) -> AsyncIterator[Connection]:
        """Open a connection, and close it with the block; raises as :meth:`open`."""
        connection = await self.open(principal, request)
        try:
            yield connection
        finally:
            self.close(connection.session)

    async def open(self, principal: Principal, request: ConnectionRequest) -> Connection:
        """Admit a verified caller; its session has to be closed.

        Raises:
            HuleEduError: AUTHENTICATION_ERROR (``revoked``), CONNECTION_LIMIT, SERVICE_OVERLOADED when Redis is away.
        """
        session = Session(principal, request, self.context)
        counters = self.context.counters
        self.hub.join(principal.user_id, session)
        counters.sockets[request.transport] += 1
        try:
            page = await self._admit(session)
        except BaseException:
            self._forget(session)
            raise
        counters.admissions[page.outcome] += 1
        session.examine()
        return Connection(session, page, self._return_spread_ms())

    def close(self, session: Session) -> None:
        """Forget the session and give back what it had; doing so again changes nothing."""
        if session.gone:
            return
        self._forget(session)
        code = "CLIENT_LEFT" if session.ended_by is None else str(session.ended_by.error_code)
        self.context.counters.endings[code] += 1

    def _forget(self, session: Session) -> None:
        user_id = session.principal.user_id
        session.mark_gone()
        if self.hub.leave(user_id, session):
            self.subscriptions.unsubscribe(self.channels.of(user_id))
        self.leases.release(user_id, session.lease)
        self.context.counters.sockets[session.request.transport] -= 1

    async def _admit(self, session: Session) -> Page:
        """Take the client's place and return the first page of its stream.

        The order makes it whole: the session is among the user's before revocations are looked up, so that one
        published meanwhile finds it; the channel is confirmed before the stream is read, so that nothing is missed.
        """
        try:
            await self._confirmed(self.subscriptions.subscribe(self.channels.of(session.principal.user_id)))
            page = await self._take_place(session)
            return await self._replace_dead_peer(session) if page is None else page
        except HuleEduError as refusal:
            failure = close_errors.arrival_error(refusal)
            self.context.counters.admissions[str(failure.error_code)] += 1
            if failure is refusal:
                raise
            raise failure from refusal

    async def _confirmed(self, confirmation: asyncio.Future[None]) -> None:
        """Return once the channel is confirmed; raises HuleEduError: SERVICE_OVERLOADED when that takes too long.

        One future waits for the confirmation or the time, whichever comes first: for that a Timeout cancels a task, and
        ``asyncio.shield`` leaves a future that only the garbage collector frees.
        """
        if not confirmation.done():
            over: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            wake = partial(_wake, over)
            confirmation.add_done_callback(wake)
            timer = self.scheduler.call_later(ADMISSION_DEADLINE_S, wake, confirmation)
            try:
                await over
            finally:
                timer.cancel()
                confirmation.remove_done_callback(wake)
            if not confirmation.done():
                raise close_errors.service_overload()
        confirmation.result()

    async def _wait_for_turn(self) -> None:
        """Return when it is the arrival's turn; raises HuleEduError: SERVICE_OVERLOADED when that takes too long."""
        try:
            async with Timeout(self.scheduler, ADMISSION_DEADLINE_S):
                await self._turns.acquire()
        except TimeoutError:
            raise close_errors.service_overload() from None

    async def _take_place(self, session: Session) -> Page | None:
        """Take a place and read the first page; None when the user has no place left."""
        if self._turns.locked():
            await self._wait_for_turn()
        else:
            await self._turns.acquire()  # at once
        try:
            session.delivery.begin_read()
            return await self.leases.acquire(session.principal, session.lease, session.request.cursor)
        finally:
            self._turns.release()

    async def _replace_dead_peer(self, session: Session) -> Page:
        """Have the user's connections, on every replica, show that they live, and take the place of one that doesn't.

        No more of a user's arrivals wait for that at a time than the user has places.
        """
        user_id, limits = session.principal.user_id, self.context.limits
        if self._waiting[user_id] >= limits.sockets_per_user:
            raise close_errors.connection_limit(limits.sockets_per_user)
        self._waiting[user_id] += 1
        try:
            await self.leases.probe_user(user_id)
            for pause_s in (limits.answer_within_s + PROBE_MARGIN_S, *RETRY_PLACE_AFTER_S):
                await self.drain_state.sleep(pause_s)
                if session.ended_by is not None:
                    raise session.ended_by
                session.lease = new_lease()
                if (page := await self._take_place(session)) is not None:
                    return page
        finally:
            self._waiting.subtract((user_id,))
            if not self._waiting[user_id]:
                del self._waiting[user_id]
        raise close_errors.connection_limit(limits.sockets_per_user)

    def _return_spread_ms(self) -> int:
        return max(1000, int(len(self.hub) / self.context.limits.reconnects_per_s * 1000))


def _wake(over: asyncio.Future[None], _confirmation: asyncio.Future[None]) -> None:
    if not over.done():
        over.set_result(None)


async def serve_connection(
    connection: Connection, transport: Transport, writer: FrameWriter, messages: ClientMessages
) -> None:
    """Write to a client and act on its messages until its connection ends, and always raise what ended it.

    The calling task receives, and one more writes; that one is started when it has something to write. Most clients
    have missed nothing when they come, and what comes later is sent at once (:meth:`Session.offer`).

    Raises:
        HuleEduError: why the feed ended it.
        asyncio.CancelledError: the client left.
    """
    session = connection.session
    try:
        async with asyncio.timeout(None) as scope:
            session.bind(partial(_expire, scope))
            try:
                async with asyncio.TaskGroup() as group:
                    await _begin_to_write(connection, transport, writer, group)
                    while True:
                        await messages.act_on(session, await transport.receive())
            finally:
                session.unbind()
    except TimeoutError:
        if session.ended_by is None:
            raise
        raise session.ended_by from None


def _expire(scope: asyncio.Timeout) -> None:
    """Cancel what ``scope`` encloses, as if its time were up; once at most."""
    scope.reschedule(asyncio.get_running_loop().time())


async def _begin_to_write(
    connection: Connection, transport: Transport, writer: FrameWriter, group: asyncio.TaskGroup
) -> None:
    """Write the opening, and have ``group`` write what follows, which may have to wait for the client."""
    session = connection.session
    if connection.page.entries:
        group.create_task(_write(session, transport, writer.frames(connection)))
        return
    async for frame in writer.catch_up.open(connection):
        await transport.send(frame)

    def start() -> None:
        group.create_task(_write(session, transport, writer.frames_after_opening(session)))

    if session.has_to_write():
        start()
    else:
        session.writer_signal.start_when_set(start)


async def _write(session: Session, transport: Transport, frames: AsyncIterator[Frame]) -> None:
    async for frame in frames:
        await transport.send(frame)
    session.abort()


async def drain(hub: Hub[Session], limits: FeedLimits) -> None:
    """Send every client away, so spread that they come back at ``limits.reconnects_per_s`` and not all at once.

    A client's slot counts from the start of the drain; its close tells what is then left of it.
    """
    sessions = list(hub)
    per_step = max(1, int(limits.reconnects_per_s * DRAIN_STEP_S), -(-len(sessions) * DRAIN_STEP_S // DRAIN_SPREAD_S))
    closed_after_s = 0.0
    for place, session in enumerate(sessions):
        if place and place % per_step == 0:
            await asyncio.sleep(DRAIN_STEP_S)
            closed_after_s += DRAIN_STEP_S
        slot_s = place / limits.reconnects_per_s
        session.drain(retry_after_ms=max(0, round((slot_s - closed_after_s) * 1000)))
