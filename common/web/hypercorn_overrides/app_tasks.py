"""The queue between a connection and its app, and the task the app runs in.

Hypercorn's queue blocks whoever reports a disconnect while it is full. When the app has stopped reading (a refused
upload), that is the app's own last ``send``: it would wait for itself.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import NoReturn

import structlog
from hypercorn.asyncio.task_group import TaskGroup
from hypercorn.config import Config
from hypercorn.typing import AppWrapper, ASGIReceiveCallable, ASGIReceiveEvent, ASGISendEvent, Scope

from common.web.hypercorn_overrides.client_connection import wire_of
from common.web.hypercorn_overrides.config import EdgeConfig

_logger = structlog.get_logger(__name__)

_LAST = frozenset({"http.disconnect", "websocket.disconnect"})


class Inbox(asyncio.Queue[ASGIReceiveEvent]):
    """A bounded queue of ASGI events that never holds up the news that the peer is gone, and can be closed."""

    def __init__(self, limit: int) -> None:
        super().__init__(limit)
        self._bounded = True
        self._closed = False

    def full(self) -> bool:
        """Tell whether the next event has to wait."""
        return self._bounded and super().full()

    async def put(self, item: ASGIReceiveEvent) -> None:
        """Queue ``item``; a disconnect at once, anything else when there is room, nothing once closed."""
        if item["type"] in _LAST:
            self._bounded = False
        if not self._closed:
            await super().put(item)

    def close(self) -> None:
        """Drop what is queued and release whoever waits for room: the app is done."""
        self._closed = True
        self._bounded = False
        while not self.empty():
            self.get_nowait()


class EdgeTaskGroup(TaskGroup):
    """Runs apps with an :class:`Inbox`, under our configuration."""

    async def spawn_app(
        self,
        app: AppWrapper,
        config: Config,
        scope: Scope,
        send: Callable[[ASGISendEvent | None], Awaitable[None]],
    ) -> Callable[[ASGIReceiveEvent], Awaitable[None]]:
        """Start ``app`` in a task of this group; returns what feeds it."""
        if not isinstance(config, EdgeConfig):
            return await super().spawn_app(app, config, scope, send)
        inbox = Inbox(config.max_app_queue_size)
        self.spawn(self._serve, app, scope, inbox, send)
        return inbox.put

    async def _serve(
        self,
        app: AppWrapper,
        scope: Scope,
        inbox: Inbox,
        send: Callable[[ASGISendEvent | None], Awaitable[None]],
    ) -> None:
        receive = _receive_from(inbox, scope)
        try:
            await app(scope, receive, send, _for_wsgi_alone, _for_wsgi_alone)
        except Exception:
            _logger.exception("connection.app_failed")
        finally:
            inbox.close()
            await send(None)


def _receive_from(inbox: Inbox, scope: Scope) -> ASGIReceiveCallable:
    """Return what the app calls for its events; its first call is what a client's ``Expect`` has waited for."""
    wire = wire_of(scope)
    before_body = wire.before_body if wire is not None else None
    if wire is None or before_body is None:
        return inbox.get

    async def receive() -> ASGIReceiveEvent:
        if wire.before_body is before_body:
            wire.before_body = None
            await before_body()
        return await inbox.get()

    return receive


def _for_wsgi_alone(*_: object) -> NoReturn:
    """Stand in for the two callables that hypercorn hands to WSGI wrappers."""
    message = "only ASGI apps are served"
    raise NotImplementedError(message)
