"""deploy/systemd runs the wheel's commands, and gives each the time that its stop takes."""

import re
import shutil
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from scripts.docs.kept_files import ROOT
from tests.support.deployment import feed_serving, gateway_serving, longest_stop_s
from tests.support.gateway import ENVIRON
from tests.support.programs import printed_by

FOLDER = ROOT / "deploy" / "systemd"
UNITS = {path.stem.removesuffix("@"): path.read_text("utf-8") for path in FOLDER.glob("*.service")}
FEED_ENVIRON = {
    "JWT_SECRET_KEY": ENVIRON["JWT_SECRET_KEY"],
    "KAFKA_BOOTSTRAP_SERVERS": "127.0.0.1:9",
    "REDIS_URL": "redis://127.0.0.1:9",
}
SERVING = {"huleedu-gateway": gateway_serving(ENVIRON), "huleedu-websocket": feed_serving(FEED_ENVIRON)}
SETTINGS = {"gateway": gateway_serving, "websocket": feed_serving}
PORTS = {"huleedu-gateway": "API_GATEWAY_HTTP_PORT", "huleedu-websocket": "WEBSOCKET_PORT"}
EXEC = re.compile(r"^ExecStart=(.+)$", re.MULTILINE)


def test_there_is_a_unit_for_each_command_of_the_wheel() -> None:
    """Named after it."""
    project = (ROOT / "pyproject.toml").read_text("utf-8")
    (scripts,) = re.findall(r"^\[project\.scripts\]\n(.*?)\n\n", project, re.MULTILINE | re.DOTALL)

    commands = {name: EXEC.findall(unit) for name, unit in UNITS.items()}
    named = re.findall(r"^([\w-]+) =", scripts, re.MULTILINE)

    assert commands == {name: [f"/opt/huleedu-edge/bin/{name}"] for name in named}


@pytest.mark.parametrize("name", sorted(UNITS))
def test_a_unit_waits_for_the_drain(name: str) -> None:
    """And starts a process again unless its settings are wrong."""
    (stop_s,) = re.findall(r"^TimeoutStopSec=(\d+)s$", UNITS[name], re.MULTILINE)

    assert int(stop_s) >= longest_stop_s(SERVING[name])
    assert "\nRestart=always\n" in UNITS[name]
    assert "\nRestartPreventExitStatus=2\n" in UNITS[name]


@pytest.mark.parametrize("name", sorted(UNITS))
def test_a_replica_listens_on_the_port_it_is_named_after(name: str) -> None:
    """Two replicas on one machine share the file of settings, which leaves the port alone."""
    settings = (FOLDER / f"{name.removeprefix('huleedu-')}.env.example").read_text("utf-8")

    assert f" {PORTS[name]}=%i\n" in UNITS[name]
    assert PORTS[name] not in settings


@pytest.mark.parametrize("name", sorted(UNITS))
async def test_systemd_can_read_it(name: str, tmp_path: Path) -> None:
    """Its own check takes a replica's unit, with a program in it that this machine has."""
    there = shutil.which("true")
    unit = tmp_path / f"{name}@4001.service"
    unit.write_text(EXEC.sub(f"ExecStart={there}", UNITS[name]))

    assert await printed_by("systemd-analyze", "verify", unit) == ""


@pytest.mark.parametrize("name", sorted(SETTINGS))
def test_the_example_of_settings_is_enough(name: str) -> None:
    """Once its empty variables have values, a service starts with it in production; each line is read."""
    example = (FOLDER / f"{name}.env.example").read_text("utf-8")
    lines = [line for line in example.splitlines() if line and not line.startswith("#")]
    given = {variable: value or "a-secret-of-its-own-5b0c2f6e91d34a78" for variable, _, value in map(_parts, lines)}

    with capture_logs() as logged:
        SETTINGS[name](given | {"ENVIRONMENT": "production"})

    assert logged == []
    assert f"/etc/huleedu/{name}.env" in UNITS[f"huleedu-{name}"]


def _parts(line: str) -> tuple[str, str, str]:
    return line.partition("=")
