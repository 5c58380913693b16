"""The services behind the gateway, called by aiohttp (docs/gateway.md, rows 9 to 12, 21)."""

from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace

from aiohttp import TraceConfig
from prometheus_client import CollectorRegistry
from pydantic import SecretStr

from api_gateway import SERVICE_NAME
from api_gateway.upstream.attempt import Attempts, Refusal
from api_gateway.upstream.circuit_breaker import BreakerRules
from api_gateway.upstream.deadline import Deadline
from api_gateway.upstream.metrics import UpstreamMetrics
from api_gateway.upstream.pool import Line, LineRules, Lines, open_session
from api_gateway.upstream.ports import CircuitState, TimeoutClass, UpstreamName, UpstreamReply, UpstreamRequest
from api_gateway.upstream.request_body import begun
from api_gateway.upstream.response import Exchange, HttpStream, decoded
from api_gateway.upstream.retry import Retries
from api_gateway.upstream.transport_errors import ReplyTooLargeError, UnknownCodingError, error_for, failure_of
from common.clock import Clock
from common.identity.identity_headers import INTERNAL_KEY_HEADER, SERVICE_HEADER

MOST_REPLY_BYTES = 4 * 1_048_576
"""The largest answer :meth:`UpstreamHttp.fetch` takes."""

_TOLD_BY_WHOLE_BODY = frozenset({"content-encoding", "content-length"})


@dataclass(frozen=True, slots=True, kw_only=True)
class UpstreamOptions:
    """Where the upstreams are and how much patience they get.

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
    retries: Retries = field(default_factory=Retries)


@asynccontextmanager
async def connect_upstreams(
    options: UpstreamOptions, *, clock: Clock, registry: CollectorRegistry, trace_configs: Sequence[TraceConfig] = ()
) -> AsyncIterator["UpstreamHttp"]:
    """Open the session for the block and yield the adapter; what is still open at its end is cut."""
    metrics = UpstreamMetrics(registry)
    rules = LineRules(options.breaker, options.most_in_flight)
    lines = {name: Line(name, url, rules, clock=clock, metrics=metrics) for name, url in options.urls.items()}
    async with open_session(connect_timeout_s=options.connect_timeout_s, trace_configs=trace_configs) as session:
        attempts = Attempts(
            session=session,
            internal_headers={
                INTERNAL_KEY_HEADER: options.internal_api_key.get_secret_value(),
                SERVICE_HEADER: SERVICE_NAME,
            },
            connect_timeout_s=options.connect_timeout_s,
            clock=clock,
        )
        yield UpstreamHttp(attempts, lines, options)


class UpstreamHttp:
    """Implements :class:`api_gateway.ports.Upstreams`; made by :func:`connect_upstreams`."""

    def __init__(self, attempts: Attempts, lines: Lines, options: UpstreamOptions) -> None:
        self._attempts = attempts
        self._lines = lines
        self._options = options

    def circuits(self) -> Mapping[UpstreamName, CircuitState]:
        """Return the state of each upstream's circuit (for ``/readyz?verbose``)."""
        return {name: line.circuit for name, line in self._lines.items()}

    async def fetch(self, request: UpstreamRequest) -> UpstreamReply:
        """Send ``request`` and return its whole answer."""
        stream = await self._open(request, uncompressed=True)
        try:
            body = await _whole(stream)
        except (ReplyTooLargeError, UnknownCodingError) as exc:
            raise error_for(failure_of(exc), request) from exc
        finally:
            await stream.close()
        headers = [pair for pair in stream.headers if pair[0].lower() not in _TOLD_BY_WHOLE_BODY]
        return UpstreamReply(status=stream.status, headers=headers, body=body)

    async def open(self, request: UpstreamRequest) -> HttpStream:
        """Send ``request`` and return its answer as soon as head and first chunk are there; the caller closes it."""
        return await self._open(request, uncompressed=False)

    async def _open(self, request: UpstreamRequest, *, uncompressed: bool) -> HttpStream:
        if request.body is not None:
            request = replace(request, body=await begun(request.body))
        line = self._lines[request.upstream]
        line.enter(request.caller)
        try:
            return await self._answered(Exchange(request, line, self._deadline(request), uncompressed))
        except BaseException:
            line.leave(request.caller)
            raise

    def _deadline(self, request: UpstreamRequest) -> Deadline:
        if request.timeout_class is TimeoutClass.UPLOAD:
            return Deadline(self._options.upload_timeout_s, renewed_by_progress=True)
        total_s = self._options.timeout_s
        return Deadline(total_s if request.within_s is None else min(request.within_s, total_s))

    async def _answered(self, exchange: Exchange) -> HttpStream:
        permit = exchange.line.admit(lambda: exchange.deadline.paused)
        pauses = self._options.retries.pauses(exchange.request)
        try:
            outcome = await self._attempts.make(exchange, permit)
            while isinstance(outcome, Refusal) and outcome.repeatable and await self._paused(exchange, pauses):
                exchange.line.retried()
                outcome = await self._attempts.make(exchange, permit)
        except BaseException:
            permit.settle(success=None)
            raise
        if isinstance(outcome, Refusal):
            permit.settle(success=outcome.success)
            raise outcome.error
        return outcome

    async def _paused(self, exchange: Exchange, pauses: Iterator[float]) -> bool:
        """Return True after the pause before another attempt, False when there is to be none."""
        pause_s = next(pauses, None)
        if pause_s is None or pause_s >= exchange.deadline.left_s or not _closed(exchange):
            return False
        try:
            async with exchange.deadline:
                await self._options.retries.sleep(pause_s)
        except TimeoutError:
            return False
        return _closed(exchange)


def _closed(exchange: Exchange) -> bool:
    return exchange.line.circuit is CircuitState.CLOSED


async def _whole(stream: HttpStream) -> bytes:
    chunks: list[bytes] = []
    size = 0
    async for chunk in stream.body:
        chunks.append(chunk)
        size += len(chunk)
        if size > MOST_REPLY_BYTES:
            raise ReplyTooLargeError
    body = decoded(b"".join(chunks), stream.content_encoding, most_bytes=MOST_REPLY_BYTES)
    if body is None:
        raise UnknownCodingError
    return body
