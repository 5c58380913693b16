"""Answers repeats of keyed requests (Idempotency-Key) with the response that the first one got.

draft-ietf-httpapi-idempotency-key-header-07; in addition a replayed response says that it is one (Stripe's habit).
"""

import asyncio
import re
from collections.abc import Mapping
from functools import partial
from hashlib import sha256
from http import HTTPStatus
from typing import cast
from uuid import UUID, uuid4, uuid5

from quart import Request, Response

from api_gateway import fail
from api_gateway.middleware.authentication import app_part, current_principal
from api_gateway.ports import PUBLISH_WITHIN_S, Claim, IdempotencyStore, IdempotentRequest, StoredResponse
from api_gateway.settings import GatewaySettings
from common.identity.principal import Principal, UserId
from common.web.middleware.request_head import raw_header
from common.web.middleware.request_record import outlive_client
from common.web.quart_overrides.current import current_request, request_state

KEYED_ROUTES = frozenset({("POST", "/v1/batches/register"), ("POST", "/v1/batches/<batch_id>/pipelines")})
"""Where a key counts, none of them public; elsewhere it is ignored."""

LAPSE_MARGIN_S = 5.0
"""How much longer than its route's deadline a claim lives when the replica that holds it has died."""

KEY_HEADER = "Idempotency-Key"
REPLAYED_HEADER = "Idempotent-Replayed"
STORED_HEADERS = frozenset({"content-type", "link", "location", "x-error-code"})
"""Headers that belong to the response itself; all others belong to one exchange."""

MAX_KEY_LENGTH = 255
_KEY = re.compile(r'"?([!#-~]+)"?')
_NAMESPACE = UUID("6d0f3c3b-6f0e-5d5c-9a51-5f6e2b1c7f10")
"""Names every event id that is made from an idempotency key."""

_OF_THE_MOMENT = frozenset({HTTPStatus.NOT_FOUND, HTTPStatus.TOO_MANY_REQUESTS})


async def claim_key() -> Response | None:
    """Claim the key of a keyed request, or return the response that was stored for it."""
    request = current_request()
    rule = request.url_rule
    if rule is None or (request.method, rule.rule) not in KEYED_ROUTES or not _has_key(request):
        return None
    principal = current_principal()
    if principal is None:
        return None
    store = await app_part(IdempotencyStore)
    scope = scope_of(principal.user_id, rule.rule, _key(request))
    body = cast("bytes", await request.get_data(as_text=False))
    fingerprint = fingerprint_of(request.method, _target(request), body)
    found = await store.claim(IdempotentRequest(scope, fingerprint, await _lapses_after_s()))
    if isinstance(found, StoredResponse):
        return _replay(found)
    request_state().claim = found
    # The outcome is stored for the caller's next try, so it is worth finishing when the client leaves.
    outlive_client()
    return None


async def store_response(response: Response) -> Response:
    """Store the response of a keyed request in place of its claim, or release the claim.

    When cancelled, as the drain does at its deadline, it does so all the same: the request has been carried out.
    """
    claim = _take_claim()
    if claim is None:
        return response
    settle = partial(claim.store, await _to_store(response)) if settles_request(response.status_code) else claim.release
    try:
        await settle()
    except asyncio.CancelledError:
        await settle()
        raise
    return response


async def release_claim(_: BaseException | None) -> None:
    """Release the claim of a keyed request that ended without a response."""
    claim = _take_claim()
    if claim is not None:
        await asyncio.shield(claim.release())


def _take_claim() -> Claim | None:
    """Return the claim of the current request, once."""
    kept = request_state()
    claim: Claim | None = getattr(kept, "claim", None)
    if claim is not None:
        del kept.claim
    return claim


def event_id_for(principal: Principal) -> UUID:
    """Return the event id of what the current request causes: its key's own where it has one, else a fresh one."""
    request = current_request()
    rule = request.url_rule
    if rule is None or not _has_key(request):
        return uuid4()
    return event_id_of(principal.user_id, rule.rule, _key(request))


def _has_key(request: Request) -> bool:
    return raw_header(request, b"idempotency-key") is not None


def _key(request: Request) -> str:
    key = parse_key(request.headers[KEY_HEADER])
    if key is None or len(request.headers.getlist(KEY_HEADER)) > 1:
        raise fail.during("claim_idempotency_key").validation_error(
            KEY_HEADER, f"{KEY_HEADER} must be sent once, with 1 to 255 printable ASCII characters and no blanks."
        )
    return key


def _target(request: Request) -> bytes:
    scope = cast("Mapping[str, bytes]", request.scope)
    return scope["raw_path"] + b"?" + scope["query_string"]


async def _lapses_after_s() -> float:
    """Return how long a claim outlives its holder: longer than a route may take."""
    settings = await app_part(GatewaySettings)
    return settings.http_client_timeout_seconds + PUBLISH_WITHIN_S + LAPSE_MARGIN_S


async def _to_store(response: Response) -> StoredResponse:
    headers = tuple((name, value) for name, value in response.headers if name.lower() in STORED_HEADERS)
    return StoredResponse(response.status_code, headers, await response.get_data(as_text=False))


def _replay(stored: StoredResponse) -> Response:
    return Response(stored.body, stored.status, {**dict(stored.headers), REPLAYED_HEADER: "true"})


def parse_key(raw: str) -> str | None:
    """Return the key that a header value spells, as an RFC 9651 string or bare, or None for what is none.

    1 to 255 printable ASCII characters without blanks, quotes aside.
    """
    spelled = _KEY.fullmatch(raw)
    return spelled[1] if spelled and len(spelled[1]) <= MAX_KEY_LENGTH else None


def scope_of(user_id: UserId, route: str, key: str) -> str:
    """Return the name under which a key of one user on one route (its template) is stored."""
    return _digest(user_id.encode(), route.encode(), key.encode())


def fingerprint_of(method: str, target: bytes, body: bytes) -> str:
    """Return a digest of method, raw path with query, and body, by which requests under the same key differ."""
    return _digest(method.encode(), target, body)


def event_id_of(user_id: UserId, route: str, key: str) -> UUID:
    """Return the event id every repeat of one keyed request carries, so that consumers can drop the repeat."""
    return uuid5(_NAMESPACE, scope_of(user_id, route, key))


def settles_request(status: int) -> bool:
    """Tell whether a response with ``status`` is final for its request.

    A failure of ours (5xx) doesn't, nor a limit (429), nor that a batch isn't known (404): the platform's services
    hear of a new one a moment later, and nothing was done.
    """
    return status < HTTPStatus.INTERNAL_SERVER_ERROR and status not in _OF_THE_MOMENT


def _digest(*parts: bytes) -> str:
    digest = sha256()
    for part in parts:
        digest.update(len(part).to_bytes(8, "big"))
        digest.update(part)
    return digest.hexdigest()
