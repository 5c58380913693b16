"""Where the time of a request went: told to the browser (Server-Timing) and to the access log."""

from time import perf_counter

from quart import Quart, Response

from api_gateway.upstream.ports import UpstreamReply, UpstreamRequest, Upstreams, UpstreamStream
from common.web.middleware.request_record import current_record, record_facts

FACT = "upstream_ms"


class TimedUpstreams:
    """Asks ``inner`` and notes how long the answer's head (of a streamed one), or the whole answer, took."""

    def __init__(self, inner: Upstreams) -> None:
        self._inner = inner

    async def fetch(self, request: UpstreamRequest) -> UpstreamReply:
        """Return the whole answer."""
        started = perf_counter()
        try:
            return await self._inner.fetch(request)
        finally:
            _note(perf_counter() - started)

    async def open(self, request: UpstreamRequest) -> UpstreamStream:
        """Return the answer whose body is still coming."""
        started = perf_counter()
        try:
            return await self._inner.open(request)
        finally:
            _note(perf_counter() - started)


def tell_timing(app: Quart) -> None:
    """Put ``Server-Timing`` on every answer: the gateway's share, and the upstreams' where any was asked."""

    @app.after_request
    async def tell(response: Response) -> Response:
        if (exchange := current_record.get()) is None:
            return response
        total = exchange.duration_s() * 1000
        upstream = (exchange.facts or {}).get(FACT)
        if isinstance(upstream, float):
            response.headers["Server-Timing"] = f"gateway;dur={total - upstream:.1f}, upstream;dur={upstream:.1f}"
        else:
            response.headers["Server-Timing"] = f"gateway;dur={total:.1f}"
        return response


def _note(taken_s: float) -> None:
    if (exchange := current_record.get()) is None:
        return
    before = (exchange.facts or {}).get(FACT, 0.0)
    record_facts(**{FACT: round(taken_s * 1000 + (before if isinstance(before, float) else 0.0), 1)})
