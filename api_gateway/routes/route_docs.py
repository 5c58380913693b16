"""What a route adds to the OpenAPI description beyond its models: the errors it can end in, and what it passes on."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from pydantic import JsonValue

from common.errors.codes import AnyErrorCode, ErrorCode

ROUTE_DOCS_ATTRIBUTE = "_gateway_route_docs"

RouteT = TypeVar("RouteT", bound=Callable[..., object])

ANY_ROUTE = frozenset(
    {
        ErrorCode.INVALID_REQUEST,
        ErrorCode.HEADERS_TOO_LARGE,
        ErrorCode.UNKNOWN_ERROR,
        ErrorCode.SERVICE_UNAVAILABLE,
    }
)
LIMITED = frozenset({ErrorCode.RATE_LIMIT})
PROTECTED = frozenset({ErrorCode.AUTHENTICATION_ERROR})
KEYED = frozenset(
    {
        ErrorCode.VALIDATION_ERROR,
        ErrorCode.IDEMPOTENCY_IN_PROGRESS,
        ErrorCode.IDEMPOTENCY_KEY_REUSED,
    }
)
WITH_PARAMETERS = frozenset({ErrorCode.VALIDATION_ERROR})
WITH_BODY = frozenset(
    {
        ErrorCode.VALIDATION_ERROR,
        ErrorCode.PARSING_ERROR,
        ErrorCode.UNSUPPORTED_MEDIA_TYPE,
        ErrorCode.PAYLOAD_TOO_LARGE,
        ErrorCode.REQUEST_TIMEOUT,
    }
)
WITH_UPSTREAM = frozenset(
    {
        ErrorCode.AUTHORIZATION_ERROR,
        ErrorCode.RESOURCE_NOT_FOUND,
        ErrorCode.CONFLICT,
        ErrorCode.EXTERNAL_SERVICE_ERROR,
        ErrorCode.INVALID_RESPONSE,
        ErrorCode.CIRCUIT_BREAKER_OPEN,
        ErrorCode.TIMEOUT,
    }
)
WITH_STORE = frozenset({ErrorCode.CONNECTION_ERROR, ErrorCode.EXTERNAL_SERVICE_ERROR})

OPEN_BODY: dict[str, JsonValue] = {
    "required": False,
    "description": "The body that the service accepts; other media types are forwarded too.",
    "content": {"application/json": {"schema": {"type": "object", "additionalProperties": True}}},
}
"""The body of a route that passes on whatever it gets."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RouteDocs:
    """One route's share of the description.

    Attributes:
        errors: the codes the route can end in, beside those every route of its kind can.
        relays: the service whose answer is passed on as it is, if one is.
        body: the OpenAPI request body object of a route whose body isn't validated here.
        body_optional: whether a modelled body may be left out.
        bearer_optional: whether a public route reads an access token that is sent.
        answer: what a success holds, for a route without a model of it.
        media: media types of a success beside JSON.
        headers: names of the headers that belong to this route's success alone.
    """

    errors: frozenset[AnyErrorCode] = frozenset()
    relays: str | None = None
    body: dict[str, JsonValue] | None = None
    body_optional: bool = False
    bearer_optional: bool = False
    answer: str = "Done."
    media: tuple[str, ...] = ()
    headers: tuple[str, ...] = ()


def document_route(docs: RouteDocs) -> Callable[[RouteT], RouteT]:
    """Attach ``docs`` to a route; the order among decorators doesn't matter."""

    def attach(route: RouteT) -> RouteT:
        setattr(route, ROUTE_DOCS_ATTRIBUTE, docs)
        return route

    return attach


def docs_of(route: Callable[..., object]) -> RouteDocs:
    """Return what was attached to ``route``, or nothing in particular."""
    docs: RouteDocs = getattr(route, ROUTE_DOCS_ATTRIBUTE, RouteDocs())
    return docs
