"""A bare ASGI application: what hypercorn alone costs."""

from collections.abc import Awaitable, Callable, MutableMapping
from typing import cast

Message = MutableMapping[str, object]
App = Callable[[Message, Callable[[], Awaitable[Message]], Callable[[Message], Awaitable[None]]], Awaitable[None]]


def create_app() -> App:
    """Return an application that answers every request with two bytes."""
    return _app


async def _app(
    scope: Message, receive: Callable[[], Awaitable[Message]], send: Callable[[Message], Awaitable[None]]
) -> None:
    if scope["type"] == "lifespan":
        while True:
            kind = cast("str", (await receive())["type"])
            await send({"type": f"{kind}.complete"})
            if kind == "lifespan.shutdown":
                return
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2")]})
    await send({"type": "http.response.body", "body": b"ok", "more_body": False})
