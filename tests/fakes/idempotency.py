"""Idempotency keys kept in memory."""

import asyncio

from api_gateway import SERVICE_NAME
from api_gateway.ports import Claim, IdempotentRequest, StoredResponse
from common.correlation import correlation_id
from common.errors.factories import raise_idempotency_in_progress, raise_idempotency_key_reused


class InMemoryIdempotency:
    """Implements :class:`api_gateway.ports.IdempotencyStore`; claims and answers never lapse by themselves.

    Args:
        interrupted: how many writes to claims are cancelled before they have done anything.
    """

    def __init__(self, *, interrupted: int = 0) -> None:
        self.interrupted = interrupted
        self.fingerprints: dict[str, str] = {}
        self.answers: dict[str, StoredResponse] = {}
        self.claimed: set[str] = set()

    async def claim(self, request: IdempotentRequest) -> Claim | StoredResponse:
        """Return what stands under the key, else a claim."""
        known = self.fingerprints.setdefault(request.scope, request.fingerprint)
        if known != request.fingerprint:
            raise_idempotency_key_reused(
                service=SERVICE_NAME,
                operation="claim_idempotency_key",
                message="The key stands for another request.",
                correlation_id=correlation_id(),
            )
        if request.scope in self.answers:
            return self.answers[request.scope]
        if request.scope in self.claimed:
            raise_idempotency_in_progress(
                service=SERVICE_NAME,
                operation="claim_idempotency_key",
                message="The first request is still running.",
                correlation_id=correlation_id(),
                retry_after_s=2,
            )
        self.claimed.add(request.scope)
        return _InMemoryClaim(self, request.scope)

    def interrupt(self) -> None:
        """Raise as a cancellation does, as long as writes are to be interrupted."""
        if self.interrupted:
            self.interrupted -= 1
            raise asyncio.CancelledError


class _InMemoryClaim:
    def __init__(self, store: InMemoryIdempotency, scope: str) -> None:
        self._store = store
        self._scope = scope

    async def store(self, answer: StoredResponse) -> None:
        self._store.interrupt()
        self._store.answers[self._scope] = answer

    async def release(self) -> None:
        self._store.interrupt()
        self._store.claimed.discard(self._scope)
