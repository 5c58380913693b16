"""Idempotency keys in Redis: one round trip to claim, one to settle; more only where an earlier try came to nothing."""

from base64 import b64decode, b64encode
from collections.abc import Awaitable
from importlib.resources import files
from math import ceil
from typing import TypeVar, cast
from uuid import uuid4

import orjson
import structlog

from api_gateway import SERVICE_NAME, fail
from api_gateway.ports import KEY_LIFETIME_S, Claim, IdempotentRequest, StoredResponse
from common.errors.codes import ErrorCode
from common.errors.exceptions import HuleEduError
from common.redis_client import RedisClient, redis_failures
from common.redis_script import RedisScript

OPERATION = "claim_idempotency_key"
ANSWER_WITHIN_S = 1.0
"""Redis's time for an answer."""

RETRY_AFTER_S = 2.0
"""Told to a caller whose key can't be looked up, or whose first request is still running."""

_KEPT_MS = KEY_LIFETIME_S * 1000
Reply = TypeVar("Reply")

_log = structlog.get_logger(__name__)


class RedisIdempotency:
    """Keeps a JSON document a key for a day: a claim (its owner and fingerprint), later the answer.

    A claim that is older than its request may run has no holder any more: the next request with the same key takes it
    over. Nothing but the day takes it away, since the key's event id must never stand for two requests.

    Args:
        redis: a client that doesn't retry.
        deadline_s: Redis's time for an answer, in seconds.
    """

    def __init__(self, redis: RedisClient, *, deadline_s: float = ANSWER_WITHIN_S) -> None:
        self._redis = redis
        self._deadline_s = deadline_s
        script = files("api_gateway.adapters") / "scripts" / "settle.lua"
        self._settle = RedisScript(redis, script.read_text(encoding="utf-8"))

    async def claim(self, request: IdempotentRequest) -> Claim | StoredResponse:
        """Claim the key with one SET NX GET, or return what stands there."""
        key = f"edge:idempotency:{request.scope}"
        claim = orjson.dumps({"fingerprint": request.fingerprint, "owner": uuid4().hex})
        found = await self._ask(self._redis.set(key, claim, px=_KEPT_MS, nx=True, get=True))
        if found is not None:
            answer = _stored_response(cast("bytes", found), request)
            if answer is not None:
                return answer
            if not await self._ask(self._take_over(key, cast("bytes", found), claim, request)):
                raise fail.during(OPERATION).error(
                    ErrorCode.IDEMPOTENCY_IN_PROGRESS,
                    "The first request with this Idempotency-Key is still running.",
                    retry_after_s=RETRY_AFTER_S,
                )
        return _RedisClaim(self._settle, key, claim, request, self._deadline_s)

    async def _take_over(self, key: str, found: bytes, claim: bytes, request: IdempotentRequest) -> bool:
        """Put ``claim`` in the place of ``found`` if that has lapsed; False when it hasn't, or others were faster."""
        if await self._redis.pttl(key) > _ttl_of_lapsed_claim_ms(request):
            return False
        return bool(await self._settle.run(keys=[key], args=[found, claim, _KEPT_MS]))

    async def _ask(self, question: Awaitable[Reply]) -> Reply:
        """Return what Redis says, or raise SERVICE_UNAVAILABLE: without it no key can be honoured."""
        try:
            async with redis_failures(service=SERVICE_NAME, operation=OPERATION, deadline_s=self._deadline_s):
                return await question
        except HuleEduError as away:
            raise fail.during(OPERATION).error(
                ErrorCode.SERVICE_UNAVAILABLE,
                "Idempotency-Key can't be processed right now; nothing was done.",
                details={"cause": str(away.error_code)},
                retry_after_s=RETRY_AFTER_S,
            ) from away


class _RedisClaim:
    """A claim written by this exchange."""

    def __init__(
        self, settle: RedisScript, key: str, claim: bytes, request: IdempotentRequest, deadline_s: float
    ) -> None:
        self._settle = settle
        self._key = key
        self._claim = claim
        self._request = request
        self._deadline_s = deadline_s

    async def store(self, answer: StoredResponse) -> None:
        """Put ``answer`` in the claim's place; the caller has it already, so a failure is logged and no more."""
        document = {
            "fingerprint": self._request.fingerprint,
            "status": answer.status,
            "headers": answer.headers,
            "body": b64encode(answer.body).decode(),
        }
        await self._replace(orjson.dumps(document), _KEPT_MS)

    async def release(self) -> None:
        """Make the claim as old as one that has lapsed; a failure is logged, and it lapses by itself."""
        await self._replace(self._claim, _ttl_of_lapsed_claim_ms(self._request))

    async def _replace(self, document: bytes, lives_ms: int) -> None:
        try:
            async with redis_failures(service=SERVICE_NAME, operation=OPERATION, deadline_s=self._deadline_s):
                await self._settle.run(keys=[self._key], args=[self._claim, document, lives_ms])
        except HuleEduError as away:
            _log.warning("idempotency.not_settled", error_code=away.error_code)


def _ttl_of_lapsed_claim_ms(request: IdempotentRequest) -> int:
    """Return how long a claim has yet to live when its holder can't be running any more."""
    return _KEPT_MS - ceil(request.lapses_after_s * 1000)


def _stored_response(found: bytes, request: IdempotentRequest) -> StoredResponse | None:
    """Return the answer that ``found`` holds, None when it is a claim; raises when it stands for another request."""
    document = orjson.loads(found)
    if document["fingerprint"] != request.fingerprint:
        raise fail.during(OPERATION).error(
            ErrorCode.IDEMPOTENCY_KEY_REUSED, "This Idempotency-Key was already used for another request to this route."
        )
    if "status" not in document:
        return None
    headers = tuple((name, value) for name, value in document["headers"])
    return StoredResponse(document["status"], headers, b64decode(document["body"]))
