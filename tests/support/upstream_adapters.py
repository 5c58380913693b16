"""The real upstream adapter, pointed at a test's server."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace

from prometheus_client import CollectorRegistry
from pydantic import SecretStr

from api_gateway.upstream.circuit_breaker import BreakerRules
from api_gateway.upstream.client import UpstreamClient, UpstreamOptions, connect_upstreams
from api_gateway.upstream.ports import UpstreamName, UpstreamRequest
from api_gateway.upstream.retry import RetryPolicy
from common.clock import SystemClock
from tests.fakes.clock import FakeClock
from tests.support.raw_upstream import everywhere

INTERNAL_KEY = "internal-key-of-tests"
GET = UpstreamRequest(upstream=UpstreamName.CMS, method="GET", path="/v1/classes")
POST = replace(GET, method="POST")

PATIENT_S = 60.0
NO_PAUSE = RetryPolicy(least_pause_s=0.0, longest_pause_s=0.0)
NO_BREAKER = BreakerRules(failure_threshold=float("inf"), recovery_s=60, success_threshold=2)


@dataclass(frozen=True)
class Adapter:
    """A connected adapter and what it counts into."""

    upstreams: UpstreamClient
    registry: CollectorRegistry

    def count(self, name: str, **labels: str) -> float:
        """Return the value of a metric, 0 when it was never set."""
        return self.registry.get_sample_value(name, labels) or 0.0


def options_for(url: str) -> UpstreamOptions:
    """Return options with every upstream at ``url``, too patient for a busy machine to matter, without breaker."""
    return UpstreamOptions(
        urls=everywhere(url),
        internal_api_key=SecretStr(INTERNAL_KEY),
        timeout_s=PATIENT_S,
        connect_timeout_s=PATIENT_S,
        upload_timeout_s=PATIENT_S,
        breaker=NO_BREAKER,
        retries=NO_PAUSE,
    )


@asynccontextmanager
async def adapter_for(options: UpstreamOptions, clock: FakeClock | None = None) -> AsyncIterator[Adapter]:
    """Connect an adapter for the block."""
    registry = CollectorRegistry()
    async with connect_upstreams(options, clock=clock or SystemClock(), registry=registry) as upstreams:
        yield Adapter(upstreams, registry)
