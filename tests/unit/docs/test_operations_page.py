"""docs/operations.md tells of every metric and event; tests/unit/deploy/test_alerts.py holds its alerts to them.

Its tables of settings and metrics are made (``make docs``); these tests hold them to the apps, and what is written by
hand to both.
"""

import re

from prometheus_client import CollectorRegistry

from api_gateway import wiring as gateway_wiring
from api_gateway.app import create_app as create_gateway
from api_gateway.ports import RequestLimits
from api_gateway.settings import load_settings as gateway_settings
from common.web.serving.health import HealthSource
from scripts.docs.kept_files import ROOT
from scripts.docs.metrics import SUFFIXES, metrics
from tests.support.gateway import ENVIRON as GATEWAY_ENVIRON
from tests.unit.docs.log_events import log_events
from websocket_service import wiring as feed_wiring
from websocket_service.app import create_app as create_feed
from websocket_service.settings import load_settings as feed_settings

PAGE = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
METRICS = {metric.name: metric for metric in metrics()}
FEED_ENVIRON = {
    "JWT_SECRET_KEY": "a-key-for-the-feeds-own-tests-93f1a0b4c6",
    "KAFKA_BOOTSTRAP_SERVERS": "127.0.0.1:9",
    "REDIS_URL": "redis://127.0.0.1:9",
}
"""Nothing is called to make the feed."""


async def test_the_gateway_has_the_metrics_of_the_table() -> None:
    """Its registry has these and no others, once everything that counts is made."""
    container = gateway_wiring.make_container(gateway_settings(GATEWAY_ENVIRON))
    app = create_gateway(container)
    await container.get(HealthSource)
    await container.get(RequestLimits)

    scraped = _scraped(await container.get(CollectorRegistry))
    await container.close()

    assert app.name == "api_gateway"
    assert scraped == _told(of="gateway")


async def test_the_feed_has_the_metrics_of_the_table() -> None:
    """Its registry has these and no others."""
    container = feed_wiring.make_container(feed_settings(FEED_ENVIRON))
    app = create_feed(container)

    scraped = _scraped(await container.get(CollectorRegistry))
    await container.close()

    assert app.name == "websocket_service"
    assert scraped == _told(of="feed")


def test_the_values_of_each_label_are_told() -> None:
    """Every label of every metric stands in the table of labels, and no other does."""
    told = {
        (label.strip("`"), name)
        for label, named, _ in _rows("## Metrics", columns=3)
        for prefix in re.findall(r"`([^`…]+)", named)
        for name in METRICS
        if name.startswith(prefix)
    }

    assert told == {(label, name) for name, metric in METRICS.items() for label in metric.labels}


def test_every_event_has_a_row_with_its_levels() -> None:
    """Each name in the code stands in the table of events, with all its levels and whose it is, and no other does."""
    told = {
        (name, level, service)
        for names, levels, service, _ in _rows("## Logs", columns=4)
        for name in re.findall(r"`([^`]+)`", names)
        for level in levels.split(", ")
    }

    assert told == set(log_events())


def _scraped(registry: CollectorRegistry) -> set[str]:
    """Return the names as they are scraped, without the process's own, which prometheus_client counts."""
    return {
        family.name + SUFFIXES.get(family.type, "")
        for family in registry.collect()
        if not family.name.startswith(("process_", "python_"))
    }


def _told(*, of: str) -> set[str]:
    return {metric.name for metric in METRICS.values() if metric.service in {of, "both"}}


def _rows(heading: str, *, columns: int) -> list[list[str]]:
    """Return the cells of each table row of so many columns under ``heading``, without heads and rules."""
    _, _, rest = PAGE.partition(f"\n{heading}\n")
    section, *_ = re.split(r"\n##+ ", rest)
    lines = [re.split(r" ?\| ?", line)[1:-1] for line in section.splitlines() if line.startswith("|")]
    return [row for row in lines if len(row) == columns and row[-1] != "---"][1:]
