"""Calls the services behind the gateway over aiohttp (docs/gateway.md, rows 9 to 12, 21)."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace

from aiohttp import TraceConfig
from prometheus_client import CollectorRegistry
from pydantic import SecretStr

from api_gateway import SERVICE_NAME
from api_gateway.upstream.attempt import RequestSender
from api_gateway.upstream.circuit_breaker import BreakerRules
from api_gateway.upstream.deadline import Deadline
from api_gateway.upstream.metrics import UpstreamMetrics
from api_gateway.upstream.pool import Upstream, UpstreamLimits, UpstreamPool, open_session
from api_gateway.upstream.ports import CircuitState, TimeoutClass, UpstreamName, UpstreamReply, UpstreamRequest
from api_gateway.upstream.request_body import await_first_chunk
from api_gateway.upstream.response import HttpStream, UpstreamCall, decode_body, read_at_most
from api_gateway.upstream.retry import RetryPolicy, send_with_retries
from api_gateway.upstream.transport_errors import ReplyTooLargeError, UnknownCodingError, error_for, failure_of
from common.clock import Clock
from common.identity.identity_headers import INTERNAL_KEY_HEADER, SERVICE_HEADER

MOST_REPLY_BYTES = 4 * 1_048_576
"""The largest answer :meth:`UpstreamClient.fetch` takes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UpstreamOptions:
    """Where the upstreams are, and how long the gateway waits for them.

    Attributes:
        urls: base URL of each upstream.
        internal_api_key: what internal routes ask for.
        timeout_s: total for a request, retries included (HTTP_CLIENT_TIMEOUT_SECONDS).
        connect_timeout_s: for a connection (HTTP_CLIENT_CONNECT_TIMEOUT_SECONDS).
        upload_timeout_s: without progress, for uploads (UPLOAD_TIMEOUT_SECONDS).
        breaker: when circuits open and close.
        most_in_flight: calls under way at once to each upstream.
        retries: when a call is made again.
    """

    urls: Mapping[UpstreamName, str]
    internal_api_key: SecretStr
    timeout_s: float = 30.0
    connect_timeout_s: float = 3.0
    upload_timeout_s: float = 60.0
    breaker: BreakerRules = field(
        default_factory=lambda: BreakerRules(failure_threshold=5, recovery_s=60.0, success_threshold=2)
    )
    most_in_flight: int = 512
    retries: RetryPolicy = field(default_factory=RetryPolicy)


@asynccontextmanager
async def connect_upstreams(
    options: UpstreamOptions, *, clock: Clock, registry: CollectorRegistry, trace_configs: Sequence[TraceConfig] = ()
) -> AsyncIterator["UpstreamClient"]:
    """Yield the client for the block; connections that are still open at its end are cut."""
    metrics = UpstreamMetrics(registry)
    rules = UpstreamLimits(options.breaker, options.most_in_flight)
    pool = {name: Upstream(name, url, rules, clock=clock, metrics=metrics) for name, url in options.urls.items()}
    async with open_session(connect_timeout_s=options.connect_timeout_s, trace_configs=trace_configs) as session:
        sender = RequestSender(
            session=session,
            internal_headers={
                INTERNAL_KEY_HEADER: options.internal_api_key.get_secret_value(),
                SERVICE_HEADER: SERVICE_NAME,
            },
            connect_timeout_s=options.connect_timeout_s,
            clock=clock,
        )
        yield UpstreamClient(sender, pool, options)


class UpstreamClient:
    """Implements :class:`api_gateway.upstream.ports.Upstreams`; made by :func:`connect_upstreams`."""

    def __init__(self, sender: RequestSender, pool: UpstreamPool, options: UpstreamOptions) -> None:
        self._sender = sender
        self._pool = pool
        self._options = options

    def circuits(self) -> Mapping[UpstreamName, CircuitState]:
        """Return the state of each upstream's circuit (for ``/readyz?verbose``)."""
        return {name: upstream.circuit for name, upstream in self._pool.items()}

    async def fetch(self, request: UpstreamRequest) -> UpstreamReply:
        """Send ``request`` and return its whole answer."""
        stream = await self._open(request, uncompressed=True)
        try:
            body = await _read_whole(stream)
        except (ReplyTooLargeError, UnknownCodingError) as exc:
            raise error_for(failure_of(exc), request) from exc
        finally:
            await stream.close()
        return UpstreamReply(status=stream.status, body=body, retry_after=stream.retry_after)

    async def open(self, request: UpstreamRequest) -> HttpStream:
        """Send ``request`` and return its answer as soon as head and first chunk are there; the caller closes it."""
        return await self._open(request, uncompressed=False)

    async def _open(self, request: UpstreamRequest, *, uncompressed: bool) -> HttpStream:
        if request.body is not None:
            request = replace(request, body=await await_first_chunk(request.body))
        upstream = self._pool[request.upstream]
        upstream.acquire(request.caller)
        try:
            call = UpstreamCall(request, upstream, self._deadline(request), uncompressed)
            return await send_with_retries(call, self._sender, self._options.retries)
        except BaseException:
            upstream.release(request.caller)
            raise

    def _deadline(self, request: UpstreamRequest) -> Deadline:
        if request.timeout_class is TimeoutClass.UPLOAD:
            return Deadline(self._options.upload_timeout_s, renewed_by_progress=True)
        total_s = self._options.timeout_s
        return Deadline(total_s if request.within_s is None else min(request.within_s, total_s))


async def _read_whole(stream: HttpStream) -> bytes:
    raw = stream.whole or await read_at_most(stream.body, MOST_REPLY_BYTES)
    if raw is None or len(raw) > MOST_REPLY_BYTES:
        raise ReplyTooLargeError
    body = decode_body(raw, stream.content_encoding, most_bytes=MOST_REPLY_BYTES)
    if body is None:
        raise UnknownCodingError
    return body
