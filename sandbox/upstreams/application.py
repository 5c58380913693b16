"""What every simulated service has in common: the platform's errors, who is calling, the dials."""

from collections.abc import Callable
from dataclasses import dataclass
from secrets import compare_digest
from typing import NoReturn, TypeVar
from urllib.parse import unquote
from uuid import uuid4

from pydantic import BaseModel, JsonValue, ValidationError
from quart import Quart, Response, current_app, request

from common.correlation import CORRELATION_HEADER, bind_correlation_id, correlation_id, parse_correlation_id
from common.errors.challenges import AuthReason
from common.errors.factories import (
    raise_authentication_error,
    raise_authorization_error,
    raise_invalid_api_key,
    raise_resource_not_found,
    raise_validation_error,
)
from common.errors.field_errors import field_errors
from common.errors.quart_handlers import register_error_handlers
from common.identity.identity_headers import (
    ENCODING_HEADER,
    INTERNAL_KEY_HEADER,
    ORG_HEADER,
    SERVICE_HEADER,
    USER_HEADER,
)
from sandbox.upstreams.dials import CONTROL_PREFIX, DialedApp, Dials, DialSetting
from sandbox.upstreams.listener import Listener
from sandbox.upstreams.records import Batch, Platform

MAX_BODY_BYTES = 128 * 1024 * 1024
SERVICE = "SERVICE"

ModelT = TypeVar("ModelT", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls, as the edge's headers tell it."""

    user_id: str
    org_id: str | None


def service_app(service: str, listener: Listener) -> Quart:
    """Return an app that answers failures in the platform's format and obeys ``PUT /_sandbox/dials``."""
    app = Quart(__name__, static_folder=None)
    app.config.update({SERVICE: service, "MAX_CONTENT_LENGTH": MAX_BODY_BYTES, "RESPONSE_TIMEOUT": None})
    app.url_map.strict_slashes = False
    register_error_handlers(app, service=service)
    app.before_request(_bind_correlation)
    app.after_request(_echo_correlation)
    dials = Dials()
    _add_controls(app, dials)
    app.asgi_app = DialedApp(app.asgi_app, service=service, dials=dials, listener=listener)  # type: ignore[method-assign]
    return app


def refuse(factory: Callable[..., NoReturn], message: str, **facts: JsonValue) -> NoReturn:
    """Raise the error that ``factory`` makes, in the name of the current service and request."""
    factory(
        service=current_app.config[SERVICE],
        operation=str(request.endpoint),
        message=message,
        correlation_id=correlation_id(),
        **facts,
    )


def caller() -> Caller:
    """Return who calls; the edge must have said so (platform contract, "Identity").

    Raises:
        HuleEduError: AUTHENTICATION_ERROR without X-User-ID.
    """
    decoded: Callable[[str], str] = unquote if request.headers.get(ENCODING_HEADER) == "url" else str
    user_id = request.headers.get(USER_HEADER)
    if not user_id:
        refuse(raise_authentication_error, "The request names no user.", reason=AuthReason.TOKEN_MISSING)
    org_id = request.headers.get(ORG_HEADER)
    return Caller(decoded(user_id), decoded(org_id) if org_id else None)


def require_internal_key(expected: str) -> None:
    """Let only the platform's own services on.

    Raises:
        HuleEduError: INVALID_API_KEY.
    """
    given = request.headers.get(INTERNAL_KEY_HEADER, "")
    if not compare_digest(given.encode(), expected.encode()) or not request.headers.get(SERVICE_HEADER):
        refuse(raise_invalid_api_key, "This route is for the platform's own services.")


def known_batch(platform: Platform, batch_id: str) -> Batch:
    """Return the batch, whoever owns it.

    Raises:
        HuleEduError: RESOURCE_NOT_FOUND.
    """
    batch = platform.batches.get(batch_id)
    if batch is None:
        refuse(raise_resource_not_found, "No such batch.", resource_type="batch", resource_id=batch_id)
    return batch


def owned_batch(platform: Platform, batch_id: str) -> Batch:
    """Return the caller's batch.

    Raises:
        HuleEduError: RESOURCE_NOT_FOUND, or AUTHORIZATION_ERROR when it is somebody else's.
    """
    asking = caller()
    batch = known_batch(platform, batch_id)
    if batch.user_id != asking.user_id:
        refuse(raise_authorization_error, "This batch belongs to somebody else.")
    return batch


async def body_as(model: type[ModelT]) -> ModelT:
    """Return the request's JSON body as ``model``.

    Raises:
        HuleEduError: VALIDATION_ERROR naming each invalid field.
    """
    return _validated(model, await request.get_json(), "body")


def query_as(model: type[ModelT]) -> ModelT:
    """Return the request's query as ``model``.

    Raises:
        HuleEduError: VALIDATION_ERROR naming each invalid field.
    """
    return _validated(model, request.args.to_dict(), "query")


def _validated(model: type[ModelT], sent: object, place: str) -> ModelT:
    try:
        return model.model_validate(sent)
    except ValidationError as failure:
        found = field_errors(failure)
        refuse(raise_validation_error, f"The {place} is not valid.", field=place, field_errors=found)


async def _bind_correlation() -> None:
    bind_correlation_id(parse_correlation_id(request.headers.get(CORRELATION_HEADER)) or uuid4())


async def _echo_correlation(response: Response) -> Response:
    response.headers[CORRELATION_HEADER] = str(correlation_id())
    return response


def _add_controls(app: Quart, dials: Dials) -> None:
    @app.put(f"{CONTROL_PREFIX}dials")
    async def turn_dials() -> dict[str, JsonValue]:
        dials.setting = await body_as(DialSetting)
        return dials.setting.model_dump(mode="json")

    @app.get(f"{CONTROL_PREFIX}dials")
    async def read_dials() -> dict[str, JsonValue]:
        return dials.setting.model_dump(mode="json")

    @app.get(f"{CONTROL_PREFIX}requests")
    async def list_requests() -> dict[str, JsonValue]:
        return {"requests": list(dials.requests)}

    @app.get("/healthz")
    async def tell_health() -> dict[str, JsonValue]:
        return {"service": app.config[SERVICE], "status": "healthy"}
