"""compose.yaml and the Dockerfile, as far as they can be judged without a container engine."""

import re
from collections.abc import Callable
from pathlib import Path
from secrets import token_hex

import pytest
import yaml
from compose_spec import PyCompose
from pydantic import BaseModel

from api_gateway.settings import GatewaySettings
from api_gateway.settings import load_settings as load_gateway
from common.settings.kafka import KafkaSecuritySettings
from common.settings.shared import SharedSettings
from common.settings.variables import settings_rows
from websocket_service.settings import FeedSettings
from websocket_service.settings import load_settings as load_feed

ROOT = Path(__file__).resolve().parents[2]
COMPOSE = (ROOT / "compose.yaml").read_text()
SERVICES = yaml.safe_load(COMPOSE)["services"]
OURS = ("api-gateway", "websocket")
NOT_COMPOSED = {
    "JWT_PUBLIC_KEY_PATH",
    "REDIS_SENTINELS",
    "REDIS_SENTINEL_MASTER",
    *(row.variable for row in settings_rows(KafkaSecuritySettings)),
}
"""A file that would have to be mounted, and what compose.yaml's own Redis and Kafka don't need."""


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


@pytest.mark.parametrize(("name", "settings"), [("api-gateway", GatewaySettings), ("websocket", FeedSettings)])
def test_every_setting_can_be_given(name: str, settings: type[BaseModel]) -> None:
    """Each variable of a service, and no other, is passed to it or decided by the file."""
    known = {row.variable for row in settings_rows(settings, SharedSettings)}

    assert SERVICES[name]["environment"].keys() == known - NOT_COMPOSED


@pytest.mark.parametrize(("name", "load"), [("api-gateway", load_gateway), ("websocket", load_feed)])
def test_two_secrets_are_enough_to_start(name: str, load: Callable[[dict[str, str]], BaseModel]) -> None:
    """With nothing else in the environment, what the file passes on makes settings that a service takes."""
    secrets = {"JWT_SECRET_KEY": token_hex(32), "HULEEDU_INTERNAL_API_KEY": token_hex(32)}
    passed = {
        variable: re.sub(r"\$\{(\w+)(?::?[-?](.*?))?\}", lambda told: secrets.get(told[1], told[2]), str(value))
        for variable, value in SERVICES[name]["environment"].items()
    }

    settings = load(passed)

    assert settings.model_dump()["shared"]["environment"] == "production"


def test_image_runs_as_a_numbered_user_from_locked_dependencies() -> None:
    """The image installs by hash and drops root by number, so that an orchestrator can check it."""
    dockerfile = (ROOT / "Dockerfile").read_text()

    assert "--require-hashes -r runtime.txt" in dockerfile
    assert "\nUSER 10001\n" in dockerfile
