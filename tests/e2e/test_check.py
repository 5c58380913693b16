"""``--check`` and ``--reach`` of both services, against the running platform and against nothing."""

import subprocess
import sys

import pytest

from sandbox.ports import free_port
from sandbox.stack import Stack

NOWHERE = f"127.0.0.1:{free_port()}"
NEIGHBOURS = {
    "api_gateway": ["redis", "kafka", "identity", "bos", "ras", "file", "cms", "bff", "api"],
    "websocket_service": ["redis", "kafka"],
}
VARIABLES = {
    "api_gateway": ("API_GATEWAY_REDIS_URL", "API_GATEWAY_KAFKA_BOOTSTRAP_SERVERS"),
    "websocket_service": ("REDIS_URL", "KAFKA_BOOTSTRAP_SERVERS"),
}


def check(sandbox: Stack, service: str, *arguments: str, **changes: str) -> tuple[int, list[list[str]]]:
    """Return the exit code of the service's command, and the name's first word and the outcome of each line."""
    environment = dict(sandbox.parts.processes[service].environment or {}) | changes
    command = [sys.executable, "-m", service, *arguments]
    ended = subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=60)
    assert "secret" not in ended.stdout
    return ended.returncode, [[line.split()[0], line[10:].split()[0]] for line in ended.stdout.splitlines()]


@pytest.mark.parametrize("service", NEIGHBOURS)
def test_everything_is_reached(sandbox: Stack, service: str) -> None:
    """Exit code 0, and a line for the settings and for each neighbour."""
    code, lines = check(sandbox, service, "--reach")

    assert lines == [["settings", "ok"], *([name, "ok"] for name in NEIGHBOURS[service])]
    assert code == 0


@pytest.mark.parametrize("service", NEIGHBOURS)
def test_what_is_away_is_named(sandbox: Stack, service: str) -> None:
    """Exit code 2; the others are asked all the same, and no password is printed."""
    redis, kafka = VARIABLES[service]
    changes = {redis: f"redis://user:secret@{NOWHERE}/0", kafka: NOWHERE}

    code, lines = check(sandbox, service, "--reach", **changes)

    assert lines[:3] == [["settings", "ok"], ["redis", "FAILED"], ["kafka", "FAILED"]]
    assert all(state == "ok" for _, state in lines[3:])
    assert code == 2


def test_a_wrong_internal_key_is_named(sandbox: Stack) -> None:
    """By the service that refuses it, while all else is reached; the key isn't printed."""
    environment = dict(sandbox.parts.gateway.environment or {}) | {"HULEEDU_INTERNAL_API_KEY": "secret-of-another"}
    command = [sys.executable, "-m", "api_gateway", "--reach"]

    ended = subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=60)

    *others, last = ended.stdout.splitlines()
    assert all(" ok " in f"{line} " for line in others)
    assert last.startswith("api key    FAILED")
    assert last.endswith(": wrong HULEEDU_INTERNAL_API_KEY")
    assert ended.returncode == 2
    assert "secret" not in ended.stdout


@pytest.mark.parametrize("service", NEIGHBOURS)
def test_settings_alone_reach_nothing(sandbox: Stack, service: str) -> None:
    """``--check`` is for a build or a deploy that stands apart from the neighbours."""
    redis, _ = VARIABLES[service]

    assert check(sandbox, service, "--check", **{redis: f"redis://{NOWHERE}/0"}) == (0, [["settings", "ok"]])


@pytest.mark.parametrize("service", NEIGHBOURS)
def test_bad_settings_are_told_as_at_the_start(sandbox: Stack, service: str) -> None:
    """Exit code 2, nothing asked."""
    redis, _ = VARIABLES[service]

    assert check(sandbox, service, "--reach", **{redis: "http://nowhere"}) == (2, [])
