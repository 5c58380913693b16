"""Request bodies: bounded in size and time, whole in memory only when asked for, never complete when truncated.

Quart reads bodies as fast as they arrive, whether the handler takes them or not, and compares its limit with what is
buffered at the moment. Here nothing is read before it is wanted, and the limit counts what was received.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Generator
from dataclasses import dataclass, replace
from typing import Any, NoReturn, TypeVar

from quart import Quart, Request
from quart.wrappers.request import Body
from typing_extensions import override

from common.clock import LOOP_SCHEDULER, Scheduler, Timeout
from common.errors.codes import ErrorCode
from common.errors.source import ErrorSource
from common.web.middleware.request_record import current_service

READ_AHEAD_BYTES = 131_072
"""How much of a body may wait in memory for a handler that is slower than its client."""

_ATTRIBUTE = "body_limit"

_View = TypeVar("_View", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True)
class BodyLimit:
    """How large a route's body may be, and how slow.

    Attributes:
        max_bytes: what is more is refused with 413.
        idle_s: how long the client may pause while it sends; then 408.
        whole_s: how long a handler may have to wait for the client in all, however steadily it drips; then 408. None
            for bodies so large that only pauses tell a slow connection from a client that holds on to its place.
    """

    max_bytes: int
    idle_s: float = 30.0
    whole_s: float | None = 30.0

    def remaining_s(self, waited_s: float) -> float:
        """Return how long the next piece may take after ``waited_s`` seconds of waiting for others."""
        return self.idle_s if self.whole_s is None else min(self.idle_s, max(0.0, self.whole_s - waited_s))


DEFAULT_LIMIT = BodyLimit(max_bytes=1_048_576)
"""docs/gateway.md, row 13: JSON bodies up to 1 MB."""


def limit_body(
    *, max_bytes: int, idle_s: float = DEFAULT_LIMIT.idle_s, whole_s: float | None = DEFAULT_LIMIT.whole_s
) -> Callable[[_View], _View]:
    """Give one route a limit of its own; stands directly under the route decorator.

    ``@bp.post("/v1/files/batch")``, then ``@limit_body(max_bytes=100 * MB, idle_s=60)``, then the rest.
    """

    def mark(view: _View) -> _View:
        setattr(view, _ATTRIBUTE, BodyLimit(max_bytes, idle_s, whole_s))
        return view

    return mark


def body_limit(app: Quart, request: Request) -> BodyLimit:
    """Return the limit of the route that ``request`` matched, the default where it has none of its own."""
    rule = request.url_rule
    if rule is None:
        return DEFAULT_LIMIT
    limit = getattr(app.view_functions[rule.endpoint], _ATTRIBUTE, DEFAULT_LIMIT)
    return limit if isinstance(limit, BodyLimit) else DEFAULT_LIMIT


def set_body_idle_timeout(request: Request, idle_s: float) -> None:
    """Let the client of ``request`` pause for ``idle_s`` seconds while it sends, in place of its route's limit."""
    body = request.body
    if isinstance(body, BoundedBody):
        body.idle_s = idle_s


