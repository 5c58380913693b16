"""deploy/README.md names every file beside it, and the files name the same users, topics and image."""

import re
from pathlib import Path

import pytest
import yaml

from common.contracts.envelope import PIPELINE_COMMAND_TOPIC, TEACHER_NOTIFICATION_TOPIC, dead_letter_topic
from sandbox.ports import LOOPBACK
from scripts.docs.kept_files import ROOT
from tests.support.programs import printed_by
from websocket_service.settings import FeedSettings

FOLDER = ROOT / "deploy"
README = (FOLDER / "README.md").read_text("utf-8")
FILES = sorted(path for path in FOLDER.rglob("*") if path.is_file() and path.name != "README.md")
WRITTEN_DOWN = '#!/bin/sh\necho "$(basename "$0" .sh) $*"\n'


def test_the_page_leads_to_every_file() -> None:
    """Or to its folder, by a file of it; and every link leads somewhere. It fits on a screen."""
    linked = {(FOLDER / link.partition("#")[0]).resolve() for link in re.findall(r"\]\(([^)]+)\)", README)}
    folders = {path.parent for path in linked if path.parent.name in {"compose", "kubernetes", "systemd"}}

    assert [path for path in FILES if path not in linked and path.parent not in folders] == []
    assert [path for path in linked if not path.exists()] == []
    assert len(README.splitlines()) <= 45


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(FOLDER)))
def test_a_file_names_no_host_but_examples(path: Path) -> None:
    """A dotted host in a URL, or with a port, ends in .example, is a file's own namespace, or is loopback."""
    text = path.read_text("utf-8")
    hosts = re.findall(r"\w+://(?:[^@/\s]*@)?([\w-]+(?:\.[\w-]+)+)", text) + re.findall(
        r"\b([a-z][\w-]*(?:\.[a-z][\w-]*)+):\d{2,}\b", text
    )

    assert {host for host in hosts if not host.endswith(".example")} <= {LOOPBACK}


async def test_the_script_makes_the_topics_and_lets_each_user_do_its_part(tmp_path: Path) -> None:
    """Played with programs that print what they are asked; the group is the feed's default."""
    for name in ("kafka-topics.sh", "kafka-acls.sh"):
        (tmp_path / name).write_text(WRITTEN_DOWN)
        (tmp_path / name).chmod(0o755)
    environment = {"PATH": "/usr/bin:/bin", "KAFKA": str(tmp_path), "BOOTSTRAP": "kafka-1.internal.example:9093"}
    script = str(FOLDER / "kafka-topics.sh")

    calls = (await printed_by("sh", script, environment=environment)).splitlines()
    topics_alone = (await printed_by("sh", script, environment=environment | {"ACLS": "no"})).splitlines()

    made = {call.split(" --topic ")[1].split()[0]: call for call in calls if call.startswith("kafka-topics ")}
    allowed = {call.split("--allow-principal User:")[1] for call in calls if call.startswith("kafka-acls ")}
    dead_letters = dead_letter_topic(TEACHER_NOTIFICATION_TOPIC)
    group = FeedSettings.model_fields["kafka_consumer_group"].default
    assert topics_alone == [call for call in calls if call.startswith("kafka-topics ")]
    assert made.keys() == {PIPELINE_COMMAND_TOPIC, TEACHER_NOTIFICATION_TOPIC, dead_letters}
    assert len({re.findall(r"max\.message\.bytes=\d+", call)[0] for call in made.values()}) == 1
    assert allowed == {
        f"edge-gateway --topic {PIPELINE_COMMAND_TOPIC} --operation Describe --operation Write",
        f"edge-feed --topic {TEACHER_NOTIFICATION_TOPIC} --operation Describe --operation Read",
        f"edge-feed --group {group} --operation Describe --operation Read",
        f"edge-feed --topic {dead_letters} --operation Describe --operation Write",
        "edge-gateway --cluster --operation IdempotentWrite",
        "edge-feed --cluster --operation IdempotentWrite",
    }


def test_the_files_name_the_same_users() -> None:
    """In Redis, in Kafka, and in the examples of secrets."""
    in_redis = set(re.findall(r"^user (edge-\w+) ", (FOLDER / "redis" / "users.acl").read_text("utf-8"), re.MULTILINE))
    in_kafka = set(re.findall(r":-(edge-\w+)\}", (FOLDER / "kafka-topics.sh").read_text("utf-8")))
    secrets = [
        one["stringData"]
        for one in yaml.safe_load_all((FOLDER / "kubernetes" / "secret.example.yaml").read_text("utf-8"))
    ]
    urls = [secret.get("REDIS_URL") or secret["API_GATEWAY_REDIS_URL"] for secret in secrets]

    assert in_redis == in_kafka == {secret["KAFKA_SASL_USERNAME"] for secret in secrets}
    assert {url.split("://")[1].split(":")[0] for url in urls} == in_redis
