"""Closes the upstream responses of an exchange, whatever happens to it (docs/gateway.md, row 9)."""

from contextvars import ContextVar

from hypercorn.typing import ASGIFramework, ASGIReceiveCallable, ASGISendCallable, Scope

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


def close_after_exchange(stream: UpstreamStream) -> None:
    """Have ``stream`` closed at the end of the current exchange."""
    _opened.get().append(stream)
