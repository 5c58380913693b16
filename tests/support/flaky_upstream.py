"""An upstream that fails for a while, and what its callers get."""

from dataclasses import replace

from api_gateway.upstream.circuit_breaker import BreakerRules
from api_gateway.upstream.client import UpstreamOptions
from api_gateway.upstream.ports import UpstreamRequest
from common.errors.exceptions import HuleEduError
from tests.support.raw_upstream import Connection, HttpUpstream, RawUpstream, ReceivedRequest
from tests.support.upstream_adapters import POST, Adapter, options_for

BREAKER = BreakerRules(failure_threshold=3, recovery_s=60, success_threshold=2)


class Flaky(HttpUpstream):
    """An upstream that answers with ``statuses`` one after the other, then with 200; 0 hangs, -1 closes."""

    def __init__(self, *statuses: int) -> None:
        super().__init__(self._next)
        self.statuses = list(statuses)

    async def _next(self, connection: Connection, request: ReceivedRequest) -> None:
        status = self.statuses.pop(0) if self.statuses else 200
        if status < 0:
            connection.reset()
        elif not status:
            await connection.hang()
        else:
            await connection.answer(b"" if request.method == "HEAD" else b"ok", status=f"{status} Whatever")


def breaking(upstream: RawUpstream) -> UpstreamOptions:
    """Return options whose circuits open after three failures."""
    return replace(options_for(upstream.url), breaker=BREAKER)


async def outcome(adapter: Adapter, request: UpstreamRequest = POST) -> tuple[int, str]:
    """Return status and code of a call."""
    try:
        reply = await adapter.upstreams.fetch(request)
    except HuleEduError as error:
        return error.status_code, str(error.error_code)
    return reply.status, ""
