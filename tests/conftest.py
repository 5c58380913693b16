"""What all tests share."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from tests.support.log_lines import log_plainly
from tests.support.servers import kafka, valkey

__all__ = ["kafka", "valkey"]

# Neither chance nor the speed of the machine decides a test: examples follow from the test's own code.
# `pytest --hypothesis-profile=explore` looks for new ones.
settings.register_profile("house", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("explore", deadline=None)
settings.load_profile("house")

log_plainly()

SLOWEST_FIRST = ("browser", "e2e", "contract", "service", "unit/docs", "unit/fuzz", "unit")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the slowest folders first, so that parallel workers end together; the order within a folder stays."""
    files = {item.path for item in items}
    folders = [Path(__file__).parent / folder for folder in SLOWEST_FIRST]
    places = {path: next(place for place, each in enumerate(folders) if each in path.parents) for path in files}
    items.sort(key=lambda item: places[item.path])
