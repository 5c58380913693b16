"""The task that an app runs in, and the queue between a connection and its app.

While hypercorn's queue of events is full it blocks the task that reports a disconnect. When the app has stopped reading
(a refused upload), that is the app's own last ``send``, which would wait for itself.
"""

from collections.abc import Awaitable, Callable
from typing import NoReturn

import structlog
from hypercorn.asyncio.task_group import TaskGroup
from hypercorn.config import Config
from hypercorn.typing import AppWrapper, ASGIReceiveCallable, ASGIReceiveEvent, ASGISendEvent, Scope

from common.web.hypercorn_overrides.client_connection import connection_of
from common.web.hypercorn_overrides.small_queue import SmallQueue

_DISCONNECTS = frozenset({"http.disconnect", "websocket.disconnect"})

_logger = structlog.get_logger(__name__)


class EventQueue(SmallQueue[ASGIReceiveEvent]):
    """A bounded queue of ASGI events in which a disconnect never waits for room; it can be closed."""

    def __init__(self, limit: int) -> None:
        super().__init__(limit)
        self._bounded = True
        self._closed = False

    def full(self) -> bool:
        """Tell whether the next event has to wait."""
        return self._bounded and super().full()

    async def put(self, item: ASGIReceiveEvent) -> None:
        """Queue ``item``: a disconnect at once, other events when there is room, nothing after :meth:`close`."""
        if item["type"] in _DISCONNECTS:
            self._bounded = False
        if not self._closed:
            await super().put(item)

    def close(self) -> None:
        """Drop what is queued and release the tasks that wait for room, because the app has returned."""
        self._closed = True
        self._bounded = False
        while not self.empty():
            self.get_nowait()


class EdgeTaskGroup(TaskGroup):
    """Runs apps with an :class:`EventQueue`."""

    async def spawn_app(
        self,
        app: AppWrapper,
        config: Config,
        scope: Scope,
        send: Callable[[ASGISendEvent | None], Awaitable[None]],
    ) -> Callable[[ASGIReceiveEvent], Awaitable[None]]:
        """Start ``app`` in a task of this group; returns what feeds it."""
        queue = EventQueue(config.max_app_queue_size)
        self.spawn(self._serve, app, scope, queue, send)
        return queue.put

    async def _serve(
        self,
        app: AppWrapper,
        scope: Scope,
        queue: EventQueue,
        send: Callable[[ASGISendEvent | None], Awaitable[None]],
    ) -> None:
        receive = _receive_from(queue, scope)
        try:
            await app(scope, receive, send, _for_wsgi_alone, _for_wsgi_alone)
        except Exception:  # the last place above the app: an error here must not end the server
            _logger.exception("connection.app_failed")
        finally:
            queue.close()
            await send(None)


def _receive_from(queue: EventQueue, scope: Scope) -> ASGIReceiveCallable:
    """Return what the app calls for its events; its first call is what a client's ``Expect`` has waited for."""
    client = connection_of(scope)
    before_body = client.before_body if client is not None else None
    if client is None or before_body is None:
        return queue.get

    async def receive() -> ASGIReceiveEvent:
        if client.before_body is before_body:
            client.before_body = None
            await before_body()
        return await queue.get()

    return receive


def _for_wsgi_alone(*_: object) -> NoReturn:
    """Stand in for the two callables that hypercorn hands to WSGI wrappers."""
    message = "only ASGI apps are served"
    raise NotImplementedError(message)
