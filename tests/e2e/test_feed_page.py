"""Clients of docs/feed.md lose and repeat nothing: the one that stands there, taken from the page, and the library."""

import asyncio
import json
import shutil
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import pytest_asyncio
from redis.asyncio import Redis

from sandbox.faults import Faults
from sandbox.options import StackOptions
from sandbox.stack import Stack
from tests.e2e.browser import Browser
from tests.e2e.conftest import UNHURRIED
from tests.support.eventually import eventually
from tests.support.feed_page import client
from tests.support.node_project import built_client, run

BACK_WITHIN_S = 60.0
"""More than the longest pause the page allows, 30 s: a feed that starts slowly may be met only after that."""

PLACE = "place"
"""The file that keeps the cursor."""

TOKEN_S = 62
"""Two seconds more than the warning before its end: clients renew every two seconds."""

NODE = ("node", "--experimental-websocket")
CUTS = 60
"""How often the soaks cut a connection: more, and more slowly, by ``node test/live/soak.js``."""


@dataclass(frozen=True)
class Reader:
    """A client of the page as a program; ``folder`` holds what it printed and its cursor."""

    command: Sequence[str]
    folder: Path

    @property
    def frames(self) -> list[dict[str, Any]]:
        """What it was told, in all its lives."""
        whole = (self.folder / "told").read_text(encoding="utf-8").rpartition("\n")[0]
        return [json.loads(line) for line in whole.splitlines()]

    @property
    def classes(self) -> list[str]:
        """The names of the classes it was told of, sorted: the platform keys each class by an id of its own."""
        return sorted(frame["data"]["class_designation"] for frame in self.frames if frame["event"] == "class_created")

    @property
    def outcomes(self) -> list[str]:
        """What became of its cursor at each of its arrivals."""
        return [frame["data"]["outcome"] for frame in self.frames if frame["event"] == "feed.ready"]

    @property
    def has_kept_its_place(self) -> bool:
        """Whether it would come back behind the last frame it was told; killed before that, it is told it again."""
        told = [frame.get("id") or frame["data"]["cursor"] for frame in self.frames if _moves_on(frame)]
        kept: str = (self.folder / PLACE).read_text(encoding="utf-8")
        return kept == str(told[-1])

    @property
    def warnings(self) -> int:
        """How often it was told that its token ends."""
        return sum(frame["event"] == "feed.expiring" for frame in self.frames)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Run it inside the block and past its arrival; it is killed in the end."""
        arrived = len(self.outcomes)
        with (self.folder / "told").open("ab") as told, (self.folder / "complaints").open("ab") as complaints:
            process = await asyncio.create_subprocess_exec(
                *self.command, stdin=asyncio.subprocess.DEVNULL, stdout=told, stderr=complaints
            )
        try:
            await eventually(lambda: len(self.outcomes) > arrived, within_s=BACK_WITHIN_S)
            yield
            assert process.returncode is None, (self.folder / "complaints").read_text(encoding="utf-8")
        finally:
            process.kill()
            await process.wait()


def _moves_on(frame: dict[str, Any]) -> bool:
    return "id" in frame or frame["event"] == "feed.ready"


@pytest_asyncio.fixture(scope="module")
async def stack(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stack]:
    """A sandbox whose tokens end soon and whose feed is broken. Its logs are in pytest's folder ``page0``."""
    logs = tmp_path_factory.mktemp("page")
    options = StackOptions(token_lifetime_s=TOKEN_S, gateway_environment=UNHURRIED, logs=logs)
    async with Stack(options) as running:
        yield running


@pytest.fixture
def faults(stack: Stack) -> Faults:
    """Ways to break it."""
    return Faults(stack.parts.processes)


@pytest_asyncio.fixture(scope="module")
async def library() -> Path:
    """The folder of the programs that use the built library, ``clients/typescript/test/live``."""
    probe = await run(*NODE, "--eval", "WebSocket", folder=Path()) if shutil.which("node") else (1, "")
    if probe[0] != 0:
        pytest.skip("there is no node that has WebSocket")
    return await built_client() / "test" / "live"


@pytest.fixture(params=["python", "library"])
def program(request: pytest.FixtureRequest, tmp_path: Path) -> list[str]:
    """A client as a command that lacks its arguments."""
    if request.param == "python":
        (tmp_path / "follow.py").write_text(client("python"), encoding="utf-8")
        return [sys.executable, str(tmp_path / "follow.py")]
    return [*NODE, str(request.getfixturevalue("library") / "follow.js")]


@pytest.fixture
def reader(program: list[str], stack: Stack, tmp_path: Path) -> Reader:
    """Maria's reader, not running yet."""
    return _reader(program, stack, tmp_path, person=0)


