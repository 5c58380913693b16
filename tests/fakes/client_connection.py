"""The TCP connection below a client, in memory."""

from common.clock import Clock


class FakeClientConnection:
    """Implements :class:`websocket_service.live.ports.ClientConnection`: its client answers pings at once or never.

    ``lag_s`` is by how much its own clock was behind when it was heard. ``sent`` are the frames that were sent at once,
    while ``has_room``.
    """

    def __init__(self, clock: Clock, *, answers: bool, retransmitting: bool = False, lag_s: float = 0.0) -> None:
        self.retransmitting = retransmitting
        self.has_room = False
        self.sent: list[bytes] = []
        self.pings = 0
        self._clock = clock
        self._answers = answers
        self._lag_s = lag_s
        self._heard_at = clock.monotonic()

    @property
    def silent_s(self) -> float:
        """Seconds since the client answered."""
        return self._clock.monotonic() - self._heard_at + self._lag_s

    def ping(self) -> None:
        """Ask, and hear at once what it answers."""
        self.pings += 1
        if self._answers:
            self._heard_at = self._clock.monotonic()

    def send_text(self, text: str, encoded: bytes) -> bool:
        """Note what is sent, if there is room."""
        assert encoded.endswith(text.encode())
        if self.has_room:
            self.sent.append(encoded)
        return self.has_room