class BoundedBody(Body):
    """A request's body: ``async for chunk in body``, or ``await body`` for the whole.

    It asks ``pull`` for more when it has nothing; what was received beyond the limit is dropped and reading raises
    HuleEduError: PAYLOAD_TOO_LARGE (at once when the announced length says so), REQUEST_TIMEOUT when
    the client pauses for longer than ``idle_s`` or drips for longer than ``whole_s``. A body whose client left never
    ends.
    """

    def __init__(self, expected_content_length: int | None, _max_content_length: int | None) -> None:
        self._expected = expected_content_length
        self._limit: Callable[[], BodyLimit] = _default_limit
        self._chunks: deque[bytes] = deque()
        self._waiting_bytes = 0
        self._received = 0
        self._waited_s = 0.0
        self._discarding = False
        self._wanted_whole = False
        self.idle_s: float | None = None
        self._pull: Callable[[], Awaitable[None]] | None = None
        self._scheduler: Scheduler = LOOP_SCHEDULER
        self._changed = asyncio.Event()
        self.complete = False

    def attach(
        self,
        pull: Callable[[], Awaitable[None]],
        limit: Callable[[], BodyLimit],
        *,
        scheduler: Scheduler = LOOP_SCHEDULER,
    ) -> None:
        """Have more fetched by ``pull``, which calls :meth:`append` and :meth:`set_complete`, within ``limit``.

        The limit is asked for late: when a request is made its route is not known yet.
        """
        self._pull = pull
        self._scheduler = scheduler
        self._limit = limit

    def detach(self) -> None:
        """Let go of what fetched more, and of the request behind the limit, because the request is over.

        They hold the body in turn: only the garbage collector would free all that a request is made of.
        """
        self._pull, self._limit = None, _default_limit

    @property
    def is_full(self) -> bool:
        """True while enough waits to be taken; never while all of it is wanted, which only the limit bounds."""
        return self._waiting_bytes >= READ_AHEAD_BYTES and not self._wanted_whole

    async def wait_for_change(self) -> None:
        """Return when something was appended or taken, or the end has come, since the last call."""
        await self._changed.wait()
        self._changed.clear()

    def discard(self) -> None:
        """Drop what waits and what may still come, because the handler won't read it."""
        self._discarding = True
        self.clear()

    @override
    def append(self, data: bytes) -> None:
        self._received += len(data)
        if self._discarding or not data:
            return
        if self._received > self._limit().max_bytes:
            self.discard()
        else:
            self._chunks.append(data)
            self._waiting_bytes += len(data)
        self._changed.set()

    @override
    def set_complete(self) -> None:
        self.complete = True
        self._changed.set()

    @override
    def set_result(self, data: bytes) -> None:
        self.append(data)
        self.set_complete()

    @override
    def clear(self) -> None:
        self._chunks.clear()
        self._waiting_bytes = 0
        self._changed.set()

    async def __anext__(self) -> bytes:
        if not await self._fetch_if_empty():
            raise StopAsyncIteration
        data = self._chunks.popleft()
        self._waiting_bytes -= len(data)
        self._changed.set()
        return data

    def __await__(self) -> Generator[Any, None, bytes]:
        return self.read_whole().__await__()

    async def read_whole(self) -> bytes:
        """Return all of the body; a second call returns it again, until it is cleared."""
        self._wanted_whole = True
        self._changed.set()  # the task that reads ahead may go on
        self._check_size()
        while not self.complete:
            await self._fetch_in_time()
            self._check_size()
        if len(self._chunks) > 1:
            self._chunks = deque([b"".join(self._chunks)])
        return self._chunks[0] if self._chunks else b""

    async def _fetch_if_empty(self) -> bool:
        while True:
            self._check_size()
            if self._chunks:
                return True
            if self.complete:
                return False
            await self._fetch_in_time()

    async def _fetch_in_time(self) -> None:
        limit, scheduler = self._limit(), self._scheduler
        if self.idle_s is not None:
            limit = replace(limit, idle_s=self.idle_s)
        began = scheduler.time()
        try:
            async with Timeout(scheduler, limit.remaining_s(self._waited_s)):
                await self._fetch()
        except TimeoutError:
            _raise_too_slow(limit)
        finally:
            self._waited_s += scheduler.time() - began

    async def _fetch(self) -> None:
        await (self.wait_for_change() if self._pull is None else self._pull())

    def _check_size(self) -> None:
        limit_bytes = self._limit().max_bytes
        if self._received > limit_bytes or (self._expected or 0) > limit_bytes:
            raise ErrorSource(current_service(), "read_body").error(
                ErrorCode.PAYLOAD_TOO_LARGE,
                f"The body is larger than {limit_bytes} bytes.",
                details={"limit_bytes": limit_bytes},
            )


def _default_limit() -> BodyLimit:
    return DEFAULT_LIMIT


def _raise_too_slow(limit: BodyLimit) -> NoReturn:
    raise ErrorSource(current_service(), "read_body").error(
        ErrorCode.REQUEST_TIMEOUT,
        "The body arrived too slowly.",
        details={"pause_limit_seconds": limit.idle_s, "whole_limit_seconds": limit.whole_s},
        headers={"Connection": "close"},
    )
