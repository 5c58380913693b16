"""A feed without servers: fakes behind every port, time wound by hand."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from uuid import uuid4

from common.clock import Clock
from common.identity.principal import Principal, TokenId, UserId
from common.identity.revocation import REVOCATIONS_CHANNEL
from common.notification_log import Cursor
from tests.fakes.clock import FakeClock
from tests.fakes.leases import FakeLeases
from tests.fakes.notification_log import FakeNotificationLog
from tests.fakes.revocations import FakeRevocations
from tests.fakes.subscriptions import FakeSubscriptions
from tests.support.eventually import PATIENCE_S
from websocket_service.channels import ChannelNames
from websocket_service.feed import Admission, Feed, Gate
from websocket_service.hub import Hub
from websocket_service.playback import Player
from websocket_service.protocol.limits import FeedLimits
from websocket_service.protocol.server_frames import Frame
from websocket_service.relay import Relay
from websocket_service.session import Bounds, Session, Visit
from websocket_service.sweeper import SLOT_S, Sweeper
from websocket_service.tally import FeedTally
from websocket_service.wheel import TimerWheel

ANNA = UserId("anna")


@dataclass
class FeedParts:
    """Everything a feed is made of; a message appended to ``log`` is published to ``subscriptions``."""

    limits: FeedLimits = field(default_factory=FeedLimits)
    clock: FakeClock = field(default_factory=FakeClock)
    tally: FeedTally = field(default_factory=FeedTally)

    def __post_init__(self) -> None:
        """Put the parts together."""
        channels = ChannelNames()
        self.hub = Hub[Session]()
        self.revocations = FakeRevocations()
        self.relay = Relay(self.hub, channels, self.revocations, self.limits, self.tally)
        self.subscriptions = FakeSubscriptions(self.relay, [REVOCATIONS_CHANNEL])
        self.log = FakeNotificationLog(
            clock=self.clock,
            on_publish=lambda user_id, payload: self.subscriptions.publish(channels.of(user_id), payload),
        )
        self.leases = FakeLeases(self.revocations, places=self.limits.sockets_per_user)
        clock: Clock = self.clock
        self.sweeper = Sweeper(self.hub, TimerWheel[Session](slot_s=SLOT_S), clock)
        self.player = Player(self.log, asyncio.Semaphore(4), self.limits, clock, self.tally)
        gate = Gate(self.subscriptions, self.leases, channels)
        self.feed = Feed(self.hub, gate, self.player, self.sweeper, Bounds(self.limits, clock, self.tally))

    def caller(self, user_id: UserId = ANNA, *, lifetime_s: float = 3600) -> Principal:
        """Return somebody who has just got a token."""
        now = self.clock.now()
        expires_at = now + timedelta(seconds=lifetime_s)
        return Principal(user_id=user_id, issued_at=now, expires_at=expires_at, token_id=TokenId(uuid4().hex))

    def visit(self, *, controls: bool = True, audible: bool = True, cursor: Cursor | None = None) -> Visit:
        """Return how a client comes."""
        return Visit("test", controls=controls, audible=audible, cursor=cursor)

    async def append(self, number: int, user_id: UserId = ANNA) -> Cursor:
        """Append ``{"event":"e","data":number}`` to the user's log."""
        return (await self.log.append(user_id, event_id=uuid4(), message=b'{"event":"e","data":%d}' % number)).cursor

    def playing(self, admission: Admission) -> AsyncIterator[Frame]:
        """Return the frames of an admitted client."""
        return self.player.frames(admission.session, admission.page, admission.welcome)

    def pass_time(self, seconds: float) -> None:
        """Let time pass, and the sweeper sweep."""
        self.clock.advance(seconds)
        self.sweeper.sweep()


async def take(frames: AsyncIterator[Frame], count: int) -> Sequence[str]:
    """Return the texts of the next ``count`` frames; fails when one has to be waited for."""
    async with asyncio.timeout(PATIENCE_S):
        return [(await anext(frames)).text for _ in range(count)]


async def read_all(frames: AsyncIterator[Frame], into: list[str]) -> None:
    """Add the text of each frame to ``into`` as it comes."""
    async for frame in frames:
        into += [frame.text]
