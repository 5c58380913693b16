"""How many connections one address may open."""

from common.clock import Clock


class AddressLimit:
    """Implements :class:`websocket_service.ports.HandshakeLimit`.

    Allows ``per_second`` attempts an address in each second of the clock; this process's own count.
    """

    def __init__(self, per_second: int, clock: Clock) -> None:
        self._per_second = per_second
        self._clock = clock
        self._second = 0
        self._attempts: dict[str, int] = {}

    def allows(self, address: str) -> bool:
        """Count one attempt; False means that it is one too many."""
        second = int(self._clock.monotonic())
        if second != self._second:
            self._second = second
            self._attempts.clear()
        attempts = self._attempts[address] = self._attempts.get(address, 0) + 1
        return attempts <= self._per_second
