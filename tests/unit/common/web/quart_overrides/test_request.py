"""What a request is asked several times."""

from pydantic import JsonValue
from quart import Blueprint, Quart, request
from quart.sessions import NullSession, SessionInterface, SessionMixin
from quart.wrappers.base import BaseRequestWebsocket

from tests.support.web_app import make_web_app


async def test_json_is_parsed_once() -> None:
    """A second reader gets the same value, and ``silent`` asks no questions."""
    app = make_web_app()

    async with app.test_request_context(
        "/", method="POST", data=b'{"a":1}', headers={"Content-Type": "application/json"}
    ):
        first, second = await request.get_json(), await request.get_json()
    async with app.test_request_context("/", method="POST", data=b"{", headers={"Content-Type": "application/json"}):
        broken = await request.get_json(silent=True)
    async with app.test_request_context("/", method="POST", data=b"{}", headers={"Content-Type": "text/plain"}):
        untyped = await request.get_json(silent=True)
        forced = await request.get_json(force=True)

    assert first is second
    assert (broken, untyped, forced) == (None, None, {})


async def test_a_request_knows_the_blueprints_of_its_route() -> None:
    """From the innermost outwards, the same each time it is asked; without a route it knows none."""
    app, outer, inner = make_web_app(), Blueprint("outer", "tests"), Blueprint("inner", "tests")

    async def tell() -> dict[str, JsonValue]:
        return {"first": list(request.blueprints), "again": list(request.blueprints)}

    inner.get("/inner")(tell)
    outer.register_blueprint(inner)
    app.register_blueprint(outer)
    app.get("/plain")(tell)
    nested, plain = [await (await app.test_client().get(path)).get_json() for path in ("/inner", "/plain")]
    async with app.test_request_context("/nowhere"):
        unknown = request.blueprints

    assert nested == {"first": ["outer.inner", "outer"], "again": ["outer.inner", "outer"]}
    assert plain == {"first": [], "again": []}
    assert unknown == []


class Curious(SessionInterface):
    """Asks a request for its blueprints, as early as anybody can."""

    def __init__(self) -> None:
        self.told: list[list[str]] = []

    async def open_session(self, _app: Quart, asked: BaseRequestWebsocket) -> SessionMixin:
        """Ask."""
        self.told.append(list(asked.blueprints))
        return NullSession()


async def test_blueprints_are_not_remembered_before_there_is_a_route() -> None:
    """Whoever asks too early doesn't keep the hooks of the route's blueprint from being run."""
    app, lessons, early = make_web_app(), Blueprint("lessons", "tests"), Curious()
    app.session_interface = early  # type: ignore[assignment]  # Quart's annotation names its default alone
    ran = list[str]()

    @lessons.before_request
    async def note() -> None:
        ran.append("lessons")

    @lessons.get("/lessons")
    async def teach() -> dict[str, str]:
        return {}

    app.register_blueprint(lessons)
    await app.test_client().get("/lessons")

    assert (early.told, ran) == ([[]], ["lessons"])
