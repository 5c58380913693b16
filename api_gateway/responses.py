"""Answers the gateway makes itself: encoded once, so that nothing converts them again on the way out."""

import orjson
from pydantic import BaseModel
from quart import Response

from common.correlation import correlation_id
from common.identity.identity_headers import identity_headers
from common.identity.principal import Principal

JSON = "application/json"


def json_answer(body: object, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    """Return ``body``, a model or plain JSON values, as a JSON answer."""
    encoded = body.model_dump_json().encode() if isinstance(body, BaseModel) else orjson.dumps(body)
    return Response(encoded, status, headers, content_type=JSON)


def acting_for(principal: Principal) -> tuple[tuple[str, str], ...]:
    """Return the headers that tell an upstream on whose behalf it is asked, and under which correlation id."""
    return tuple(identity_headers(principal, correlation_id()).items())
