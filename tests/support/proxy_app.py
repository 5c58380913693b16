"""A small app that streams to one upstream and back: the adapter, the inspection and the house's serving, nothing else.

``python -m tests.support.proxy_app UPSTREAM_URL`` serves it in a process of its own, where memory can be measured, and
prints its port.
"""

import sys
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace

from prometheus_client import CollectorRegistry
from quart import Quart, Response, request

from api_gateway.middleware.stream_closer import StreamCloser
from api_gateway.responses import stream_response
from api_gateway.uploads.inspection import InspectedBody, UploadInspection
from api_gateway.uploads.rules import UploadRules
from api_gateway.upstream.client import UpstreamClient, UpstreamOptions, connect_upstreams
from api_gateway.upstream.headers import HeaderPairs
from api_gateway.upstream.ports import TimeoutClass, UpstreamName, UpstreamRequest
from common.clock import SystemClock
from common.observability.logging import configure_logging
from common.web.quart_overrides.request_body import limit_body
from common.web.serving.server import run
from tests.support.upstream_adapters import options_for
from tests.support.web_app import SERVICE, make_web_app
from tests.support.web_server import run_server

UPLOAD_RULES = UploadRules(required_fields=frozenset({"batch_id"}))
_PASSED = ("content-type", "accept-encoding")


@dataclass(slots=True)
class Upstream:
    """The adapter while the app serves."""

    http: UpstreamClient | None = None

    def __call__(self) -> UpstreamClient:
        """Return the adapter."""
        if self.http is None:
            message = "the app doesn't serve"
            raise LookupError(message)
        return self.http


def proxy_app(options: UpstreamOptions) -> Quart:
    """Return the app: ``POST /upload`` inspects, any other path is passed as it is."""
    app = make_web_app()
    upstream = Upstream()
    resources = AsyncExitStack()

    @app.before_serving
    async def connect() -> None:
        connecting = connect_upstreams(options, clock=SystemClock(), registry=CollectorRegistry())
        upstream.http = await resources.enter_async_context(connecting)

    app.after_serving(resources.aclose)

    @app.post("/upload")
    @limit_body(max_bytes=UPLOAD_RULES.max_request_bytes)
    async def upload() -> Response:
        length = request.content_length
        inspection = UploadInspection(request.headers.get("Content-Type"), length, UPLOAD_RULES)
        body = InspectedBody(request.body, inspection)
        asked = replace(_upstream_request(), body=body, content_length=length, timeout_class=TimeoutClass.UPLOAD)
        return stream_response(await upstream().open(asked))

    @app.route("/<path:path>", methods=["GET", "POST"])
    async def pass_on(path: str) -> Response:
        body = request.body if request.method == "POST" else None
        asked = replace(_upstream_request(), path=f"/{path}", body=body, content_length=request.content_length)
        return stream_response(await upstream().open(asked))

    app.asgi_app = StreamCloser(app.asgi_app)  # type: ignore[method-assign]  # the way Quart documents for ASGI middleware
    return app


def _upstream_request() -> UpstreamRequest:
    headers: HeaderPairs = [pair for pair in request.headers.items() if pair[0].lower() in _PASSED]
    return UpstreamRequest(upstream=UpstreamName.FILE, method=request.method, path=request.path, headers=headers)


async def _serve() -> None:
    configure_logging("ERROR", service=SERVICE)
    options = replace(options_for(sys.argv[1]), timeout_s=30.0, upload_timeout_s=30.0)
    async with run_server(proxy_app(options)) as server:
        sys.stdout.write(f"{server.port}\n")
        sys.stdout.flush()
        await server.drain.stop_requested.wait()


if __name__ == "__main__":
    run(_serve)
