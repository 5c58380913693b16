"""The browser library, built and run by node, through a teacher's day at the real gateway."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from sandbox.options import StackOptions
from sandbox.stack import Stack
from tests.e2e.conftest import UNHURRIED
from tests.support.node_project import built_client, run

TOKEN_S = 3
"""Short, so that the day outlives several tokens; its last one lives longer, however slow the machine is."""


@pytest_asyncio.fixture(scope="module")
async def day(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What came of each step of ``test/live/day.js``."""
    if shutil.which("node") is None:
        pytest.skip("node is not installed")
    copy = await built_client()
    options = StackOptions(
        token_lifetime_s=TOKEN_S, gateway_environment=UNHURRIED, logs=tmp_path_factory.mktemp("library")
    )
    async with Stack(options) as stack:
        at = stack.addresses
        maria = at.users[0]
        program = str(Path("test") / "live" / "day.js")
        upstreams = (at.upstreams["ras"], at.upstreams["identity"])
        status, told = await run("node", program, at.gateway, *upstreams, maria.email, maria.password, folder=copy)
    assert status == 0, told
    outcomes: dict[str, Any] = json.loads(told)
    return outcomes


@pytest.mark.parametrize(
    ("step", "outcome"),
    [
        ("wrong", "IDENTITY_INVALID_CREDENTIALS correct"),
        ("class", "done"),
        ("missing", "RESOURCE_NOT_FOUND correct"),
        ("invalid", "VALIDATION_ERROR correct"),
        ("ticket", True),
    ],
)
def test_a_step_comes_to(day: dict[str, Any], step: str, outcome: object) -> None:
    """A login, reads and commands succeed, or tell what the catalogue says."""
    assert day[step] == outcome


def test_a_repeated_command_runs_once(day: dict[str, Any]) -> None:
    """The gateway knows the library's key."""
    assert day["again"] == [True, "true"]


def test_essays_are_uploaded(day: dict[str, Any]) -> None:
    """With names beyond ASCII, and extensions in capitals."""
    assert day["upload"] == [True, [True]]


@pytest.mark.parametrize(
    ("step", "outcome"), [("type", "UNSUPPORTED_MEDIA_TYPE correct"), ("size", "PAYLOAD_TOO_LARGE correct")]
)
def test_a_refusal_during_an_upload_is_read(day: dict[str, Any], step: str, outcome: str) -> None:
    """The gateway refuses before it has read the 60 MB."""
    assert day[step] == outcome


def test_a_poll_tells_changes_alone(day: dict[str, Any]) -> None:
    """It was called more often than it had something to tell."""
    assert day["poll"] is True


def test_a_service_that_fails_for_a_moment_is_not_noticed(day: dict[str, Any]) -> None:
    """The gateway's own repetitions fail too; the library's succeeds."""
    assert day["failing"] == "done"


def test_a_service_that_hangs_meets_the_deadline(day: dict[str, Any]) -> None:
    """The page's, which is shorter than the gateway's."""
    assert day["hanging"] == "DEADLINE_EXCEEDED retry"


def test_an_expired_token_is_refreshed_once_for_ten_calls(day: dict[str, Any]) -> None:
    """By the library's own call of the gateway."""
    assert (day["expired"], day["refreshes"]) == (["done"] * 10, 1)


def test_after_the_logout_the_page_is_told_once(day: dict[str, Any]) -> None:
    """Two calls are refused with ``revoked``."""
    assert (day["after"], day["signedOut"]) == (["AUTHENTICATION_ERROR log_in"] * 2, ["revoked"])
