"""Serves the page from an origin of its own, as a real dashboard is, and its control API to that page alone."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from http import HTTPStatus
from pathlib import Path
from typing import TypeVar
from urllib.parse import urlsplit

import aiohttp
from aiohttp import web
from aiohttp.typedefs import Handler, Middleware
from pydantic import JsonValue, ValidationError
from redis.exceptions import RedisError

from sandbox.addresses import Addresses
from sandbox.dashboard.control import Action, Body, Burst, BusyError, Control, NetworkLoss, TokenLife
from sandbox.ports import LOOPBACK
from sandbox.scene import ESSAYS, MEDIA_TYPES, PUPILS

STATIC = Path(__file__).parent / "static"
ACTIONS: tuple[Action, ...] = ("restart", "kill", "start")
MOST_BODY_BYTES = 10_000
MEDIA_TYPES_OF_PAGES = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}

BodyT = TypeVar("BodyT", bound=Body)


def page_app(control: Control, addresses: Addresses, *, port: int) -> web.Application:
    """Return the page's server."""
    pages = Page(control, addresses)
    app = web.Application(
        middlewares=[_with_headers(addresses), _own_pages_only(port), _tell_failures], client_max_size=MOST_BODY_BYTES
    )
    app.add_routes(
        [
            web.get("/", pages.file),
            web.get("/sandbox.json", pages.describe),
            web.get("/essays/{course}/{name}", pages.essay),
            web.get("/control/status", pages.status),
            web.post("/control/replicas/{name}/{action}", pages.act),
            web.post("/control/network", pages.lose_network),
            web.post("/control/tokens", pages.set_token_life),
            web.post("/control/notifications", pages.send_notifications),
            web.get("/control/notifications", pages.list_sent),
            web.get("/{name}", pages.file),
        ]
    )
    return app


@asynccontextmanager
async def serving_page(
    control: Control, addresses: Addresses, *, port: int, host: str = LOOPBACK
) -> AsyncIterator[str]:
    """Serve the page on ``port`` for the block, to browsers that call it at loopback; yields its address there.

    Raises:
        OSError: when the port is taken.
    """
    runner = web.AppRunner(page_app(control, addresses, port=port), access_log=None)
    await runner.setup()
    try:
        await web.TCPSite(runner, host, port).start()
        yield f"http://{LOOPBACK}:{port}"
    finally:
        await runner.cleanup()


