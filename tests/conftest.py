"""What all tests share."""

import os
from collections.abc import Generator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from common.quick_imports import quick_imports
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


def pytest_xdist_auto_num_workers() -> int:
    """Return how many workers ``-n auto`` starts: one more than there are cores, for a worker mostly waits."""
    return (os.cpu_count() or 1) + 1


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Collect no garbage while tests are collected, nor look through them for any while they run."""
    with quick_imports():
        return (yield)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the slowest folders first, so that parallel workers end together; the order within a folder mostly stays.

    Files that share their folder's sandbox come last in it: it runs only as long as it is needed.
    """
    files = {item.path for item in items}
    sharing = {item.path for item in items if "sandbox" in getattr(item, "fixturenames", ())}
    folders = [Path(__file__).parent / folder for folder in SLOWEST_FIRST]
    places = {path: next(place for place, each in enumerate(folders) if each in path.parents) for path in files}
    items.sort(key=lambda item: (places[item.path], item.path in sharing))
