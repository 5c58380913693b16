"""One WebSocket on its way through Quart."""

from quart.asgi import ASGIWebsocketConnection


class BoundedWebsocketConnection(ASGIWebsocketConnection):
    """The WebSocket class of both services."""