class Page:
    """The handlers; see the routes in :func:`page_app`."""

    def __init__(self, control: Control, addresses: Addresses) -> None:
        self._control = control
        self._addresses = addresses

    async def file(self, request: web.Request) -> web.StreamResponse:
        """Return one of the page's files, compressed. aiohttp's own static files have a body in a compressed 304."""
        name = request.match_info.get("name", "index.html")
        file = next((file for file in STATIC.iterdir() if file.name == name), None)  # %2F in a name leads nowhere
        if file is None or file.suffix not in MEDIA_TYPES_OF_PAGES:
            raise web.HTTPNotFound
        headers = {"Content-Type": MEDIA_TYPES_OF_PAGES[file.suffix]}
        response = web.Response(body=file.read_bytes(), headers=headers)
        response.enable_compression()
        return response

    async def describe(self, _request: web.Request) -> web.Response:
        """Return where the services are, who can log in, and which essays there are."""
        where = self._addresses
        essays: list[JsonValue] = [
            {
                "course": course,
                "name": file.name,
                "size_bytes": file.stat().st_size,
                "url": f"/essays/{course}/{file.name}",
            }
            for course in PUPILS
            for file in sorted((ESSAYS / course).iterdir())
        ]
        return web.json_response(
            {
                "gateway": where.gateway,
                "feed": where.websocket,
                "users": [
                    {"email": one.email, "password": one.password, "user_id": one.user_id} for one in where.users
                ],
                "courses": [*PUPILS],
                "pupils": {course: [[*pupil] for pupil in pupils] for course, pupils in PUPILS.items()},
                "essays": essays,
            }
        )

    async def essay(self, request: web.Request) -> web.StreamResponse:
        """Return one of the sandbox's essays."""
        course, name = request.match_info["course"], request.match_info["name"]
        folder = ESSAYS / course
        if course not in PUPILS or name not in {file.name for file in folder.iterdir()}:
            raise web.HTTPNotFound
        file = folder / name
        return web.Response(body=file.read_bytes(), headers={"Content-Type": MEDIA_TYPES[file.suffix]})

    async def status(self, _request: web.Request) -> web.Response:
        """Return the state of the replicas and of the network."""
        return web.json_response(await self._control.status())

    async def act(self, request: web.Request) -> web.Response:
        """Restart, kill or start a replica."""
        action = next((each for each in ACTIONS if each == request.match_info["action"]), None)
        if action is None:
            raise web.HTTPNotFound
        try:
            self._control.act(request.match_info["name"], action)
        except KeyError:
            raise web.HTTPNotFound from None
        except BusyError:
            raise web.HTTPConflict from None
        return await self._accepted()

    async def lose_network(self, request: web.Request) -> web.Response:
        """Lose the network for a while."""
        if not self._control.lose_network(await _body(request, NetworkLoss)):
            raise web.HTTPConflict(reason="a single replica has no balancer: start with --feeds 2")
        return await self._accepted()

    async def set_token_life(self, request: web.Request) -> web.Response:
        """Shorten the life of tokens."""
        await self._control.set_token_life(await _body(request, TokenLife))
        return await self._accepted()

    async def send_notifications(self, request: web.Request) -> web.Response:
        """Send a teacher notifications."""
        await self._control.send_notifications(await _body(request, Burst))
        return await self._accepted()

    async def list_sent(self, request: web.Request) -> web.Response:
        """Return what a teacher was sent after a cursor."""
        user_id = request.query.get("user_id", "")
        if not user_id:
            raise web.HTTPBadRequest(reason="user_id is missing")
        cursors = await self._control.sent_after(user_id, request.query.get("after", ""))
        return web.json_response({"cursors": cursors})

    async def _accepted(self) -> web.Response:
        return web.json_response(await self._control.status(), status=HTTPStatus.ACCEPTED)


async def _body(request: web.Request, model: type[BodyT]) -> BodyT:
    try:
        return model.model_validate_json(await request.read() or b"{}")
    except ValidationError as fault:
        raise web.HTTPBadRequest(reason=f"{fault.error_count()} faults in the body") from None


def _own_pages_only(port: int) -> Middleware:
    """Refuse other hosts' names (DNS rebinding) and other origins' requests: the control API breaks things."""
    hosts = {f"{host}:{port}" for host in (LOOPBACK, "localhost")}
    origins = {None, *(f"http://{host}" for host in hosts)}

    @web.middleware
    async def check(request: web.Request, handler: Handler) -> web.StreamResponse:
        foreign = request.headers.get("Origin") not in origins
        foreign = foreign or request.headers.get("Sec-Fetch-Site", "same-origin") not in {"same-origin", "none"}
        if request.host not in hosts or (foreign and request.path.startswith("/control/")):
            raise web.HTTPForbidden
        return await handler(request)

    return check


@web.middleware
async def _tell_failures(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Answer 503 when a part that the control asks has ended: that is what the page is for, and no fault."""
    try:
        return await handler(request)
    except (aiohttp.ClientError, RedisError, TimeoutError) as failure:
        raise web.HTTPServiceUnavailable(text=f"{type(failure).__name__}: {failure}") from None


def _with_headers(addresses: Addresses) -> Middleware:
    feed = urlsplit(addresses.websocket)
    callable_from_page = f"{addresses.gateway} ws://{feed.netloc} http://{feed.netloc}"
    policy = (
        f"default-src 'self'; connect-src 'self' {callable_from_page}; img-src 'self' data:; frame-ancestors 'none'"
    )

    headers = {
        "Content-Security-Policy": policy,
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": "no-cache",
    }

    @web.middleware
    async def add(request: web.Request, handler: Handler) -> web.StreamResponse:
        try:
            response = await handler(request)
        except web.HTTPException as refusal:
            refusal.headers.update(headers)
            raise
        response.headers.update(headers)
        return response

    return add
