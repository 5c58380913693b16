"""docs/on-call.md has ten alerts that wake people, each with its runbook, and names events and metrics there are."""

import re

import yaml

from scripts.docs.kept_files import ROOT
from scripts.docs.metrics import metrics
from tests.unit.docs.log_events import log_events

PAGE = (ROOT / "docs" / "on-call.md").read_text("utf-8")
ROW = re.compile(r"^\| \[(\w+)\]\(operations\.md#(\w+)\) \|(?: .+? \|){4}$", re.MULTILINE)
RULES = yaml.safe_load((ROOT / "deploy" / "prometheus" / "edge.rules.yml").read_text("utf-8"))
WAKING = {rule["alert"] for group in RULES["groups"] for rule in group["rules"] if rule["labels"]["severity"] == "page"}
QUOTED = re.compile(r"`([a-z_]+(?:\.[a-z_]+)?)`")


def test_ten_alerts_stand_there() -> None:
    """Each once, each of those that wake people, each leading to its runbook."""
    rows = ROW.findall(PAGE)

    assert len({name for name, _ in rows}) == len(rows) == 10
    assert {name for name, _ in rows} <= WAKING
    assert [anchor for _, anchor in rows] == [name.lower() for name, _ in rows]


def test_what_it_tells_to_look_at_is_there() -> None:
    """Each event is logged, each metric exported."""
    events = {event for event, _, _ in log_events()}
    known = events | {metric.name for metric in metrics()}
    named = [name for name in QUOTED.findall(PAGE) if "." in name or name.startswith(("feed_", "http_", "gateway_"))]

    assert [name for name in named if name not in known] == []
    assert any(name in events for name in named)
