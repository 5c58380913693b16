"""Reads a request's JSON body as a model before the route runs, and documents it.

quart-schema's own ``validate_request`` builds pydantic's validator anew for each request.
"""

from collections.abc import Awaitable, Callable
from functools import wraps
from itertools import islice
from typing import Final, ParamSpec, TypeVar

from pydantic import BaseModel, ValidationError
from quart import Response
from quart_schema import RequestSchemaValidationError, document_request

from api_gateway import fail
from common.errors.codes import ErrorCode
from common.web.quart_overrides.current import current_request

MOST_VALUES: Final = 5_000
"""Members and items of a body, at all depths together; the most that one needs are the ids of a thousand essays.
pydantic notes each that it doesn't know, which for a whole megabyte of them holds up everybody else for a second."""

_Body = TypeVar("_Body", bound=BaseModel)
_View = ParamSpec("_View")


def validate_body(
    kind: type[BaseModel],
) -> Callable[[Callable[_View, Awaitable[Response]]], Callable[_View, Awaitable[Response]]]:
    """Give a view the request's body, a ``kind``, as its argument ``data``.

    The view raises what reading JSON and :func:`validated` raise.
    """

    def decorate(view: Callable[_View, Awaitable[Response]]) -> Callable[_View, Awaitable[Response]]:
        @document_request(kind)
        @wraps(view)
        async def read_first(*args: _View.args, **kwargs: _View.kwargs) -> Response:
            kwargs["data"] = validated(kind, await current_request().get_json())
            return await view(*args, **kwargs)

        return read_first

    return decorate


def validated(kind: type[_Body], body: object) -> _Body:
    """Return ``body`` as a ``kind``.

    Raises:
        RequestSchemaValidationError: it isn't one.
        HuleEduError: PAYLOAD_TOO_LARGE, it has more than :data:`MOST_VALUES` values.
    """
    if _has_too_many_values(body):
        message = f"The body contains more than {MOST_VALUES} values."
        raise fail.during("validate_body").error(
            ErrorCode.PAYLOAD_TOO_LARGE, message, details={"limit_count": MOST_VALUES}
        )
    try:
        return kind.model_validate(body)
    except ValidationError as failure:
        raise RequestSchemaValidationError(failure) from failure


def _has_too_many_values(body: object) -> bool:
    """Return whether ``body`` has more than :data:`MOST_VALUES` values; no more of them are looked at."""
    count, unread = 0, [body]
    while unread and count <= MOST_VALUES:
        match unread.pop():
            case dict() as members:
                count += len(members)
                unread += islice(members.values(), MOST_VALUES)
            case list() as items:
                count += len(items)
                unread += islice(items, MOST_VALUES)
    return count > MOST_VALUES
