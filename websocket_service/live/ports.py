"""What the connections need from outside."""

from asyncio import Future
from collections.abc import Sequence
from typing import Protocol

from common.identity.principal import Principal, UserId
from common.notification_log import Cursor, Page
from websocket_service.protocol.server_frames import Frame


class Subscriptions(Protocol):
    """The channels this process is subscribed to, over one connection.

    Their messages go to the :class:`Subscriber` it was made with. Both methods only note what is wanted, so a
    cancelled caller can't leave them half done.
    """

    def subscribe(self, channel: str) -> Future[None]:
        """Subscribe to ``channel``; the future, shared and so to be awaited shielded, is done once it is confirmed."""
        ...

    def unsubscribe(self, channel: str) -> None:
        """Unsubscribe from ``channel``."""
        ...

    @property
    def connected(self) -> bool:
        """Tell whether the connection stands and answers."""
        ...


class Subscriber(Protocol):
    """Takes what comes in on the channels; both methods must be quick and must not raise."""

    def on_subscribed(self, channel: str) -> None:
        """The server sends everything that is published from now on; earlier messages may have been missed."""
        ...

    def on_message(self, channel: str, payload: bytes) -> None:
        """A message came in."""
        ...


class Leases(Protocol):
    """Counts a user's connections over all replicas; a lease lapses by itself when its replica is gone."""

    async def acquire(self, principal: Principal, lease: str, cursor: Cursor | None) -> Page | None:
        """Take one of the user's places and return the first page after ``cursor``; None when all places are taken.

        On the same trip the page is read, as :meth:`common.notification_log.NotificationLog.read_after` does, and it is
        looked up whether the token still counts. A lease that was refused, or whose answer was
        lost, may be released like any other.

        Raises HuleEduError: AUTHENTICATION_ERROR (``revoked``) when it doesn't, whether there is a place or not;
        CONNECTION_ERROR, TIMEOUT or EXTERNAL_SERVICE_ERROR when the store fails.
        """
        ...

    def release(self, user_id: UserId, lease: str) -> None:
        """Give the place back soon; a lease that was never taken changes nothing."""
        ...

    async def probe_user(self, user_id: UserId) -> None:
        """Have each replica ask the user's connections for a sign of life; those that give none lose their places.

        Raises HuleEduError: the store's failures as in :meth:`acquire`.
        """
        ...


class Revocations(Protocol):
    """Knows the tokens that no longer count."""

    async def check(self, principal: Principal) -> None:
        """Return when the token still counts.

        Raises HuleEduError: AUTHENTICATION_ERROR (``revoked``) when it doesn't; the store's failures as in Leases.
        """
        ...

    async def are_revoked(self, principals: Sequence[Principal]) -> Sequence[bool]:
        """Tell of each whether its token counts no longer, in one trip; raises the store's failures as in Leases."""
        ...


class TicketRedeemer(Protocol):
    """Redeems single-use tickets."""

    async def redeem(self, ticket: str) -> Principal:
        """Return the caller the ticket stands for, once.

        Raises HuleEduError: AUTHENTICATION_ERROR (``token_invalid``) for an unknown, used or lapsed ticket; the store's
        failures as in Leases.
        """
        ...


class ClientConnection(Protocol):
    """The TCP connection below a client, as its server sees it."""

    @property
    def silent_s(self) -> float:
        """Seconds since the client was last heard, pongs included."""
        ...

    @property
    def retransmitting(self) -> bool:
        """Whether the client's machine acknowledges nothing of what is sent to it."""
        ...

    def ping(self) -> None:
        """Ask the client for a pong, if it came by WebSocket."""
        ...

    def send_text(self, text: str, encoded: bytes) -> bool:
        """Send a text message at once, if the client came by WebSocket and its connection has room.

        Tells whether it was sent. ``encoded`` is the frame of ``text``.
        """
        ...


class Transport(Protocol):
    """One client's accepted WebSocket."""

    async def send(self, frame: Frame) -> None:
        """Write ``frame``; waits while the client doesn't take what was written before.

        Cancelled, it has written all of the frame or nothing.
        """
        ...

    async def receive(self) -> str | bytes:
        """Return the client's next message; cancelled by the server when the client is gone."""
        ...
