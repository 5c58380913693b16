"""What every app of ours has, and what of Quart's it does without."""

from dataclasses import dataclass

import pytest
from hypercorn.typing import ASGIFramework, ASGIReceiveCallable, ASGISendCallable, Scope
from prometheus_client import CollectorRegistry
from quart import Quart, Response, session
from quart.typing import ResponseReturnValue
from quart_schema import QuartSchema

from common.errors.quart_handlers import register_error_handlers
from common.web.middleware.request_record import current_record
from common.web.serving.configure import AsgiWrapper, configure_app, serving_parts
from common.web.serving.drain import DrainState
from common.web.serving.health import HealthSource, ServiceState
from tests.fakes.health_source import FakeHealthSource
from tests.support.web_app import ALLOWED, SERVICE, make_web_app


@dataclass
class Lesson:
    """A model that QuartSchema turns into an answer."""

    name: str


async def test_a_session_is_empty_and_leaves_no_trace() -> None:
    """Reading finds nothing, and neither a cookie nor a Vary that would keep answers from being shared is sent."""
    app = make_web_app()
    app.secret_key = "set by mistake"

    @app.get("/")
    async def read() -> dict[str, object]:
        return {"found": session.get("user"), "known": list(session)}

    answer = await app.test_client().get("/", headers={"Cookie": "session=forged"})

    assert await answer.get_json() == {"found": None, "known": []}
    assert "Set-Cookie" not in answer.headers
    assert "Cookie" not in answer.headers.get("Vary", "")


async def test_a_session_refuses_to_be_written_to() -> None:
    """As one stands for all of them, nothing of one caller can reach another."""
    app = make_web_app()
    app.secret_key = "set by mistake"

    @app.get("/")
    async def write() -> dict[str, str]:
        with pytest.raises(RuntimeError):
            session["user"] = "anna"
        return {}

    @app.get("/clear")
    async def clear() -> dict[str, str]:
        with pytest.raises(RuntimeError):
            session.clear()
        return {}

    answers = [await app.test_client().get(path) for path in ("/", "/clear")]

    assert [answer.status_code for answer in answers] == [200, 200]
    assert [answer.headers.get("Set-Cookie") for answer in answers] == [None, None]


async def test_hooks_of_both_kinds_run_for_every_request() -> None:
    """What was found out of a hook at the first request holds at the next."""
    app, ran = make_web_app(), list[str]()

    @app.before_request
    async def awaited() -> None:
        ran.append("awaited")

    @app.before_request
    def called() -> None:
        ran.append("called")

    await app.test_client().get("/livez")
    await app.test_client().get("/livez")

    assert ran == ["awaited", "called"] * 2


def test_a_plain_function_is_wrapped_once() -> None:
    """Quart by itself makes a wrapper for each call."""
    app = make_web_app()

    def view() -> str:
        return ""

    assert app.ensure_async(view) is app.ensure_async(view)


@dataclass(init=False, eq=False)
class Letter(Response):
    """An answer that looks like a model too."""


async def test_an_answer_that_is_one_stays_as_it_is() -> None:
    """Nobody looks for models in it."""
    app = make_web_app(extend=QuartSchema)
    made = Letter(b"as it is")

    async with app.app_context():
        assert await app.make_response(made) is made


@pytest.mark.parametrize(
    ("result", "status", "body"),
    [
        ("text", 200, b"text"),
        ({"a": 1}, 200, b'{"a":1}'),
        (({"a": 1}, 202), 202, b'{"a":1}'),
        (Lesson("reading"), 200, b'{"name":"reading"}'),
        ((Response(b"made"), 203), 203, b"made"),
    ],
    ids=["text", "dict", "with a status", "model", "answer with a status"],
)
async def test_whatever_else_a_view_returns_is_made_one(result: ResponseReturnValue, status: int, body: bytes) -> None:
    """By Quart, and by QuartSchema where an app has it."""
    app = make_web_app(extend=QuartSchema)

    @app.get("/")
    async def view() -> ResponseReturnValue:
        return result

    answer = await app.test_client().get("/")

    assert (answer.status_code, await answer.get_data()) == (status, body)


async def test_a_request_passes_the_wrappers_from_the_outside_in() -> None:
    """Those inside see the request's record, which the edge middleware binds; those outside come before it."""
    app, passed = Quart("tests", static_folder=None), list[tuple[str, bool]]()

    def note(name: str) -> AsgiWrapper:
        def wrap(inner: ASGIFramework) -> ASGIFramework:
            async def wrapped(scope: Scope, receive: ASGIReceiveCallable, send: ASGISendCallable) -> None:
                passed.append((name, current_record.get() is not None))
                await inner(scope, receive, send)

            return wrapped

        return wrap

    async def look_up() -> HealthSource:
        return FakeHealthSource()

    state = ServiceState(environment="test", drain=DrainState(), registry=CollectorRegistry(), health=look_up)
    register_error_handlers(app, service=SERVICE)
    configure_app(
        app, state, allowed=ALLOWED, inside=(note("first"), note("second")), outside=(note("third"), note("fourth"))
    )
    await app.test_client().get("/livez")

    assert passed == [("fourth", False), ("third", False), ("second", True), ("first", True)]


def test_an_app_that_was_not_configured_is_not_served() -> None:
    """The mistake names its remedy."""
    with pytest.raises(LookupError, match=r"call common\.web\.serving\.configure\.configure_app"):
        serving_parts(Quart("tests"))
