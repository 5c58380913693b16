"""Reads a request's JSON body as a model before the route runs, and documents it.

quart-schema's own ``validate_request`` builds pydantic's validator anew for each request.
"""

from collections.abc import Awaitable, Callable
from functools import wraps
from typing import ParamSpec, TypeVar

from pydantic import BaseModel, ValidationError
from quart import Response
from quart_schema import RequestSchemaValidationError, document_request

from common.web.quart_overrides.current import current_request

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
    """
    try:
        return kind.model_validate(body)
    except ValidationError as failure:
        raise RequestSchemaValidationError(failure) from failure
