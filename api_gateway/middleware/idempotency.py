"""Answers repeats of keyed requests (Idempotency-Key) with the response that the first one got.

draft-ietf-httpapi-idempotency-key-header-07; in addition a replayed response says that it is one (Stripe's habit).
"""

import asyncio
import re
from collections.abc import Mapping
from hashlib import sha256
from http import HTTPStatus
from typing import cast
from uuid import UUID, uuid4, uuid5

from dishka import AsyncContainer
from quart import Quart, Response, g, request

from api_gateway import fail
from api_gateway.ports import Claim, IdempotencyStore, IdempotentRequest, KeptAnswer
from common.identity.principal import Principal, UserId
from common.web.middleware.request_record import outlive_client

KEYED_ROUTES = frozenset({("POST", "/v1/batches/register"), ("POST", "/v1/batches/<batch_id>/pipelines")})
"""Where a key counts; elsewhere it is ignored."""

LAPSE_MARGIN_S = 5.0
"""How much longer than its route's deadline a claim holds when its holder has died."""

KEY_HEADER = "Idempotency-Key"

REPLAYED_HEADER = "Idempotent-Replayed"

KEPT_HEADERS = frozenset({"content-type", "link", "location", "x-error-code"})
"""Headers that belong to the answer itself; all others belong to one exchange."""

MAX_KEY_LENGTH = 255

_KEY = re.compile(r'"?([!#-~]+)"?')

_NAMESPACE = UUID("6d0f3c3b-6f0e-5d5c-9a51-5f6e2b1c7f10")
"""Names every event id that is made from an idempotency key."""

_OF_THE_MOMENT = frozenset({HTTPStatus.NOT_FOUND, HTTPStatus.TOO_MANY_REQUESTS})


def answer_repeats(app: Quart, *, lapses_after_s: float) -> None:
    """Claim each keyed request before its route runs and settle the claim after; call it after limits were installed.

    Args:
        app: the gateway.
        lapses_after_s: how long a claim lives whose holder died: longer than a route may take.
    """

    @app.before_request
    async def claim() -> Response | None:
        rule = request.url_rule
        if rule is None or (request.method, rule.rule) not in KEYED_ROUTES or KEY_HEADER not in request.headers:
            return None
        container: AsyncContainer = g.dishka_container
        principal = await container.get(Principal)
        store = await container.get(IdempotencyStore)
        scope = scope_of(principal.user_id, rule.rule, _key())
        body = cast("bytes", await request.get_data(as_text=False))
        keyed = IdempotentRequest(scope, fingerprint_of(request.method, _target(), body), lapses_after_s)
        found = await store.claim(keyed)
        if isinstance(found, KeptAnswer):
            return _replayed(found)
        g.idempotency_claim = found
        # The outcome is kept for the caller's next try, so it is worth finishing when she leaves.
        outlive_client()
        return None

    @app.after_request
    async def settle(response: Response) -> Response:
        claim: Claim | None = g.pop("idempotency_claim", None)
        if claim is None:
            return response
        if is_kept(response.status_code):
            await claim.keep(await _kept(response))
        else:
            await claim.give_up()
        return response

    @app.teardown_request
    async def abandon(_: BaseException | None) -> None:
        claim: Claim | None = g.pop("idempotency_claim", None)
        if claim is not None:
            await asyncio.shield(claim.give_up())


def event_id_for(principal: Principal) -> UUID:
    """Return the event id of what the current request causes: its key's own where it has one, else a fresh one."""
    rule = request.url_rule
    if rule is None or KEY_HEADER not in request.headers:
        return uuid4()
    return event_id_of(principal.user_id, rule.rule, _key())


def _key() -> str:
    key = parse_key(request.headers[KEY_HEADER])
    if key is None or len(request.headers.getlist(KEY_HEADER)) > 1:
        raise fail.during("claim_idempotency_key").validation_error(
            KEY_HEADER, f"{KEY_HEADER} must be given once, as 1 to 255 printable ASCII characters without blanks."
        )
    return key


def _target() -> bytes:
    scope = cast("Mapping[str, bytes]", request.scope)
    return scope["raw_path"] + b"?" + scope["query_string"]


async def _kept(response: Response) -> KeptAnswer:
    headers = tuple((name, value) for name, value in response.headers if name.lower() in KEPT_HEADERS)
    return KeptAnswer(response.status_code, headers, await response.get_data(as_text=False))


def _replayed(kept: KeptAnswer) -> Response:
    return Response(kept.body, kept.status, {**dict(kept.headers), REPLAYED_HEADER: "true"})


def parse_key(raw: str) -> str | None:
    """Return the key that a header value spells, as an RFC 9651 string or bare, or None for what is none.

    1 to 255 printable ASCII characters without blanks, quotes aside.
    """
    spelled = _KEY.fullmatch(raw)
    return spelled[1] if spelled and len(spelled[1]) <= MAX_KEY_LENGTH else None


def scope_of(user_id: UserId, route: str, key: str) -> str:
    """Return the name under which a key of one user on one route (its template) is kept."""
    return _digest(user_id.encode(), route.encode(), key.encode())


def fingerprint_of(method: str, target: bytes, body: bytes) -> str:
    """Return what tells one request from another under the same key: method, raw path with query, and body."""
    return _digest(method.encode(), target, body)


def event_id_of(user_id: UserId, route: str, key: str) -> UUID:
    """Return the event id every repeat of one keyed request carries, so that consumers can drop the repeat."""
    return uuid5(_NAMESPACE, scope_of(user_id, route, key))


def is_kept(status: int) -> bool:
    """Tell whether an answer settles its request.

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
