"""Guards the handshake: checks its page and its address, and delays repeated refusals of a credential."""

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import Final

from werkzeug.datastructures import Headers

from common.backoff import Backoff
from common.clock import Clock
from common.lru import LruMemory
from common.web.middleware.client_address import TrustedProxies
from common.web.middleware.request_record import record_facts
from common.web.serving.drain import DrainState
from websocket_service.live import close_errors


class HandshakeGuard:
    """Refuses a handshake by HTTP status, before any lookup.

    Args:
        origins: pages that may connect, spelled exactly as browsers do.
        per_second: handshakes that an address may make in each second of the clock, counted by this process alone.
        proxies: believed when they tell the client's address.
        clock: tells the second.
    """

    def __init__(self, origins: frozenset[str], per_second: int, proxies: TrustedProxies, clock: Clock) -> None:
        self._origins = origins
        self._per_second = per_second
        self._proxies = proxies
        self._clock = clock
        self._second = 0
        self._attempts: dict[str, int] = {}

    def check(self, headers: Headers, peer: str | None) -> None:
        """Return when the client may go on; its address goes into the access log.

        Raises HuleEduError: as :meth:`check_origin` and :meth:`check_rate`.
        """
        address = self._proxies.client_of(peer, headers)
        record_facts(client=address)
        self.check_origin(headers.getlist("Origin"))
        self.check_rate(address)

    def check_origin(self, origins: Sequence[str]) -> None:
        """Return when the page may connect, by its Origin headers; a client that sends none is no browser.

        Raises HuleEduError: AUTHORIZATION_ERROR (403) for a page that isn't the dashboard's, ``null`` included, and
            for more than one origin, because the feed doesn't choose between several.
        """
        if origins and (len(origins) > 1 or origins[0] not in self._origins):
            raise close_errors.foreign_origin()

    def check_rate(self, address: str) -> None:
        """Count one handshake, and return when the address may go on.

        Raises HuleEduError: RATE_LIMIT (429) for an address that comes too often.
        """
        second = int(self._clock.monotonic())
        if second != self._second:
            self._second = second
            self._attempts.clear()
        attempts = self._attempts[address] = self._attempts.get(address, 0) + 1
        if attempts > self._per_second:
            raise close_errors.handshake_limit()


FREE_REFUSALS: Final = 3
"""So many refusals come at once, because a client that mends its credential needs one."""

BACKOFF: Final = Backoff(first_s=1.0, longest_s=30.0)
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

    def __init__(self, clock: Clock, drain_state: DrainState) -> None:
        self._clock = clock
        self._drain_state = drain_state
        self._records = LruMemory[bytes, _Record](MOST_CREDENTIALS)
        self.held = 0

    def __len__(self) -> int:
        return len(self._records)

    async def delay(self, credential: str) -> None:
        """Count one refusal of ``credential``, and return when it is time to send it. Cancel-safe."""
        delay_s = self._count(blake2b(credential.encode(errors="replace"), digest_size=_DIGEST_BYTES).digest())
        if delay_s == 0 or self.held >= MOST_HELD:
            return
        self.held += 1
        try:
            await self._drain_state.sleep(delay_s)
        finally:
            self.held -= 1

    def _count(self, digest: bytes) -> float:
        now = self._clock.monotonic()
        record = self._records.get(digest)
        if record is None or now - record.refused_at > FORGOTTEN_AFTER_S:
            record = _Record(0, now)
        record.refusals += 1
        record.refused_at = now
        self._records.put(digest, record)
        excess = record.refusals - FREE_REFUSALS
        return BACKOFF.delay_s(excess) if excess > 0 else 0.0
