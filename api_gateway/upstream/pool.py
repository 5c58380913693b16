"""What is kept for each upstream: its address, its connections, its circuit, and how many calls are under way."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import aiohttp
import structlog
from aiohttp import ClientHandlerType, ClientRequest, ClientResponse, TraceConfig
from pydantic import JsonValue
from yarl import URL

from api_gateway import fail
from api_gateway.upstream.circuit_breaker import BreakerRules, CircuitBreaker, CircuitOpenError, Permit
from api_gateway.upstream.connections import EarlyResponseConnector
from api_gateway.upstream.metrics import UpstreamMetrics
from api_gateway.upstream.ports import CircuitState, UpstreamName, UpstreamRequest
from api_gateway.upstream.transport_errors import OPERATION, ProxyError, UpstreamDisconnectedError, no_answer
from common.clock import Clock
from common.errors.codes import ErrorCode
from common.errors.exceptions import HuleEduError

KEEP_ALIVE_S = 4.0
"""How long an idle connection is kept: shorter than the upstreams keep theirs (hypercorn: 5 s), so that a request that
must not be repeated seldom meets a connection that is just being closed."""

_NEVER_ADDED = ("Accept", "Accept-Encoding", "Content-Type", "User-Agent")


def open_session(*, connect_timeout_s: float, trace_configs: Sequence[TraceConfig] = ()) -> aiohttp.ClientSession:
    """Return a session without cookies, decompression, timeouts of its own but for connecting, or quiet repeats.

    The pool has no limit of its own: the calls under way are bounded for each upstream before they get here, and a
    caller that gets an error at once can act on it, and one in a queue can't. Must be called with the loop running; the
    caller closes it.
    """
    return aiohttp.ClientSession(
        connector=EarlyResponseConnector(keepalive_timeout=KEEP_ALIVE_S),
        timeout=aiohttp.ClientTimeout(total=None, connect=connect_timeout_s),
        cookie_jar=aiohttp.DummyCookieJar(),
        auto_decompress=False,
        skip_auto_headers=_NEVER_ADDED,
        middlewares=(_prevent_hidden_retries,),
        trace_configs=list(trace_configs),
    )


async def _prevent_hidden_retries(request: ClientRequest, handler: ClientHandlerType) -> ClientResponse:
    """Hide a lost connection from aiohttp, which would send PUT and DELETE again over another one.

    Only GET and HEAD are repeated (docs/gateway.md, row 11), as :mod:`api_gateway.upstream.retry` decides.
    """
    try:
        return await handler(request)
    except aiohttp.ClientConnectorError:
        raise
    except (aiohttp.ClientOSError, aiohttp.ServerDisconnectedError) as exc:
        raise UpstreamDisconnectedError(str(exc)) from exc


FULL_RETRY_AFTER_S = 1.0
CALLERS_PART = 8
"""One caller may hold this part of an upstream's slots, so that a slow reader can't take them all."""

_logger = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class UpstreamLimits:
    """When an upstream's circuit opens, and how many calls to it may be under way at once."""

    breaker: BreakerRules
    most_in_flight: int


class Upstream:
    """One upstream: its address, its circuit, and the calls under way.

    Args:
        name: the service.
        base_url: its address; a path in it is put before every request's.
        limits: its bounds.
        clock: for the circuit.
        metrics: records attempts, refusals and the circuit.
    """

    def __init__(
        self, name: UpstreamName, base_url: str, limits: UpstreamLimits, *, clock: Clock, metrics: UpstreamMetrics
    ) -> None:
        self._name = name
        self._base = URL(base_url)
        self._metrics = metrics
        self._most_in_flight = limits.most_in_flight
        self._most_of_one_caller = max(1, limits.most_in_flight // CALLERS_PART)
        self._in_flight = 0
        self._in_flight_of: dict[str | None, int] = {}
        self._circuit = CircuitBreaker(limits.breaker, clock, self._circuit_changed)
        metrics.set_circuit_state(name, CircuitState.CLOSED)

    @property
    def circuit(self) -> CircuitState:
        """Whether calls pass."""
        return self._circuit.state

    def url(self, request: UpstreamRequest) -> URL:
        """Return where ``request`` goes, its path and query byte for byte as given."""
        return URL.build(
            scheme=self._base.scheme,
            authority=self._base.raw_authority,
            path=self._base.raw_path.rstrip("/") + request.path,
            query_string=request.query,
            encoded=True,
        )

    def acquire(self, caller: str | None) -> None:
        """Count a call for ``caller`` (None without one), until :meth:`release`.

        Raises:
            HuleEduError: RATE_LIMIT, as many of the caller's calls are under way as may be; SERVICE_UNAVAILABLE, as
                many of all.
        """
        of_caller = self._in_flight_of.get(caller, 0)
        if caller is not None and of_caller >= self._most_of_one_caller:
            raise self._refusal(
                "caller",
                ErrorCode.RATE_LIMIT,
                f"Too many of your requests to the {self._name} service are in progress.",
                details={"policy": "at_once", "limit": self._most_of_one_caller},
            )
        if self._in_flight >= self._most_in_flight:
            raise self._refusal(
                "limit",
                ErrorCode.SERVICE_UNAVAILABLE,
                f"Too many requests wait for the {self._name} service.",
                headers=no_answer(self._name, ProxyError.LIMIT_REACHED),
            )
        self._in_flight += 1
        self._in_flight_of[caller] = of_caller + 1

    def release(self, caller: str | None) -> None:
        """Count a call as ended that :meth:`acquire` counted."""
        self._in_flight -= 1
        self._in_flight_of[caller] -= 1
        if not self._in_flight_of[caller]:
            del self._in_flight_of[caller]

    def admit(self, waits_for_client: Callable[[], bool]) -> Permit:
        """Return the circuit's permit for one request, its further attempts included.

        Raises:
            HuleEduError: CIRCUIT_BREAKER_OPEN.
        """
        try:
            return self._circuit.admit(waits_for_client)
        except CircuitOpenError as exc:
            raise self._refusal(
                "circuit",
                ErrorCode.CIRCUIT_BREAKER_OPEN,
                f"The {self._name} service has failed repeatedly; calls to it are suspended for a while.",
                headers=no_answer(self._name, ProxyError.CIRCUIT_OPEN),
                retry_after_s=exc.retry_after_s,
            ) from exc

    def record_attempt(self, outcome: str, seconds: float) -> None:
        """Count an attempt by its outcome."""
        self._metrics.record_attempt(self._name, outcome, seconds)

    def record_retry(self) -> None:
        """Count a further attempt."""
        self._metrics.record_retry(self._name)

    def record_broken_body(self) -> None:
        """Count an answer that broke off after its head."""
        self._metrics.record_broken_body(self._name)

    def _refusal(
        self,
        reason: str,
        code: ErrorCode,
        message: str,
        *,
        details: Mapping[str, JsonValue] | None = None,
        headers: Mapping[str, str] | None = None,
        retry_after_s: float = FULL_RETRY_AFTER_S,
    ) -> HuleEduError:
        """Count a refusal by its ``reason``, a metric label, and return its error."""
        self._metrics.record_refusal(self._name, reason)
        return fail.during(OPERATION).error(
            code,
            message,
            details={**(details or {}), "external_service": self._name.value},
            headers=headers,
            retry_after_s=retry_after_s,
        )

    def _circuit_changed(self, state: CircuitState) -> None:
        self._metrics.set_circuit_state(self._name, state)
        _logger.warning("upstream.circuit_changed", upstream=self._name.value, state=state.value)


UpstreamPool = Mapping[UpstreamName, Upstream]
