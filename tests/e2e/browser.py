"""What the dashboard does in a browser: REST by aiohttp, the live feed by the websockets library."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from json import loads
from pathlib import Path
from typing import Any, Self
from urllib.parse import urlencode
from uuid import UUID

import aiohttp
from websockets.asyncio.client import ClientConnection, connect
from websockets.typing import Subprotocol

from sandbox.addresses import Addresses
from sandbox.scene import upload_form
from tests.support.eventually import eventually
from tests.support.prompts import PROMPT

HEARD_WITHIN_S = 40.0
LOGOUT = "/v1/auth/logout"
LOGGED_OUT: set[str | None] = set()
"""Tokens that tests of this process have logged out."""

TIMEOUT = aiohttp.ClientTimeout(total=60)


@dataclass(frozen=True)
class Answer:
    """What the gateway answered."""

    status: int
    headers: Mapping[str, str]
    body: Any


def assert_house_error(answer: Answer, *, status: int, code: str) -> dict[str, Any]:
    """Claim that the answer is an error in the one format; return its details."""
    assert answer.status == status, answer.body
    error = answer.body["error"]
    assert set(error) == {"code", "message", "correlation_id", "service", "timestamp", "details"}
    assert error["code"] == code
    assert str(UUID(error["correlation_id"])) == answer.headers["X-Correlation-ID"]
    assert answer.headers["X-Error-Code"] == code
    details: dict[str, Any] = error["details"]
    return details


@dataclass
class Feed:
    """An open feed: what came, and a way to wait for more."""

    socket: ClientConnection
    frames: list[dict[str, Any]] = field(default_factory=list)
    _passed: list[dict[str, Any]] = field(default_factory=list)
    """What came while something else was waited for: what has different keys in Kafka comes in no certain order."""

    async def until(self, event: str, **facts: object) -> dict[str, Any]:
        """Return the data of the next ``event`` whose data has these facts; whatever comes is kept in frames."""

        def is_it(frame: dict[str, Any]) -> bool:
            return bool(frame["event"] == event and facts.items() <= frame["data"].items())

        for place, passed in enumerate(self._passed):
            if is_it(passed):
                return dict(self._passed.pop(place)["data"])
        async with asyncio.timeout(HEARD_WITHIN_S):
            while True:
                frame: dict[str, Any] = loads(await self.socket.recv())
                self.frames.append(frame)
                if is_it(frame):
                    return dict(frame["data"])
                self._passed.append(frame)

    @property
    def events(self) -> list[str]:
        """The names of what came, in order, without the feed's own frames."""
        return [frame["event"] for frame in self.frames if not frame["event"].startswith("feed.")]

    @property
    def ids(self) -> list[str]:
        """The cursors of what came, in order."""
        return [frame["id"] for frame in self.frames if "id" in frame and not frame["event"].startswith("feed.")]


class Browser:
    """One person's browser.

    Args:
        session: its connections.
        addresses: where the platform is.
    """

    def __init__(self, session: aiohttp.ClientSession, addresses: Addresses) -> None:
        self._session = session
        self._addresses = addresses
        self.token: str | None = None

    async def logged_in(self, person: int) -> Self:
        """Log the demo user of that number in, with a token that no test has logged out.

        The platform's tokens have no id: a login in the second of a logout brings the token that was logged out.
        """
        user = self._addresses.users[person]

        async def has_new_token() -> bool:
            answer = await self.call("POST", "/v1/auth/login", json={"email": user.email, "password": user.password})
            self.token = answer.body["access_token"]
            return self.token not in LOGGED_OUT

        await eventually(has_new_token)
        return self

    async def call(
        self,
        method: str,
        path: str,
        *,
        json: object = None,
        form: aiohttp.FormData | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """Send one request to the gateway and return its answer."""
        own = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        if path == LOGOUT:
            LOGGED_OUT.add(self.token)
        async with self._session.request(
            method,
            self._addresses.gateway + path,
            json=json,
            data=form,
            headers={**own, **(headers or {})},
            timeout=TIMEOUT,
            allow_redirects=False,
        ) as answer:
            raw = await answer.read()
            return Answer(answer.status, answer.headers.copy(), loads(raw) if raw else None)

    @asynccontextmanager
    async def feed(self, **query: str) -> AsyncIterator[Feed]:
        """Have the feed open, as the new client opens it, and past its first frame; with a ``ticket`` by that."""
        bearer = () if "ticket" in query else (Subprotocol(f"bearer.{self.token}"),)
        url = f"{self._addresses.websocket}?{urlencode(query)}"
        async with connect(url, subprotocols=[Subprotocol("huleedu.v1"), *bearer]) as socket:
            feed = Feed(socket)
            await feed.until("feed.ready")
            yield feed

    async def new_batch(
        self, *, essays: int = 1, class_id: str | None = None, prompt: bool = False, shown: bool = True
    ) -> str:
        """Register a batch and return its id, once the platform shows it unless ``shown`` is false."""
        body = {
            "expected_essay_count": essays,
            "course_code": "ENG5",
            "class_id": class_id,
            "student_prompt_ref": PROMPT if prompt else None,
        }
        answer = await self.call("POST", "/v1/batches/register", json=body)
        assert answer.status == 202, answer.body
        batch_id: str = answer.body["batch_id"]
        if shown:
            await eventually(lambda: self.shows(batch_id))
        return batch_id

    async def shows(self, batch_id: str) -> bool:
        """Tell whether the platform shows the batch: the result aggregator hears of it through Kafka."""
        return (await self.call("GET", f"/v1/batches/{batch_id}/status")).status == 200

    async def new_class(self, name: str = "8B") -> str:
        """Create a class and return its id."""
        answer = await self.call("POST", "/v1/classes", json={"name": name, "course_codes": ["ENG5"]})
        assert answer.status == 201, answer.body
        class_id: str = answer.body["id"]
        return class_id

    async def confirm(self, batch_id: str, suggested: Answer) -> Answer:
        """Confirm the suggested authors of a batch's essays."""
        associations = [
            {"essay_id": one["essay_id"], "student_id": one["suggested_student_id"], "confirmed": True}
            for one in suggested.body["associations"]
        ]
        path = f"/v1/batches/{batch_id}/student-associations/confirm"
        return await self.call("POST", path, json={"associations": associations})

    async def upload(self, batch_id: str, essays: list[Path]) -> Answer:
        """Hand essays in."""
        return await self.call("POST", "/v1/files/batch", form=upload_form(batch_id, essays))

    async def start(self, batch_id: str, pipeline: str, *, headers: Mapping[str, str] | None = None) -> Answer:
        """Start a pipeline."""
        path = f"/v1/batches/{batch_id}/pipelines"
        return await self.call("POST", path, json={"requested_pipeline": pipeline}, headers=headers)

    async def status(self, batch_id: str) -> str:
        """Return the batch's status."""
        answer = await self.call("GET", f"/v1/batches/{batch_id}/status")
        status: str = answer.body["status"]
        return status
