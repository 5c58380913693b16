"""A feed without servers: fakes behind every port, time wound by hand."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Self
from uuid import uuid4

from common.clock import Clock
from common.identity.principal import Principal, TokenId, UserId
from common.identity.revocation import REVOCATIONS_CHANNEL
from common.notification_log import Cursor
from common.web.serving.drain import DrainState
from tests.fakes.client_connection import FakeClientConnection
from tests.fakes.clock import FakeClock
from tests.fakes.leases import FakeLeases
from tests.fakes.notification_log import FakeNotificationLog
from tests.fakes.revocations import FakeRevocations
from tests.fakes.scheduler import FakeScheduler
from tests.fakes.subscriptions import FakeSubscriptions
from tests.support.eventually import PATIENCE_S, eventually
from websocket_service.live.catch_up import CatchUp, Connection
from websocket_service.live.connections import Connections
from websocket_service.live.dispatcher import PROBES_CHANNEL, ChannelNames, Dispatcher, encode_probe
from websocket_service.live.hub import Hub
from websocket_service.live.session import ConnectionRequest, Session, SessionContext
from websocket_service.live.sweeper import SLOT_S, Examinable, Sweeper, TimerWheel
from websocket_service.live.writer import FrameWriter
from websocket_service.metrics import LiveCounters
from websocket_service.protocol.limits import FeedLimits
from websocket_service.protocol.server_frames import Frame

ANNA = UserId("anna")


@dataclass
class FeedParts:
    """Everything a feed is made of; a message appended to ``log`` is published to ``subscriptions``.

    Another replica beside it has its ``clock`` and, as ``shared_leases``, its leases.
    """

    limits: FeedLimits = field(default_factory=FeedLimits)
    clock: FakeClock = field(default_factory=FakeClock)
    counters: LiveCounters = field(default_factory=LiveCounters)
    shared_leases: FakeLeases | None = None

    def __post_init__(self) -> None:
        """Put the parts together."""
        channels = ChannelNames()
        self.hub = Hub[Session]()
        self.revocations = FakeRevocations()
        clock: Clock = self.clock
        self.scheduler = FakeScheduler()
        self.drain_state = DrainState(self.scheduler)
        wheel = TimerWheel[Examinable]()
        self.sweeper = Sweeper(self.hub, wheel, clock)
        self.dispatcher = Dispatcher(self.hub, channels, self.revocations, self.limits, self.scheduler, self.counters)
        self.subscriptions = FakeSubscriptions(self.dispatcher, [REVOCATIONS_CHANNEL, PROBES_CHANNEL])
        self.log = FakeNotificationLog(
            clock=self.clock,
            on_publish=lambda user_id, payload: self.subscriptions.publish(channels.of(user_id), payload),
        )
        self.leases = self.shared_leases or FakeLeases(
            self.revocations,
            places=self.limits.sockets_per_user,
            log=self.log,
            page_entries=self.limits.page_entries,
        )
        self.leases.replicas.append(
            lambda user_id: self.subscriptions.publish(PROBES_CHANNEL, encode_probe(user_id)),
        )
        self.writer = FrameWriter(
            CatchUp(self.log, asyncio.Semaphore(4), self.limits, clock, self.scheduler, self.counters),
            clock,
        )
        self.connections = Connections(
            self.hub,
            self.subscriptions,
            self.leases,
            channels,
            self.writer,
            self.scheduler,
            self.drain_state,
            SessionContext(self.limits, clock, wheel, self.counters),
        )

    def caller(self, user_id: UserId = ANNA, *, lifetime_s: float = 3600) -> Principal:
        """Return a caller whose token is new."""
        now = self.clock.now()
        expires_at = now + timedelta(seconds=lifetime_s)
        return Principal(user_id=user_id, issued_at=now, expires_at=expires_at, token_id=TokenId(uuid4().hex))

    def request(
        self,
        *,
        controls: bool = True,
        bidirectional: bool = True,
        cursor: Cursor | None = None,
        client: FakeClientConnection | None = None,
    ) -> ConnectionRequest:
        """Return how a client asks to be connected."""
        return ConnectionRequest("test", controls=controls, bidirectional=bidirectional, cursor=cursor, client=client)

    async def append(self, number: int, user_id: UserId = ANNA) -> Cursor:
        """Append ``{"event":"e","data":number}`` to the user's log."""
        return (await self.log.append(user_id, event_id=uuid4(), message=b'{"event":"e","data":%d}' % number)).cursor

    async def when_probed(self, arrival: Awaitable[Connection], *others: Self) -> Connection:
        """Return what becomes of an arrival that finds no place, as time passes here and on ``others``."""
        over = asyncio.Event()

        async def ended() -> Connection:
            try:
                return await arrival
            finally:
                over.set()

        connection, _ = await asyncio.gather(ended(), self._pass_time_until(over, (self, *others)))
        return connection

    async def _pass_time_until(self, over: asyncio.Event, replicas: Sequence[Self]) -> None:
        while not over.is_set():
            await eventually(lambda: over.is_set() or bool(self.scheduler.delays_s))
            self.clock.advance(SLOT_S)
            for replica in replicas:
                replica.scheduler.advance(SLOT_S)
                replica.sweeper.sweep()
                for session in replica.hub:
                    if session.ended_by is not None:
                        replica.connections.close(session)
            await asyncio.sleep(0)

    def pass_time(self, seconds: float) -> None:
        """Let time pass, call back what becomes due, and have the sweeper sweep."""
        self.clock.advance(seconds)
        self.scheduler.advance(seconds)
        self.sweeper.sweep()


async def take(frames: AsyncIterator[Frame], count: int) -> Sequence[str]:
    """Return the texts of the next ``count`` frames; fails when one has to be waited for."""
    async with asyncio.timeout(PATIENCE_S):
        return [(await anext(frames)).text for _ in range(count)]


async def read_all(frames: AsyncIterator[Frame], into: list[str]) -> None:
    """Add the text of each frame to ``into`` as it comes."""
    async for frame in frames:
        into += [frame.text]
