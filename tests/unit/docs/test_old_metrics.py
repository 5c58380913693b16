"""deploy/prometheus/old-names.rules.yml records the previous edge's metrics from metrics that there are."""

import re
import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml

from scripts.docs.kept_files import ROOT
from scripts.docs.metrics import metrics
from tests.support.programs import printed_by

RULES = ROOT / "deploy" / "prometheus" / "old-names.rules.yml"
CASES = ROOT / "tests" / "data" / "old-names.promtool.yml"
RECORDED = [rule for group in yaml.safe_load(RULES.read_text(encoding="utf-8"))["groups"] for rule in group["rules"]]
LABELS = {
    name + suffix: {*metric.labels, "job", "instance"}
    for metric in metrics()
    for name in [metric.name]
    for suffix in (("",) if metric.kind != "histogram" else ("_bucket", "_sum", "_count"))
} | {"huleedu_build_info": {"service", "version", "job", "instance"}}
PROMQL = {"by", "group_left", "job", "instance", "label_replace", "max", "on", "or", "sum", "without"}
PREVIOUS = {
    "gateway_http_requests_total",
    "gateway_http_request_duration_seconds_bucket",
    "gateway_http_request_duration_seconds_sum",
    "gateway_http_request_duration_seconds_count",
    "gateway_downstream_service_calls_total",
    "gateway_downstream_service_call_duration_seconds_bucket",
    "gateway_downstream_service_call_duration_seconds_sum",
    "gateway_downstream_service_call_duration_seconds_count",
    "gateway_api_errors_total",
    "gateway_events_published_total",
    "websocket_connections_total",
    "websocket_active_connections",
    "websocket_messages_sent_total",
    "websocket_http_requests_total",
    "websocket_http_request_duration_seconds_bucket",
    "websocket_http_request_duration_seconds_sum",
    "websocket_http_request_duration_seconds_count",
}
"""What dashboards and rules of the platform may ask for."""


def test_the_previous_edges_metrics_are_recorded() -> None:
    """All of them, no others, and none that is ours."""
    assert {rule["record"] for rule in RECORDED} == PREVIOUS
    assert PREVIOUS & LABELS.keys() == set()


@pytest.mark.parametrize(
    "rule", RECORDED, ids=lambda rule: "-".join([rule["record"], *rule.get("labels", {}).values()])
)
def test_a_rule_asks_for_what_there_is(rule: dict[str, Any]) -> None:
    """Each name in the expression is a metric of ours, and each label selected, summed over or copied is one of it."""
    selectors = re.findall(r"(\w+)\{([^}]*)\}", rule["expr"])
    plain = re.sub(r'"[^"]*"|\{[^}]*\}|without \([^)]*\)', "", rule["expr"])
    named = set(re.findall(r"[a-z]\w+", plain)) - PROMQL
    labels = set().union(*(LABELS[name] for name in named - {"huleedu_build_info"}))
    summed = re.findall(r"without \(([^)]*)\)", rule["expr"])
    copied = re.findall(r'"[^"]*", "[^"]*", "(\w+)", "[^"]*"', rule["expr"])

    assert named <= LABELS.keys()
    assert [name for name, told in selectors if not set(re.findall(r"(\w+)[!=]", told)) <= LABELS[name]] == []
    assert {*copied, *", ".join(summed).split(", ")} <= labels


async def test_prometheus_records_what_is_asked_for(tmp_path: Path) -> None:
    """Prometheus' own tool takes the rules, and finds in the recorded series what the platform's rules ask for."""
    for file in (RULES, CASES):
        shutil.copy(file, tmp_path)

    await printed_by("promtool", "test", "rules", tmp_path / CASES.name)
