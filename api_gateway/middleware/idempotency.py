"""Answers repeats of keyed requests (Idempotency-Key) with what the first one was answered."""

import asyncio
from collections.abc import Mapping
from typing import cast
from uuid import UUID, uuid4

from dishka import AsyncContainer
from quart import Quart, Response, g, request

from api_gateway import fail
from api_gateway.idempotency import (
    KEPT_HEADERS,
    KEY_HEADER,
    REPLAYED_HEADER,
    IdempotentRequest,
    KeptAnswer,
    event_id_of,
    fingerprint_of,
    is_kept,
    parse_key,
    scope_of,
)
from api_gateway.ports import Claim, IdempotencyStore
from common.identity.principal import Principal
from common.web.middleware.request_record import outlive_client

KEYED_ROUTES = frozenset({("POST", "/v1/batches/register"), ("POST", "/v1/batches/<batch_id>/pipelines")})
"""Where a key counts; elsewhere it is ignored."""


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
