"""The hooks that every request passes before and after its route, in the order in which they run.

``stream_closer`` isn't among them: it is an ASGI wrapper, and surrounds the whole exchange.
"""

from collections.abc import Awaitable, Callable, Sequence
from typing import Final

from quart import Quart, Response

from api_gateway.middleware.authentication import authenticate
from api_gateway.middleware.etag import add_etag
from api_gateway.middleware.idempotency import claim_key, release_claim, store_response
from api_gateway.middleware.not_found import show_not_found_page
from api_gateway.middleware.path_checks import answer_route_options, check_identifiers, check_path
from api_gateway.middleware.rate_limit import add_rate_headers, limit_rate
from api_gateway.middleware.server_timing import add_server_timing

BEFORE: Final[Sequence[Callable[[], Awaitable[Response | None]]]] = (
    check_path,
    answer_route_options,
    check_identifiers,
    authenticate,
    limit_rate,
    claim_key,
)
"""Before the route, and before a byte of the body is read; a hook that returns a response, or raises, ends the chain.
"""

AFTER: Final[Sequence[Callable[[Response], Awaitable[Response]]]] = (
    store_response,
    add_rate_headers,
    show_not_found_page,
    add_etag,
    add_server_timing,
)
"""After the route or its error, each with the response of the one before."""

AT_TEARDOWN: Final[Sequence[Callable[[BaseException | None], Awaitable[None]]]] = (release_claim,)
"""At the end of the request, whether it was answered or cancelled."""


def register_middleware(app: Quart) -> None:
    """Have ``app`` run the hooks; call it after QuartDishka, since they ask its request container."""
    for before in BEFORE:
        app.before_request(before)
    # Quart runs these in the reverse of the order in which they were registered.
    for after in reversed(AFTER):
        app.after_request(after)
    for at_teardown in reversed(AT_TEARDOWN):
        app.teardown_request(at_teardown)
