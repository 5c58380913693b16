"""Measures where the time of a request went, for the browser (Server-Timing) and the access log."""

from time import perf_counter

from quart import Response

from api_gateway.upstream.ports import UpstreamReply, UpstreamRequest, Upstreams, UpstreamStream
from common.web.middleware.request_record import current_record, record_facts

FACT = "upstream_ms"


class TimedUpstreams:
    """Asks ``inner`` and records how long a whole reply took, or of a streamed one its head."""

    def __init__(self, inner: Upstreams) -> None:
        self._inner = inner

    async def fetch(self, request: UpstreamRequest) -> UpstreamReply:
        """Return the whole reply."""
        started = perf_counter()
        try:
            return await self._inner.fetch(request)
        finally:
            _record_time(started)

    async def open(self, request: UpstreamRequest) -> UpstreamStream:
        """Return the reply whose body is still coming."""
        started = perf_counter()
        try:
            return await self._inner.open(request)
        finally:
            _record_time(started)


async def add_server_timing(response: Response) -> Response:
    """Add ``Server-Timing``: the gateway's share of the time, and the upstreams' where any was asked."""
    if (record := current_record.get()) is None:
        return response
    total = record.duration_s() * 1000
    upstream = (record.facts or {}).get(FACT)
    if isinstance(upstream, float):
        response.headers["Server-Timing"] = f"gateway;dur={total - upstream:.1f}, upstream;dur={upstream:.1f}"
    else:
        response.headers["Server-Timing"] = f"gateway;dur={total:.1f}"
    return response


def _record_time(started: float) -> None:
    """Add the time since ``started`` to what the request's upstreams took so far."""
    if (record := current_record.get()) is not None:
        before = (record.facts or {}).get(FACT)
        taken_ms = (perf_counter() - started) * 1000
        record_facts(**{FACT: round(taken_ms + (before if isinstance(before, float) else 0.0), 1)})
