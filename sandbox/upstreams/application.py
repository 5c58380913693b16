"""What every simulated service has in common: how it answers failures, who is calling, the dials."""

from http import HTTPStatus
from typing import TypeVar
from urllib.parse import unquote
from uuid import uuid4

from pydantic import BaseModel, JsonValue, ValidationError
from quart import Quart, request
from werkzeug.exceptions import BadRequest, InternalServerError, UnsupportedMediaType

from common.correlation import CORRELATION_HEADER, bind_correlation_id, parse_correlation_id
from common.identity.identity_headers import ENCODING_HEADER, USER_HEADER
from sandbox.upstreams.dials import CONTROL_PREFIX, DialedApp, Dials, DialSetting
from sandbox.upstreams.listener import Listener
from sandbox.upstreams.notifications import Notifier, OutboxSetting
from sandbox.upstreams.refusals import INTERNAL_ERROR, RefusedError, crash, refuse

MAX_BODY_BYTES = 128 * 1024 * 1024

ModelT = TypeVar("ModelT", bound=BaseModel)


def service_app(service: str, listener: Listener) -> Quart:
    """Return an app that answers failures as the platform's Quart services do and obeys ``PUT /_sandbox/dials``.

    An unknown path gets Quart's own page, a path without the slash its route ends in Quart's own redirect.
    """
    app = Quart(__name__, static_folder=None)
    app.config.update({"MAX_CONTENT_LENGTH": MAX_BODY_BYTES, "RESPONSE_TIMEOUT": None})
    app.register_error_handler(RefusedError, answer_refusal)
    app.register_error_handler(InternalServerError, answer_crash)
    app.before_request(_bind_correlation)
    dials = Dials()
    _add_controls(app, service, dials)
    app.asgi_app = DialedApp(app.asgi_app, dials=dials, listener=listener)  # type: ignore[method-assign]
    return app


async def answer_refusal(refusal: RefusedError) -> tuple[dict[str, JsonValue], int]:
    """Return the refusal's own body and status."""
    return refusal.body, refusal.status


async def answer_crash(_error: InternalServerError) -> tuple[dict[str, JsonValue], int]:
    """Return what a service answers when it fails."""
    return {"error": INTERNAL_ERROR}, HTTPStatus.INTERNAL_SERVER_ERROR


def caller_id() -> str:
    """Return the user who calls, as the header spells it: only the file service decodes it.

    Raises:
        RefusedError: 401 without X-User-ID.
    """
    user_id = request.headers.get(USER_HEADER)
    if not user_id:
        refuse(HTTPStatus.UNAUTHORIZED, "User authentication required")
    return user_id


def decode_caller_id() -> str:
    """Return the user who calls, decoded when the request says that the header is encoded.

    Raises:
        RefusedError: 401 without X-User-ID.
    """
    user_id = caller_id()
    return unquote(user_id) if request.headers.get(ENCODING_HEADER) == "url" else user_id


async def json_body(*, crash_text: str = INTERNAL_ERROR) -> object:
    """Return the request's JSON body.

    Raises:
        RefusedError: 500 when it is none: the services expect one.
    """
    try:
        return await request.get_json()
    except (BadRequest, UnsupportedMediaType):
        crash(crash_text)


async def parse_body(model: type[ModelT]) -> ModelT:
    """Return the request's JSON body as ``model``.

    Raises:
        RefusedError: 500 when it isn't what the service expects.
    """
    try:
        return model.model_validate(await json_body())
    except ValidationError:
        crash()


def add_outbox_controls(app: Quart, notifier: Notifier) -> None:
    """Have the service obey ``PUT /_sandbox/outbox``."""

    @app.put(f"{CONTROL_PREFIX}outbox")
    async def set_outbox() -> dict[str, JsonValue]:
        setting = await parse_body(OutboxSetting)
        notifier.publish_again(setting.publish_again)
        return setting.model_dump(mode="json")


async def _bind_correlation() -> None:
    bind_correlation_id(parse_correlation_id(request.headers.get(CORRELATION_HEADER)) or uuid4())


def _add_controls(app: Quart, service: str, dials: Dials) -> None:
    @app.put(f"{CONTROL_PREFIX}dials")
    async def turn_dials() -> dict[str, JsonValue]:
        dials.setting = await parse_body(DialSetting)
        return dials.setting.model_dump(mode="json")

    @app.get(f"{CONTROL_PREFIX}dials")
    async def read_dials() -> dict[str, JsonValue]:
        return dials.setting.model_dump(mode="json")

    @app.get(f"{CONTROL_PREFIX}requests")
    async def list_requests() -> dict[str, JsonValue]:
        return {"requests": list(dials.requests)}

    @app.get("/healthz")
    async def tell_health() -> dict[str, JsonValue]:
        return {"service": service, "status": "healthy", "message": f"{service} is healthy"}
