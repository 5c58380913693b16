"""From the channels to the sockets."""

import structlog

from common.identity.revocation import REVOCATIONS_CHANNEL, read_revocation
from websocket_service import endings
from websocket_service.channels import ChannelNames
from websocket_service.hub import Hub
from websocket_service.protocol.published import Flaw, judge
from websocket_service.session import Session
from websocket_service.tally import FeedTally

_logger = structlog.get_logger(__name__)


class Relay:
    """Implements :class:`websocket_service.ports.Listener`: hands each message to each of its user's sockets."""

    def __init__(self, hub: Hub[Session], channels: ChannelNames, tally: FeedTally) -> None:
        self._hub = hub
        self._channels = channels
        self._tally = tally

    def confirmed(self, channel: str) -> None:
        """Read up the user's sockets: what was published before the confirmation may have been missed."""
        user_id = self._channels.user_of(channel)
        if user_id is not None:
            for session in self._hub.of(user_id):
                session.fall_behind()

    def heard(self, channel: str, payload: bytes) -> None:
        """Offer the message to each of the user's sockets, or end those a revocation covers."""
        if channel == REVOCATIONS_CHANNEL:
            self._revoke(payload)
            return
        user_id = self._channels.user_of(channel)
        sessions = () if user_id is None else self._hub.of(user_id)
        if not sessions:
            return
        frame = judge(payload)
        if isinstance(frame, Flaw):
            self._tally.dropped[frame] += 1
            _logger.warning("relay.dropped", flaw=frame.value, size=len(payload))
            return
        self._tally.relayed[frame.kind] += 1
        for session in sessions:
            session.offer(frame)

    def _revoke(self, payload: bytes) -> None:
        revocation = read_revocation(payload)
        if revocation is None:
            self._tally.dropped["unreadable_revocation"] += 1
            _logger.warning("relay.unreadable_revocation", size=len(payload))
            return
        covered = [session for session in self._hub.of(revocation.user_id) if revocation.covers(session.principal)]
        for session in covered:
            session.end(endings.revoked())
        _logger.info("relay.revoked", sockets=len(covered))
