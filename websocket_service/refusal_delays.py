"""Lets a client that comes again and again with a refused credential wait for its refusal.

A forgotten tab of the old dashboard reconnects 1.5 s after each close, for ever. Its refusal is what it waits for, so a
later one makes it come more seldom; nothing else stops it.
"""

from dataclasses import dataclass
from hashlib import blake2b
from typing import Final

from common.clock import Clock
from common.lru import LruMemory
from websocket_service.pauses import Pauses

FREE_REFUSALS: Final = 3
"""So many refusals come at once: a client that mends its credential needs one."""

FIRST_DELAY_S: Final = 1.0
LONGEST_DELAY_S: Final = 30.0
"""Each further refusal of the same credential comes twice as late as the one before, up to the longest."""

FORGOTTEN_AFTER_S: Final = 600.0
"""A credential that wasn't refused for so long starts anew."""

MOST_CREDENTIALS: Final = 10_000
"""Beyond these, the credential that was refused longest ago is forgotten."""

MOST_HELD: Final = 1_000
"""Sockets that wait for their refusal at the same time; beyond these a refusal comes at once."""

_DIGEST_BYTES: Final = 16


@dataclass(slots=True)
class _Record:
    refusals: int
    refused_at: float


class RefusalDelays:
    """Remembers refused credentials by their digest, on this replica."""

    def __init__(self, clock: Clock, pauses: Pauses) -> None:
        self._clock = clock
        self._pauses = pauses
        self._records = LruMemory[bytes, _Record](MOST_CREDENTIALS)
        self.held = 0

    def __len__(self) -> int:
        return len(self._records)

    async def before_refusing(self, credential: str) -> None:
        """Count one refusal of ``credential``, and return when it is time to tell it. Cancel-safe."""
        delay_s = self._note(blake2b(credential.encode(errors="replace"), digest_size=_DIGEST_BYTES).digest())
        if delay_s == 0 or self.held >= MOST_HELD:
            return
        self.held += 1
        try:
            await self._pauses.wait(delay_s)
        finally:
            self.held -= 1

    def _note(self, digest: bytes) -> float:
        now = self._clock.monotonic()
        record = self._records.get(digest)
        if record is None or now - record.refused_at > FORGOTTEN_AFTER_S:
            record = _Record(0, now)
        record.refusals += 1
        record.refused_at = now
        self._records.put(digest, record)
        excess = record.refusals - FREE_REFUSALS
        return min(LONGEST_DELAY_S, FIRST_DELAY_S * 2.0 ** min(excess - 1, 10)) if excess > 0 else 0.0
