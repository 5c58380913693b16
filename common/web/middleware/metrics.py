"""Prometheus metrics of requests and sockets, labelled by route template and never by raw path or id."""

from dataclasses import dataclass

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from common.errors.codes import CloseCode
from common.web.middleware.request_record import RequestRecord
from common.web.serving.drain import DrainState

BUCKETS_S = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
"""docs/gateway.md, row 24: 5 ms to 10 s."""

KNOWN_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})

KNOWN_CLOSE_CODES = frozenset({*range(1000, 1016), *CloseCode})
"""RFC 6455's and ours; any other code of a peer's is counted as ``other``, so that peers can't create series."""


@dataclass(frozen=True, slots=True)
class _Series:
    """The series of one method, route and status; cached, because looking labels up costs more than counting."""

    requests: Counter
    seconds: Histogram


class RequestMetrics:
    """Counts and times requests and sockets into ``registry``; what is in flight comes from ``drain``'s own count."""

    def __init__(self, registry: CollectorRegistry, drain: DrainState) -> None:
        self._series: dict[tuple[str, str, int], _Series] = {}
        self._requests = Counter(
            "http_requests",
            "Requests by route template and status; 499 when the client disconnected before the response was complete.",
            ("method", "route", "status"),
            registry=registry,
        )
        self._seconds = Histogram(
            "http_request_duration_seconds",
            "Time from reading the request head to passing the last byte to the kernel.",
            ("method", "route", "status"),
            buckets=BUCKETS_S,
            registry=registry,
        )
        self._sockets = Counter(
            "websocket_closed",
            "Closed WebSockets by handshake status (101 when accepted) and close code.",
            ("status", "code"),
            registry=registry,
        )

        requests = Gauge("http_requests_in_flight", "Requests in progress.", registry=registry)
        requests.set_function(lambda: drain.requests)
        sockets = Gauge("websockets_open", "Open WebSockets.", registry=registry)
        sockets.set_function(lambda: drain.sockets)

    def request_ended(self, record: RequestRecord) -> None:
        """Count one request or socket that has ended."""
        if record.kind == "websocket":
            self._sockets.labels(str(record.status), _code_label(record.close_code)).inc()
            return
        method = record.method if record.method in KNOWN_METHODS else "other"
        key = (method, record.route, record.status)
        series = self._series.get(key) or self._new_series(key)
        series.requests.inc()
        series.seconds.observe(record.duration_s())

    def _new_series(self, key: tuple[str, str, int]) -> _Series:
        labels = tuple(map(str, key))
        series = self._series[key] = _Series(self._requests.labels(*labels), self._seconds.labels(*labels))
        return series


def _code_label(code: int | None) -> str:
    if code is None:
        return ""
    return str(code) if code in KNOWN_CLOSE_CODES else "other"
