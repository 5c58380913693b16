"""One HTTP request on its way through Quart."""

from hypercorn.typing import ASGISendCallable
from quart import Request
from quart.asgi import ASGIHTTPConnection

from common.web.exchange import current


class BackpressureHTTPConnection(ASGIHTTPConnection):
    """Tells the exchange which route matched."""

    async def handle_request(self, request: Request, send: ASGISendCallable) -> None:
        """Serve the request; the route is recorded before the answer starts."""
        await super().handle_request(request, send)
        exchange = current.get()
        if exchange is not None and request.url_rule is not None:
            exchange.route = request.url_rule.rule
