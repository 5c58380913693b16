"""Where an app's metrics live."""

from prometheus_client import Counter
from prometheus_client.exposition import generate_latest

from common.observability.metrics import make_registry
from common.version import __version__


def test_a_registry_tells_of_process_and_build() -> None:
    """Before anybody has counted anything."""
    exposed = generate_latest(make_registry(service="test-service")).decode()

    assert "process_resident_memory_bytes" in exposed
    assert "python_gc_objects_collected_total" in exposed
    assert f'huleedu_build_info{{service="test-service",version="{__version__}"}} 1.0' in exposed


def test_two_apps_count_apart() -> None:
    """The same metric in both, in one process."""
    first, second = make_registry(service="first"), make_registry(service="second")
    Counter("visits", "Visits.", registry=first).inc()
    Counter("visits", "Visits.", registry=second)

    assert first.get_sample_value("visits_total") == 1
    assert second.get_sample_value("visits_total") == 0
