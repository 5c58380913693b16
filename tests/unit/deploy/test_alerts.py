"""deploy/prometheus/edge.rules.yml has the alerts of docs/operations.md, and each has a runbook there."""

import re
from typing import Any

import pytest
import yaml

from common.contracts.envelope import TEACHER_NOTIFICATION_TOPIC
from scripts.docs.kept_files import ROOT
from tests.support.programs import printed_by
from tests.support.promql import SERIES, TARGET, unknown_names
from websocket_service.settings import FeedSettings

FOLDER = ROOT / "deploy" / "prometheus"
RULES = FOLDER / "edge.rules.yml"
CASES = FOLDER / "edge.rules.test.yml"
ALERTS = [rule for group in yaml.safe_load(RULES.read_text("utf-8"))["groups"] for rule in group["rules"]]
PAGE = (ROOT / "docs" / "operations.md").read_text("utf-8")
ROW = re.compile(r"^\| (page|ticket) \| \[(\w+)\]\(#(\w+)\) \| `(.+?)` \|(?: for (\d+) min)? \| .+ \|$", re.MULTILINE)
RUNBOOK = re.compile(
    r"^#### (\w+)\n\n- \*\*Look at\*\*: .+?\n- \*\*Do\*\*: .+?\n- \*\*Over when\*\*: .+?\n\n", re.MULTILINE | re.DOTALL
)
each_alert = pytest.mark.parametrize("alert", ALERTS, ids=lambda alert: str(alert["alert"]))


def test_the_file_has_the_alerts_of_the_page() -> None:
    """All of them in the same order, with the same severity, expression and duration."""
    told = [
        (severity, name, expression.replace(r"\|", "|"), f"{minutes}m" if minutes else None)
        for severity, name, _, expression, minutes in ROW.findall(PAGE)
    ]

    assert told == [(alert["labels"]["severity"], alert["alert"], alert["expr"], alert.get("for")) for alert in ALERTS]
    assert len({alert["alert"] for alert in ALERTS}) == len(ALERTS)


def test_every_alert_has_its_runbook() -> None:
    """Each row leads to one that says what to look at, what to do and when it is over, and there are no others."""
    names = [alert["alert"] for alert in ALERTS]

    assert RUNBOOK.findall(PAGE) == names
    assert [anchor for _, _, anchor, _, _ in ROW.findall(PAGE)] == [name.lower() for name in names]


def test_the_runbooks_commands_name_what_is_deployed() -> None:
    """The runbooks name pods, containers, the consumer group and the topic as the manifests do."""
    deployments = {
        (manifest["metadata"]["name"], container["command"][-1])
        for file in (ROOT / "deploy" / "kubernetes").glob("*.yaml")
        for manifest in yaml.safe_load_all(file.read_text("utf-8"))
        if manifest["kind"] == "Deployment"
        for container in manifest["spec"]["template"]["spec"]["containers"]
    }
    services = yaml.safe_load((ROOT / "compose.yaml").read_text("utf-8"))["services"]
    runbooks = PAGE.partition("### Runbooks")[2].partition("## Logs")[0]

    assert set(re.findall(r"kubectl -n huleedu exec deploy/(\S+) -- python -m (\w+) ", runbooks)) == deployments
    [(service, package)] = re.findall(r"docker compose exec (\S+) python -m (\w+) ", runbooks)
    assert services[service]["command"][-1] == package
    assert re.findall(r"--group (\S+) ", runbooks) == [FeedSettings.model_fields["kafka_consumer_group"].default]
    assert re.findall(r"--topic (\S+):\d+ ", runbooks) == [TEACHER_NOTIFICATION_TOPIC]


@each_alert
def test_an_alert_says_what_it_means_and_where_to_read_on(alert: dict[str, Any]) -> None:
    """It has a summary, a description and the address of its runbook, and nothing else."""
    told = alert["annotations"]

    assert set(told) == {"summary", "description", "runbook_url"}
    assert all(told.values())
    assert told["runbook_url"].endswith(f".example/edge/operations.md#{alert['alert'].lower()}")


@each_alert
def test_an_alert_asks_for_what_there_is(alert: dict[str, Any]) -> None:
    """Its metrics are exported, with the labels that it selects and sums by, and with those that its summary names."""
    named = re.findall(r"\$labels\.(\w+)", alert["annotations"]["summary"])

    assert unknown_names(alert["expr"]) == []
    assert set(named) <= TARGET.union(*SERIES.values())


def test_every_alert_has_a_case() -> None:
    """In the same order."""
    cases = yaml.safe_load(CASES.read_text("utf-8"))["tests"]

    assert [case["name"] for case in cases] == [alert["alert"] for alert in ALERTS]


async def test_every_alert_stays_quiet_and_then_fires() -> None:
    """Prometheus' own tool plays the cases."""
    await printed_by("promtool", "test", "rules", CASES)
