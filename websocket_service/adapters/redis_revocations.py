"""Looks up what Identity has revoked."""

from collections.abc import Sequence
from itertools import chain, islice

from common.identity.principal import Principal
from common.identity.revocation import is_revoked, revocation_keys
from common.redis_client import RedisClient, redis_failures
from websocket_service import SERVICE_NAME
from websocket_service.live import close_errors


class RedisRevocations:
    """Implements :class:`websocket_service.live.ports.Revocations` with the platform's keys."""

    def __init__(self, redis: RedisClient, *, deadline_s: float) -> None:
        self._redis = redis
        self._deadline_s = deadline_s

    async def check(self, principal: Principal) -> None:
        """Return when the token still counts; see the port."""
        if any(await self.revoked([principal])):
            raise close_errors.revoked()

    async def revoked(self, principals: Sequence[Principal]) -> Sequence[bool]:
        """Tell of each whether its token counts no longer; see the port."""
        keys = [revocation_keys(principal) for principal in principals]
        # Plain reads in one trip: the keys lie in different slots of a cluster.
        pipeline = self._redis.pipeline(transaction=False)
        for key in chain.from_iterable(keys):
            pipeline.get(key)
        async with redis_failures(service=SERVICE_NAME, operation="check_revocation", deadline_s=self._deadline_s):
            found = iter(await pipeline.execute())
        return [
            is_revoked(principal, *islice(found, len(own))) for principal, own in zip(principals, keys, strict=True)
        ]
