"""The dead-peer check of WebSockets: pings each peer, and aborts the connection of one that stays silent."""

from collections.abc import Callable

from common.clock import Timer
from common.web.hypercorn_overrides.client_connection import ClientConnection

SILENT_INTERVALS = 2
"""A WebSocket's peer that was silent for this many ping intervals is gone (docs/feed.md, "Heartbeats")."""


class Keepalive:
    """Pings one peer every ``interval_s`` seconds, and aborts after :data:`SILENT_INTERVALS` of them without a frame.

    Args:
        client: the connection below; it knows when its peer was last heard, pongs included.
        interval_s: between pings.
        send_ping: sends one ping. It isn't called while bytes wait to be sent: the peer reads nothing then.
    """

    __slots__ = ("_client", "_interval_s", "_send_ping", "_timer")

    def __init__(self, client: ClientConnection, interval_s: float, send_ping: Callable[[], None]) -> None:
        self._client = client
        self._interval_s = interval_s
        self._send_ping = send_ping
        self._timer: Timer | None = None

    def start(self) -> None:
        """Ping after ``interval_s`` and so on, until :meth:`stop`."""
        self._timer = self._client.scheduler.call_later(self._interval_s, self._check)

    def stop(self) -> None:
        """Ping no more."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _check(self) -> None:
        if self._client.silent_s >= SILENT_INTERVALS * self._interval_s:
            self._client.abort()
            return
        if self._client.unsent_bytes == 0:
            self._send_ping()
        self.start()