def _reader(program: list[str], stack: Stack, folder: Path, *, person: int) -> Reader:
    (folder / "told").touch()
    return Reader([*program, *_login(stack, person), str(folder / PLACE)], folder)


def _login(stack: Stack, person: int) -> tuple[str, ...]:
    user, addresses = stack.addresses.users[person], stack.addresses
    return addresses.gateway, addresses.websocket, user.email, user.password


@pytest_asyncio.fixture
async def teacher(stack: Stack, session: aiohttp.ClientSession) -> Browser:
    """Maria's browser, logged in."""
    return await Browser(session, stack.addresses).logged_in(0)


async def create(teacher: Browser, *names: str) -> None:
    """Have classes made, one after the other, each of which the teacher is told of."""
    for name in names:
        await teacher.new_class(name)


async def test_a_killed_feed_and_a_killed_client_lose_nothing(reader: Reader, faults: Faults, teacher: Browser) -> None:
    """What happens while the feed is dead, and while the client is, comes once."""
    async with reader.running():
        await create(teacher, "1", "2")
        await eventually(lambda: reader.classes == ["1", "2"])
        async with faults.without("websocket_service"):
            await create(teacher, "3", "4")
        await create(teacher, "5")
        await eventually(lambda: len(reader.classes) >= 5, within_s=BACK_WITHIN_S)
        await eventually(lambda: reader.has_kept_its_place)
    await create(teacher, "6", "7")
    async with reader.running():
        await create(teacher, "8")
        await eventually(lambda: len(reader.classes) >= 8)

    assert reader.classes == ["1", "2", "3", "4", "5", "6", "7", "8"]
    assert reader.outcomes[0] == "live"
    assert set(reader.outcomes[1:]) == {"resumed"}


async def test_a_drained_feed_is_come_back_to(reader: Reader, faults: Faults, teacher: Browser) -> None:
    """After 1012 it waits its slot, and then as long as it takes."""
    async with reader.running():
        await faults.stop("websocket_service")
        try:
            await create(teacher, "1")
        finally:
            await faults.start("websocket_service")
        await create(teacher, "2")
        await eventually(lambda: len(reader.classes) >= 2, within_s=BACK_WITHIN_S)

    assert reader.classes == ["1", "2"]
    assert [frame["event"] for frame in reader.frames].count("feed.drain") == 1


async def test_a_token_is_renewed_before_it_ends(reader: Reader) -> None:
    """Warned, it renews, and is warned of the new token's end: on the same connection all the time."""
    async with reader.running():
        await eventually(lambda: reader.warnings >= 3, within_s=BACK_WITHIN_S)

    assert reader.outcomes == ["live"]


async def test_a_revoked_session_logs_in_anew(
    program: list[str], stack: Stack, session: aiohttp.ClientSession, tmp_path: Path
) -> None:
    """Closed with 1008 ``revoked``, it logs in and goes on where it was."""
    reader = _reader(program, stack, tmp_path, person=1)
    user = stack.addresses.users[1]
    async with reader.running(), Redis.from_url(stack.addresses.redis) as redis:
        await redis.publish("auth:revocations", json.dumps({"user_id": user.user_id}))
        await eventually(lambda: len(reader.outcomes) == 2, within_s=BACK_WITHIN_S)
        again = await Browser(session, stack.addresses).logged_in(1)
        await create(again, "1")
        await eventually(lambda: reader.classes == ["1"])

    assert reader.outcomes == ["live", "resumed"]


@pytest.mark.parametrize("transport", ["websocket", "stream"])
async def test_the_library_loses_nothing_over_many_cuts(library: Path, stack: Stack, transport: str) -> None:
    """Cut again and again in the middle of frames, it hands each notification over once."""
    command = (*NODE, "soak.js", str(CUTS), transport, *_login(stack, 0))

    status, told = await run(*command, folder=library)

    assert status == 0, told
    counts = json.loads(told.splitlines()[-1])
    assert counts.pop("made") > CUTS
    assert counts == {"reconnects": CUTS, "lost": 0, "twice": 0, "told": 0, "transport": transport}


async def test_tabs_hand_over_without_a_loss(library: Path, stack: Stack) -> None:
    """The tab that holds the connection is killed again and again; another tab loses and repeats nothing."""
    status, told = await run(*NODE, "tabs.js", "12", *_login(stack, 1), folder=library)

    assert status == 0, told
    counts = json.loads(told.splitlines()[-1])
    assert counts["handovers"] > 0
    assert (counts["lost"], counts["twice"], counts["state"]) == (0, 0, "live")
