"""From the channels to the connections: hands each message to each of its user's sessions."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import structlog

from common.backoff import spread
from common.clock import Scheduler, sleep
from common.errors.exceptions import HuleEduError
from common.identity.principal import Principal, UserId
from common.identity.revocation import REVOCATIONS_CHANNEL, read_revocation
from common.notification_log.keys import channel_of
from websocket_service.live import close_errors
from websocket_service.live.delivery import TaskSignal
from websocket_service.live.hub import Hub
from websocket_service.live.ports import Revocations
from websocket_service.live.session import Session
from websocket_service.metrics import LiveCounters
from websocket_service.protocol.limits import FeedLimits
from websocket_service.protocol.published import DropReason, parse_published

PROBES_CHANNEL = "feed:probes"
"""Where a replica publishes the id of a user to have the user's connections asked for a sign of life."""


def parse_probe(payload: bytes) -> UserId | None:
    """Return the user a message of :data:`PROBES_CHANNEL` names, None for one that isn't text."""
    try:
        return UserId(payload.decode(errors="surrogatepass"))
    except UnicodeDecodeError:
        return None


def encode_probe(user_id: UserId) -> bytes:
    """Return the message that names the user."""
    return user_id.encode(errors="surrogatepass")


@dataclass(frozen=True, slots=True)
class ChannelNames:
    """Users' channels, from user to name and back."""

    prefix: str = "ws"

    def of(self, user_id: UserId) -> str:
        """Return the user's channel."""
        return channel_of(user_id, prefix=self.prefix)

    def user_of(self, channel: str) -> UserId | None:
        """Return whose channel it is; None for one that is no user's."""
        own = channel_of(UserId(""), prefix=self.prefix)
        return UserId(channel.removeprefix(own)) if channel.startswith(own) else None


LOOKED_UP_AT_ONCE = 100
"""Tokens in one trip, so that Redis answers others between the trips however many clients there are."""

LOOKUP_PAUSE_S = (0.1, 1.0)
"""The shortest and the longest of the random pauses between attempts to look revocations up."""

_logger = structlog.get_logger(__name__)


class Dispatcher:
    """Implements :class:`websocket_service.live.ports.Subscriber`: hands each message to each of its user's sessions.

    :meth:`run` is its background job.
    """

    def __init__(
        self,
        hub: Hub[Session],
        channels: ChannelNames,
        revocations: Revocations,
        limits: FeedLimits,
        scheduler: Scheduler,
        counters: LiveCounters,
    ) -> None:
        self._hub = hub
        self._channels = channels
        self._revocations = revocations
        self._limits = limits
        self._scheduler = scheduler
        self._counters = counters
        self._missed = TaskSignal()

    async def run(self) -> None:
        """Look up every session's token whenever a revocation may have been missed, for ever."""
        while True:
            await self._missed.wait()
            await self._look_up(list(self._hub))

    def on_subscribed(self, channel: str) -> None:
        """Make up for what was published before the confirmation and may have been missed.

        The user's sessions catch up; for the channel of revocations every token is looked up.
        """
        if channel == REVOCATIONS_CHANNEL:
            self._missed.set()
            return
        user_id = self._channels.user_of(channel)
        if user_id is not None:
            for session in self._hub.of(user_id):
                session.fall_behind()

    def on_message(self, channel: str, payload: bytes) -> None:
        """Offer the message to each of the user's sessions, end those a revocation covers, or ask for signs of life."""
        if channel == REVOCATIONS_CHANNEL:
            self._revoke(payload)
            return
        if channel == PROBES_CHANNEL:
            self._probe(payload)
            return
        user_id = self._channels.user_of(channel)
        sessions = () if user_id is None else self._hub.of(user_id)
        if not sessions:
            return
        frame = parse_published(payload, most_bytes=self._limits.notification_bytes)
        if isinstance(frame, DropReason):
            self._counters.dropped[frame] += 1
            _logger.warning("relay.dropped", flaw=frame.value, size=len(payload))
            return
        self._counters.relayed[frame.kind] += 1
        for session in sessions:
            session.offer(frame)

    def _probe(self, payload: bytes) -> None:
        user_id = parse_probe(payload)
        for session in () if user_id is None else self._hub.of(user_id):
            session.probe()
            session.examine()

    def _revoke(self, payload: bytes) -> None:
        revocation = read_revocation(payload)
        if revocation is None:
            self._counters.dropped["unreadable_revocation"] += 1
            _logger.warning("relay.unreadable_revocation", size=len(payload))
            return
        _end(session for session in self._hub.of(revocation.user_id) if revocation.covers(session.principal))

    async def _look_up(self, sessions: list[Session]) -> None:
        """End those whose tokens were revoked: Identity writes a revocation down before it publishes it."""
        while sessions:
            some = {session: session.principal for session in sessions[-LOOKED_UP_AT_ONCE:]}
            del sessions[-LOOKED_UP_AT_ONCE:]
            revoked = zip(some, await self._find_revoked(tuple(some.values())), strict=True)
            renewed = [session for session, principal in some.items() if session.principal is not principal]
            _end(session for session, is_revoked in revoked if is_revoked and session not in renewed)
            sessions += renewed

    async def _find_revoked(self, principals: Sequence[Principal]) -> Sequence[bool]:
        while True:
            try:
                return await self._revocations.are_revoked(principals)
            except HuleEduError as failure:
                _logger.warning("relay.revocations_unknown", error_code=str(failure.error_code))
                await sleep(self._scheduler, spread(*LOOKUP_PAUSE_S))


def _end(revoked: Iterable[Session]) -> None:
    sockets = 0
    for session in revoked:
        session.end(close_errors.revoked_token())
        sockets += 1
    if sockets:
        _logger.info("relay.revoked", sockets=sockets)
