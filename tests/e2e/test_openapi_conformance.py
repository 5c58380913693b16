"""The gateway keeps to its own description, whatever schemathesis makes of it."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import aiohttp
import pytest
import pytest_asyncio

from sandbox.options import StackOptions
from sandbox.stack import Stack
from scripts.docs.kept_files import ROOT
from tests.e2e.conftest import UNHURRIED
from tests.support.prompts import PROMPT

PROGRAM = Path(sys.executable).with_name("schemathesis")
RULES = Path(__file__).with_name("schemathesis.toml")
LOGOUT = "/v1/auth/logout"
BOUNDS = ("--max-examples", "4", "--generation-deterministic")
"""Few examples, the same each time, in all of Unicode."""

SEQUENCES = ("--max-examples", "20")
"""With fewer no sequence gets as far as an id that an answer has named."""


@dataclass(frozen=True, slots=True)
class Examined:
    """A gateway that can be spoiled: its address, a token of a user, and a batch of hers."""

    gateway: str
    token: str
    batch_id: str


@pytest_asyncio.fixture(scope="module")
async def examined() -> AsyncIterator[Examined]:
    """A sandbox of this module's own, since it fills with what schemathesis makes up."""
    async with (
        Stack(StackOptions(phase_s=0.05, gateway_environment=UNHURRIED)) as stack,
        aiohttp.ClientSession(stack.addresses.gateway, raise_for_status=True) as client,
    ):
        user = stack.addresses.users[0]
        async with client.post("/v1/auth/login", json={"email": user.email, "password": user.password}) as answer:
            token = (await answer.json())["access_token"]
        order = {"expected_essay_count": 1, "course_code": "ENG5", "student_prompt_ref": PROMPT}
        headers = {"Authorization": f"Bearer {token}"}
        async with client.post("/v1/batches/register", json=order, headers=headers) as answer:
            batch_id = (await answer.json())["batch_id"]
        yield Examined(stack.addresses.gateway, token, batch_id)


async def _findings(examined: Examined, *arguments: str, phases: str = "examples,coverage,fuzzing") -> str:
    """Return what schemathesis says when it isn't content, else nothing."""
    process = await asyncio.create_subprocess_exec(
        *(PROGRAM, "--config-file", RULES, "run", f"{examined.gateway}/openapi.json"),
        *("--header", f"Authorization: Bearer {examined.token}", "--phases", phases),
        *("--no-color", "--warnings", "off", *BOUNDS, *arguments),
        env=os.environ | {"BATCH_ID": examined.batch_id, "PYTHONPATH": str(ROOT)},
        cwd=ROOT,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    try:
        told, _ = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    return told.decode() if process.returncode else ""


@pytest.mark.timeout(600)
async def test_every_operation_keeps_to_the_description(examined: Examined) -> None:
    """No server error, no undocumented status, type, header or body, nothing accepted that was said to be wrong."""
    findings = await _findings(examined, "--exclude-path", LOGOUT)

    assert not findings, findings


@pytest.mark.timeout(600)
async def test_what_one_answer_names_the_next_request_finds(examined: Examined) -> None:
    """Sequences of calls, each with ids that the one before answered, keep to the description as single calls do."""
    findings = await _findings(examined, "--exclude-path", LOGOUT, *SEQUENCES, phases="stateful")

    assert not findings, findings


@pytest.mark.timeout(600)
async def test_logging_out_keeps_to_it_too(examined: Examined) -> None:
    """By itself and last: it ends the session that everything else needs."""
    findings = await _findings(examined, "--include-path", LOGOUT)

    assert not findings, findings
