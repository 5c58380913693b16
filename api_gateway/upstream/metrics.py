"""Metrics of the calls to upstreams."""

from collections.abc import Callable

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from api_gateway.upstream.ports import CircuitState, UpstreamName
from common.web.middleware.metrics import BUCKETS_S


class UpstreamMetrics:
    """Counts into ``registry``, labelled by upstream and outcome and never by path.

    An outcome is the status that came back, or RFC 9209's name of the reason why none did, or ``abandoned``.
    """

    def __init__(self, registry: CollectorRegistry) -> None:
        self._attempts = Histogram(
            "upstream_attempt_duration_seconds",
            "Time from the start of an attempt to the first bytes of the response body, or to its failure.",
            ("upstream", "outcome"),
            buckets=BUCKETS_S,
            registry=registry,
        )
        self._retries = Counter(
            "upstream_retries", "Retries of GET and HEAD requests.", ("upstream",), registry=registry
        )
        self._refusals = Counter(
            "upstream_refusals",
            "Calls refused: circuit open (circuit), too many in progress in all (limit) or for one user (caller).",
            ("upstream", "reason"),
            registry=registry,
        )
        self._broken = Counter(
            "upstream_bodies_broken", "Responses that broke off after their head.", ("upstream",), registry=registry
        )
        self._observe: dict[tuple[UpstreamName, str], Callable[[float], None]] = {}
        self._circuit = Gauge(
            "upstream_circuit_state",
            "1 for the circuit's current state (closed, open, half_open), else 0.",
            ("upstream", "state"),
            registry=registry,
        )

    def record_attempt(self, upstream: UpstreamName, outcome: str, seconds: float) -> None:
        """Count an attempt."""
        observe = self._observe.get((upstream, outcome))
        if observe is None:
            observe = self._attempts.labels(upstream.value, outcome).observe
            self._observe[upstream, outcome] = observe  # looking labels up costs more than observing
        observe(seconds)

    def record_retry(self, upstream: UpstreamName) -> None:
        """Count a further attempt."""
        self._retries.labels(upstream.value).inc()

    def record_refusal(self, upstream: UpstreamName, reason: str) -> None:
        """Count a call that the gateway refused."""
        self._refusals.labels(upstream.value, reason).inc()

    def record_broken_body(self, upstream: UpstreamName) -> None:
        """Count a response that broke off after its head."""
        self._broken.labels(upstream.value).inc()

    def set_circuit_state(self, upstream: UpstreamName, state: CircuitState) -> None:
        """Set the state of a circuit."""
        for each in CircuitState:
            self._circuit.labels(upstream.value, each.value).set(each is state)
