"""A small app that fails in every way a service can, and the ids its failures carry."""

import asyncio
from typing import NewType, NoReturn
from uuid import UUID

from dishka import FromDishka, Provider, Scope, make_async_container, provide
from pydantic import BaseModel, Field
from quart import Blueprint, Quart, Response, abort, request, websocket
from quart_dishka import QuartDishka, inject
from quart_schema import (
    DataSource,
    QuartSchema,
    validate_headers,
    validate_querystring,
    validate_request,
    validate_response,
)
from werkzeug.exceptions import ImATeapot, RequestHeaderFieldsTooLarge, RequestTimeout

from common.errors.codes import AuthReason
from common.errors.factories import raise_authentication_error, raise_conflict, raise_rate_limit_error
from common.errors.quart_handlers import register_error_handlers

SERVICE = "api-gateway-service"
CORRELATION_ID = UUID("8e03978e-40d5-43e8-bc93-6894a57f9324")
HEADERS = {"X-Correlation-ID": str(CORRELATION_ID)}
PUBLIC_URL = "https://api.example"

Caller = NewType("Caller", str)

routes = Blueprint("failing", __name__)


class Registration(BaseModel):
    """A body with a nested list and a secret."""

    title: str = Field(min_length=1)
    essays: list[int] = []
    password: str = Field(default="", max_length=5)


class Page(BaseModel):
    """A query string."""

    limit: int = Field(default=20, ge=1, le=100)


class Preconditions(BaseModel):
    """The headers a route needs."""

    x_retry_count: int


class Answer(BaseModel):
    """What a route promises to answer."""

    batch_id: UUID


class RefusingProvider(Provider):
    """Refuses every caller, as the provider of the real principal does for an expired token."""

    @provide(scope=Scope.SESSION)
    def caller(self) -> Caller:
        """Refuse."""
        refuse_expired()


def refuse_expired() -> NoReturn:
    """Raise the refusal of an expired token."""
    raise_authentication_error(
        service=SERVICE,
        operation="authenticate",
        message="The token has expired.",
        correlation_id=CORRELATION_ID,
        reason=AuthReason.TOKEN_EXPIRED,
    )


async def conflict() -> NoReturn:
    """Raise a 409."""
    raise_conflict(service=SERVICE, operation="prompt", message="The batch is running.", correlation_id=CORRELATION_ID)


@routes.before_app_request
async def gate() -> None:
    """Refuse requests that ask for it, as authentication does before the body is read."""
    if "X-Refused" in request.headers:
        refuse_expired()


@routes.after_app_request
async def seal(response: Response) -> Response:
    """Fail on a finished answer when asked to."""
    if "X-Unsealed" in request.headers and response.status_code < 400:
        message = "password=hunter2"
        raise RuntimeError(message)
    return response


@routes.get("/limited")
async def limited() -> NoReturn:
    """Refuse with headers."""
    raise_rate_limit_error(
        service=SERVICE,
        operation="limit",
        message="Too many requests.",
        correlation_id=CORRELATION_ID,
        retry_after_s=1.2,
        headers={"RateLimit": '"requests";r=0;t=2', "Vary": "Origin"},
    )


@routes.get("/bug")
async def bug() -> NoReturn:
    """Fail as nobody foresaw."""
    message = "password=hunter2"
    raise RuntimeError(message)


@routes.get("/injected")
@inject
async def injected(caller: FromDishka[Caller]) -> str:
    """Need what the provider refuses."""
    return caller


@routes.get("/group")
async def group() -> NoReturn:
    """Fail in a task of a task of the request."""
    async with asyncio.TaskGroup() as outer:
        outer.create_task(_inner_group())
    raise AssertionError


@routes.get("/group-with-bug")
async def group_with_bug() -> NoReturn:
    """Fail in two tasks at once, as nobody foresaw."""
    failures = [ValueError("hunter2"), LookupError("hunter2")]
    message = "hunter2"
    raise ExceptionGroup(message, failures)


@routes.get("/abort/<int:status>")
async def aborted(status: int) -> NoReturn:
    """Abort with a bare status."""
    abort(status)


@routes.get("/worded")
async def worded() -> NoReturn:
    """Abort with words of its own."""
    abort(409, "The batch is running.")


@routes.get("/finished")
async def finished() -> NoReturn:
    """Raise a finished response."""
    raise ImATeapot(response=Response("as it is", status=418))


@routes.get("/slow")
async def slow() -> NoReturn:
    """Fail as Quart does when the body doesn't arrive."""
    raise RequestTimeout


@routes.get("/headers-too-large")
async def headers_too_large() -> NoReturn:
    """Fail as Werkzeug names too many headers."""
    raise RequestHeaderFieldsTooLarge


@routes.post("/form")
async def form() -> str:
    """Need a form field."""
    return str((await request.form)["batch_id"])


@routes.post("/text")
async def text() -> str:
    """Read the body as text."""
    return str(await request.get_data(as_text=True))


@routes.get("/decoding-bug")
async def decoding_bug() -> str:
    """Decode what isn't the client's."""
    return b"\xff".decode()


@routes.post("/batches")
@validate_request(Registration)
async def register(data: Registration) -> str:
    """Need a valid body."""
    return data.title


@routes.post("/upload")
@validate_request(Registration, source=DataSource.FORM)
async def upload(data: Registration) -> str:
    """Need a valid form."""
    return data.title


@routes.get("/batches")
@validate_querystring(Page)
async def batches(query_args: Page) -> str:
    """Need a valid query."""
    return str(query_args.limit)


@routes.get("/retries")
@validate_headers(Preconditions)
async def retries(headers: Preconditions) -> str:
    """Need valid headers."""
    return str(headers.x_retry_count)


@routes.get("/broken-promise")
@validate_response(Answer)
async def broken_promise() -> dict[str, str]:
    """Answer what wasn't promised."""
    return {"batch_id": "hunter2"}


@routes.websocket("/ws")
async def refused() -> NoReturn:
    """Refuse before the accept."""
    refuse_expired()


@routes.websocket("/ws-injected")
@inject
async def injected_socket(caller: FromDishka[Caller]) -> None:
    """Need what the provider refuses."""
    await websocket.send(caller)


@routes.websocket("/ws-bug")
async def bug_socket() -> NoReturn:
    """Fail before the accept as nobody foresaw."""
    message = "password=hunter2"
    raise RuntimeError(message)


async def _inner_group() -> NoReturn:
    async with asyncio.TaskGroup() as inner:
        inner.create_task(conflict())
        inner.create_task(asyncio.sleep(30))
    raise AssertionError


def failing_app() -> Quart:
    """Return the app, its handlers registered and its container set up."""
    app = Quart(__name__)
    app.config["MAX_CONTENT_LENGTH"] = 2_999
    register_error_handlers(app, service=SERVICE, base_url=PUBLIC_URL)
    QuartSchema(app)
    app.register_blueprint(routes)
    QuartDishka(app=app, container=make_async_container(RefusingProvider()))
    return app
