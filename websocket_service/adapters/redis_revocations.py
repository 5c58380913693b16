"""Looks up what Identity has revoked."""

from common.identity.principal import Principal
from common.identity.revocation import issued_too_early, not_before_key, revoked_token_key
from common.redis_client import RedisClient
from common.redis_failures import redis_failures
from websocket_service import endings


class RedisRevocations:
    """Implements :class:`websocket_service.ports.Revocations` with the platform's keys, ``deadline_s`` in seconds."""

    def __init__(self, redis: RedisClient, *, deadline_s: float) -> None:
        self._redis = redis
        self._deadline_s = deadline_s

    async def check(self, principal: Principal) -> None:
        """Return when the token still counts; see the port."""
        # Two plain reads in one trip: the keys lie in different slots of a cluster.
        pipeline = self._redis.pipeline(transaction=False)
        pipeline.get(not_before_key(principal.user_id))
        if principal.token_id is not None:
            pipeline.get(revoked_token_key(principal.token_id))
        async with redis_failures(service=endings.SERVICE, operation="check_revocation", deadline_s=self._deadline_s):
            not_before, *token = await pipeline.execute()
        if any(found is not None for found in token) or _too_early(principal, not_before):
            raise endings.revoked()


def _too_early(principal: Principal, not_before: bytes | None) -> bool:
    if not_before is None:
        return False
    try:
        return issued_too_early(principal, float(not_before))
    except ValueError:
        return True  # what can't be read must not let anybody in
