"""Idempotency keys in Redis: one round trip to claim, one to settle."""

from base64 import b64decode, b64encode
from importlib.resources import files
from math import ceil
from typing import cast
from uuid import uuid4

import orjson
import structlog

from api_gateway.domain import SERVICE_NAME
from api_gateway.idempotency import KEPT_S, IdempotentRequest, KeptAnswer
from api_gateway.ports import Claim
from common.correlation import correlation_id
from common.errors.exceptions import HuleEduError
from common.errors.factories import (
    raise_idempotency_in_progress,
    raise_idempotency_key_reused,
    raise_service_unavailable,
)
from common.redis_client import RedisClient
from common.redis_failures import redis_failures
from common.redis_script import RedisScript

OPERATION = "claim_idempotency_key"
ANSWER_WITHIN_S = 1.0
"""Redis's time for an answer."""

RETRY_AFTER_S = 2.0
"""Told to a caller whose key can't be looked up, or whose first request is still running."""

_log = structlog.get_logger(__name__)


class RedisIdempotency:
    """Keeps a JSON document a key: a claim (its owner and fingerprint), later the answer."""

    def __init__(self, redis: RedisClient) -> None:
        self._redis = redis
        script = files("api_gateway.adapters") / "scripts" / "settle.lua"
        self._settle = RedisScript(redis, script.read_text(encoding="utf-8"))

    async def claim(self, request: IdempotentRequest) -> Claim | KeptAnswer:
        """Claim the key with one SET NX GET, or return what stands there."""
        key = f"edge:idempotency:{request.scope}"
        claim = orjson.dumps({"fingerprint": request.fingerprint, "owner": uuid4().hex})
        try:
            async with redis_failures(service=SERVICE_NAME, operation=OPERATION, deadline_s=ANSWER_WITHIN_S):
                lapse_ms = ceil(request.lapses_after_s * 1000)
                found = await self._redis.set(key, claim, px=lapse_ms, nx=True, get=True)
        except HuleEduError as away:
            raise_service_unavailable(
                service=SERVICE_NAME,
                operation=OPERATION,
                message="An Idempotency-Key can't be honoured right now; nothing was done.",
                correlation_id=correlation_id(),
                retry_after_s=RETRY_AFTER_S,
                cause=str(away.error_code),
            )
        if found is None:
            return _RedisClaim(self._settle, key, claim, request.fingerprint)
        return _kept(cast("bytes", found), request)


class _RedisClaim:
    """A claim written by this exchange."""

    def __init__(self, settle: RedisScript, key: str, claim: bytes, fingerprint: str) -> None:
        self._settle = settle
        self._key = key
        self._claim = claim
        self._fingerprint = fingerprint

    async def keep(self, answer: KeptAnswer) -> None:
        """Put ``answer`` in the claim's place; the caller has it already, so a failure is logged and no more."""
        document = {
            "fingerprint": self._fingerprint,
            "status": answer.status,
            "headers": answer.headers,
            "body": b64encode(answer.body).decode(),
        }
        await self._replace(orjson.dumps(document))

    async def give_up(self) -> None:
        """Take the claim away; a failure is logged, and the claim lapses by itself."""
        await self._replace(b"")

    async def _replace(self, document: bytes) -> None:
        try:
            async with redis_failures(service=SERVICE_NAME, operation=OPERATION, deadline_s=ANSWER_WITHIN_S):
                await self._settle.run(keys=[self._key], args=[self._claim, document, KEPT_S * 1000])
        except HuleEduError as away:
            _log.warning("idempotency.not_settled", error_code=away.error_code)


def _kept(found: bytes, request: IdempotentRequest) -> KeptAnswer:
    document = orjson.loads(found)
    if document["fingerprint"] != request.fingerprint:
        raise_idempotency_key_reused(
            service=SERVICE_NAME,
            operation=OPERATION,
            message="This Idempotency-Key already stands for another request of this route.",
            correlation_id=correlation_id(),
        )
    if "status" not in document:
        raise_idempotency_in_progress(
            service=SERVICE_NAME,
            operation=OPERATION,
            message="The first request with this Idempotency-Key is still running.",
            correlation_id=correlation_id(),
            retry_after_s=RETRY_AFTER_S,
        )
    headers = tuple((name, value) for name, value in document["headers"])
    return KeptAnswer(document["status"], headers, b64decode(document["body"]))
