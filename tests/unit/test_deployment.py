"""compose.yaml and the Dockerfile, as far as they can be judged without a container engine."""

from pathlib import Path

import pytest
import yaml
from compose_spec import PyCompose

ROOT = Path(__file__).resolve().parents[2]
COMPOSE = (ROOT / "compose.yaml").read_text()
SERVICES = yaml.safe_load(COMPOSE)["services"]
OURS = ("api-gateway", "websocket")


def test_compose_file_follows_the_specification() -> None:
    """A Compose Specification parser takes the file, anchors merged, and finds each service and volume declared."""
    compose = PyCompose.from_yaml(yaml.safe_dump(yaml.safe_load(COMPOSE)))

    compose.validate()

    assert set(compose.services or {}) == {"redis", "kafka", *OURS}
    assert set(compose.volumes or {}) == {"redis-data", "kafka-data"}


@pytest.mark.parametrize("name", sorted(SERVICES))
def test_every_service_is_hardened_and_watched(name: str) -> None:
    """No service runs as root, gains privileges or lacks a health check."""
    service = SERVICES[name]

    assert not str(service["user"]).startswith("0")
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["healthcheck"]["test"]


@pytest.mark.parametrize("name", ["redis", *OURS])
def test_file_systems_are_read_only(name: str) -> None:
    """What a service writes goes to a volume or a tmpfs; Apache Kafka's image is the stated exception."""
    assert SERVICES[name]["read_only"] is True


@pytest.mark.parametrize("name", ["redis", "kafka"])
def test_what_must_last_is_on_a_volume(name: str) -> None:
    """The Redis log and the Kafka log survive their containers."""
    assert SERVICES[name]["volumes"] == [f"{name}-data:{SERVICES[name]['volumes'][0].split(':')[1]}"]


def test_secrets_come_from_the_environment() -> None:
    """No secret has a value in the file."""
    for name in OURS:
        environment = SERVICES[name]["environment"]
        assert environment["JWT_SECRET_KEY"] == "${JWT_SECRET_KEY-}"
        assert environment["HULEEDU_INTERNAL_API_KEY"].startswith("${HULEEDU_INTERNAL_API_KEY:?")


def test_image_runs_as_a_numbered_user_from_locked_dependencies() -> None:
    """The image installs by hash and drops root by number, so that an orchestrator can check it."""
    dockerfile = (ROOT / "Dockerfile").read_text()

    assert "--require-hashes -r runtime.txt" in dockerfile
    assert "\nUSER 10001\n" in dockerfile
