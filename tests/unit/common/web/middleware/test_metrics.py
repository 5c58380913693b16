"""What Prometheus is told of requests and sockets."""

import asyncio
from uuid import uuid4

import pytest
from prometheus_client import CollectorRegistry

from common.web.middleware.metrics import RequestMetrics
from common.web.middleware.request_record import RequestRecord
from common.web.serving.drain import DrainState, Work


def make_record(method: str = "GET", **facts: object) -> RequestRecord:
    """Return the record of a request that has ended."""
    made = RequestRecord("test-service", "http", method, "/things/1", b"", uuid4(), status=200)
    for name, value in facts.items():
        setattr(made, name, value)
    return made


@pytest.fixture
def registry() -> CollectorRegistry:
    """An app's registry."""
    return CollectorRegistry()


def test_requests_are_counted_and_timed_by_template(registry: CollectorRegistry) -> None:
    """Labels are method, route template and status; the path isn't among them."""
    metrics = RequestMetrics(registry, DrainState())

    metrics.request_ended(make_record(route="/things/<thing_id>"))

    labels = {"method": "GET", "route": "/things/<thing_id>", "status": "200"}
    assert registry.get_sample_value("http_requests_total", labels) == 1
    assert registry.get_sample_value("http_request_duration_seconds_count", labels) == 1


@pytest.mark.parametrize("method", ["PROPFIND", "get", "<script>"])
def test_invented_methods_are_one_label(registry: CollectorRegistry, method: str) -> None:
    """A stranger can't make a new series for each request."""
    RequestMetrics(registry, DrainState()).request_ended(make_record(method, route="unmatched", status=405))

    labels = {"method": "other", "route": "unmatched", "status": "405"}
    assert registry.get_sample_value("http_requests_total", labels) == 1


@pytest.mark.parametrize(("code", "label"), [(1012, "1012"), (4408, "4408"), (3999, "other"), (None, "")])
def test_sockets_are_counted_by_how_they_ended(registry: CollectorRegistry, code: int | None, label: str) -> None:
    """Close codes a peer invents are one label."""
    RequestMetrics(registry, DrainState()).request_ended(make_record(kind="websocket", status=101, close_code=code))

    assert registry.get_sample_value("websocket_closed_total", {"status": "101", "code": label}) == 1


async def test_what_is_in_flight_is_a_gauge(registry: CollectorRegistry) -> None:
    """The drain's own count is what is shown."""
    drain, task = DrainState(), asyncio.current_task()
    assert task is not None
    RequestMetrics(registry, drain)

    drain.enter(Work.REQUEST, task)
    drain.enter(Work.SOCKET, task)

    assert registry.get_sample_value("http_requests_in_flight") == 1
    assert registry.get_sample_value("websockets_open") == 1
