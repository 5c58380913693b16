"""The command line tells what it needs, and says in one line why it can't run."""

import asyncio
import json
import os
import socket
import sys
from dataclasses import dataclass

from api_gateway.app import serving_options
from api_gateway.settings import GatewaySettings
from common.settings.shared import SharedSettings
from tests.support.gateway import ENVIRON, gateway_settings


@dataclass(frozen=True)
class Ended:
    """How a run ended."""

    code: int | None
    out: str
    err: str


async def run(*arguments: str, environ: dict[str, str] | None = None) -> Ended:
    """Run ``python -m api_gateway`` to its end with ``environ`` and nothing else set."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "api_gateway", *arguments),
        env={"PATH": os.environ["PATH"], **(environ or {})},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await process.communicate()
    return Ended(process.returncode, out.decode(), err.decode())


def test_an_answer_nobody_reads_is_dropped() -> None:
    """A caller who takes nothing holds its place at an upstream for a minute, not for ever."""
    assert serving_options(gateway_settings()).sockets.unacknowledged_s == 60


def test_a_drain_cuts_nothing_within_its_deadline() -> None:
    """What was accepted before a SIGTERM keeps its whole time: preflight and publish, or an upload's pause."""
    patient = gateway_settings(API_GATEWAY_HTTP_CLIENT_TIMEOUT_SECONDS="90", API_GATEWAY_UPLOAD_TIMEOUT_SECONDS="20")

    assert serving_options(patient).drain_deadline_s > 90
    assert serving_options(gateway_settings()).drain_deadline_s > 60


async def test_help_names_every_variable() -> None:
    """Whoever deploys the gateway finds all its settings in --help."""
    ended = await run("--help")

    fields = GatewaySettings.model_fields | SharedSettings.model_fields
    variables = {str(field.validation_alias) for field in fields.values()} - {"API_GATEWAY_SHARED"}
    assert ended.code == 0
    assert {variable for variable in variables if variable not in ended.out} == set()


async def test_a_missing_setting_is_told_in_one_line() -> None:
    """Exit code 2, and the variable's name."""
    environ = {name: value for name, value in ENVIRON.items() if name != "API_GATEWAY_BOS_URL"}

    ended = await run(environ=environ)

    assert ended.code == 2
    assert "API_GATEWAY_BOS_URL" in ended.err
    assert ended.err.count("\n") == 1


async def test_a_well_known_secret_stops_production() -> None:
    """Outside development the default internal key is refused by name."""
    ended = await run(environ=ENVIRON | {"ENVIRONMENT": "production"})

    assert ended.code == 2
    assert "HULEEDU_INTERNAL_API_KEY" in ended.err


async def test_doubtful_variables_are_warned_of_by_name() -> None:
    """A short secret in development, and a variable that isn't read: one line each, and the service starts."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        doubtful = {
            "JWT_SECRET_KEY": "test-secret-key",
            "API_GATEWAY_HTTP_PORT": str(taken.getsockname()[1]),
            "API_GATEWAY_LOGLEVEL": "DEBUG",
        }

        ended = await run(environ=ENVIRON | doubtful)

    warnings = [line for line in map(json.loads, ended.out.splitlines()) if line["event"] == "settings.doubtful"]
    assert {line["variable"]: line["level"] for line in warnings} == {
        "API_GATEWAY_LOGLEVEL": "warning",
        "JWT_SECRET_KEY": "warning",
    }
    assert "API_GATEWAY_LOG_LEVEL" in str(warnings)
    assert "test-secret-key" not in ended.out + ended.err


async def test_a_taken_port_is_told_in_one_line() -> None:
    """Exit code 1, and no stack trace."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])

        ended = await run(environ=ENVIRON | {"API_GATEWAY_HTTP_PORT": port})

    assert ended.code == 1
    assert port in ended.err
    assert ended.err.count("\n") == 1
