"""deploy/grafana has a dashboard for each service; each panel asks a question, of metrics that there are."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from scripts.docs.kept_files import ROOT
from scripts.docs.metrics import metrics
from tests.support.programs import printed_by
from tests.support.promql import SERIES, unknown_names

FOLDER = ROOT / "deploy" / "grafana"
DASHBOARDS = {path.stem: json.loads(path.read_text("utf-8")) for path in FOLDER.glob("*.json")}
PANELS = [(name, panel) for name, board in DASHBOARDS.items() for panel in board["panels"]]
EXPRESSIONS = [target["expr"] for _, panel in PANELS for target in panel["targets"]]
JOBS = {"gateway": "api_gateway_service", "feed": "websocket_service"}


def test_each_service_has_a_dashboard() -> None:
    """And no panel or dashboard shares its id with another."""
    assert DASHBOARDS.keys() == JOBS.keys()
    assert len({board["uid"] for board in DASHBOARDS.values()}) == len(DASHBOARDS)
    for board in DASHBOARDS.values():
        assert len({panel["id"] for panel in board["panels"]}) == len(board["panels"])
        assert len({panel["title"] for panel in board["panels"]}) == len(board["panels"])


@pytest.mark.parametrize(("name", "panel"), PANELS, ids=lambda value: value if isinstance(value, str) else value["id"])
def test_a_panel_asks_a_question_of_metrics_that_there_are(name: str, panel: dict[str, Any]) -> None:
    """Its title is the question, and each expression selects the dashboard's service."""
    expressions = [target["expr"] for target in panel["targets"]]

    assert panel["title"].endswith("?")
    assert [unknown_names(expression) for expression in expressions] == [[]] * len(expressions)
    assert all(f'job="{JOBS[name]}"' in expression for expression in expressions)


@pytest.mark.parametrize("service", ["gateway", "feed"])
def test_every_metric_of_the_services_own_is_shown(service: str) -> None:
    """On the service's dashboard, so that none is counted for nothing."""
    shown = " ".join(target["expr"] for name, panel in PANELS if name == service for target in panel["targets"])

    own = {metric.name for metric in metrics() if metric.service == service}

    assert sorted(name for name in own if name not in shown) == []
    assert own <= {name.removesuffix("_bucket") for name in SERIES}


async def test_prometheus_can_read_the_expressions(tmp_path: Path) -> None:
    """Prometheus' own tool takes each of them, Grafana's interval filled in."""
    rules = [
        {"record": f"panel:{number}", "expr": expression.replace("$__rate_interval", "1m")}
        for number, expression in enumerate(EXPRESSIONS)
    ]
    file = tmp_path / "panels.yml"
    file.write_text(yaml.safe_dump({"groups": [{"name": "panels", "rules": rules}]}))

    await printed_by("promtool", "check", "rules", file)
