"""Upstream answers passed on as they come, and closed whatever happens to the exchange (docs/gateway.md, row 9)."""

from collections.abc import AsyncIterator
from contextvars import ContextVar
from types import TracebackType
from typing import Self

from hypercorn.typing import ASGIFramework, ASGIReceiveCallable, ASGISendCallable, Scope
from quart import Response
from quart.wrappers.response import ResponseBody

from api_gateway.upstream.ports import UpstreamStream

_opened: ContextVar[list[UpstreamStream]] = ContextVar("opened_streams")


class StreamCloser:
    """An ASGI wrapper that closes what was opened during an exchange, once the exchange is over.

    Quart sends a body after the handler has returned and the request's container is closed, and a client can leave in
    between: only what surrounds the whole exchange can promise to close.
    """

    def __init__(self, app: ASGIFramework) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: ASGIReceiveCallable, send: ASGISendCallable) -> None:
        """Serve one connection."""
        streams: list[UpstreamStream] = []
        _opened.set(streams)
        try:
            await self._app(scope, receive, send)
        finally:
            for stream in streams:
                await stream.close()


class RelayedBody(ResponseBody):
    """A body that is read from the upstream no faster than the caller takes it."""

    def __init__(self, stream: UpstreamStream) -> None:
        self._chunks = stream.body

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Leave the closing to :class:`StreamCloser`."""

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self._chunks


def relayed(stream: UpstreamStream) -> Response:
    """Return the answer that passes ``stream`` on, headers as they are; nobody needs to close the stream any more."""
    _opened.get().append(stream)
    response = Response(RelayedBody(stream), stream.status)
    response.headers.clear()
    response.headers.extend(list(stream.headers))
    return response
