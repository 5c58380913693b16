"""One teacher's browser as the gateway sees it: a session, its tokens, requests that are measured."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from http import HTTPStatus
from random import Random
from typing import Any, Self

import aiohttp

from benchmarks.soak.load.measurements import OK, Measurements
from sandbox.people import DemoUser

TIMEOUT = aiohttp.ClientTimeout(total=60)
SAME_SECOND_S = 1.1
"""The platform's tokens have no id: a login in the second of a logout brings the token that was logged out."""

LONGEST_PAUSE_S = 5.0
FAILURES = {
    aiohttp.ServerDisconnectedError: "disconnected",
    aiohttp.ClientConnectorError: "connect failed",
    aiohttp.ClientOSError: "reset",
    aiohttp.ClientPayloadError: "cut short",
    TimeoutError: "timeout",
}


@dataclass(frozen=True, slots=True)
class Answer:
    """What a request came to; ``status`` is 0 when no response came."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: Any = None

    @property
    def ok(self) -> bool:
        """Whether the request did what was asked."""
        return HTTPStatus.OK <= self.status < HTTPStatus.BAD_REQUEST

    @property
    def retry_after_s(self) -> float:
        """How long the response asks to wait; a second when it doesn't say."""
        given = self.headers.get("Retry-After", "")
        return float(given) if given.isdigit() else 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A request to be sent.

    Attributes:
        method: ``GET`` or another.
        path: Path and query.
        route: What its measurements are filed under.
        due: When it was due (Unix time); None is now.
        json: Its body, if that is JSON.
        form: Its body, if that is a form, which can be sent once only.
        headers: Beside the token.
        anonymous: Whether it goes without the token.
    """

    method: str
    path: str
    route: str
    due: float | None = None
    json: object = None
    form: aiohttp.FormData | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    anonymous: bool = False

    @property
    def again(self) -> Self:
        """The same request, due now."""
        return replace(self, due=None)


class Teacher:
    """A teacher with a browser of her own; close it with :meth:`close`.

    Args:
        user: who she is.
        number: gives her an address of her own, which a trusted proxy would tell the services.
        gateway: the gateway's base URL.
        measurements: gets every request.
        random: hers alone, so that a seed gives each teacher the same day.
    """

    def __init__(
        self, user: DemoUser, number: int, *, gateway: str, measurements: Measurements, random: Random
    ) -> None:
        self.user = user
        self.random = random
        self.address = f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"
        self.batches: list[str] = []
        self._etags: dict[str, str] = {}
        self.session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=0), headers={"X-Forwarded-For": self.address}
        )
        self._gateway = gateway
        self._measurements = measurements
        self._access_token = ""
        self._refresh_token = ""
        self._renewing = asyncio.Lock()

    async def close(self) -> None:
        """Close every connection to the gateway and the feed."""
        await self.session.close()

    @property
    def token(self) -> str:
        """The present access token."""
        return self._access_token

    async def log_in(self, due: float | None = None) -> None:
        """Log in, as often as it takes."""
        async with self._renewing:
            await self._log_in(due)

    async def log_in_again(self, due: float) -> None:
        """Log out, which revokes the token and closes her feed, and log in a moment later."""
        async with self._renewing:
            await self._send(Call(method="POST", path="/v1/auth/logout", route="logout", due=due))
            self._access_token = ""
            await asyncio.sleep(SAME_SECOND_S)
            await self._log_in(None)

    async def renew(self, old: str) -> None:
        """Refresh the token unless another task has replaced ``old`` meanwhile; log in when that is refused."""
        async with self._renewing:
            if self._access_token != old:
                return
            body = {"refresh_token": self._refresh_token}
            refresh = Call(method="POST", path="/v1/auth/refresh", route="refresh", json=body, anonymous=True)
            answer = await self._send(refresh)
            if answer.ok:
                self._access_token = answer.body["access_token"]
            else:
                await self._log_in(None)

    async def call(self, call: Call) -> Answer:
        """Send one request with the token; renew it and send again once when it has expired."""
        if not self._access_token:
            async with self._renewing:  # another task logs in
                pass
        token = self._access_token
        answer = await self._send(call)
        if answer.status == HTTPStatus.UNAUTHORIZED and call.form is None:
            await self.renew(token)
            return await self._send(call.again)
        return answer

    async def read(self, path: str, *, route: str, due: float) -> Answer:
        """Send a GET with the ETag of the last answer."""
        known = self._etags.get(path)
        headers = {"If-None-Match": known} if known else {}
        answer = await self.call(Call(method="GET", path=path, route=route, due=due, headers=headers))
        if "ETag" in answer.headers:
            self._etags[path] = answer.headers["ETag"]
        return answer

    async def _log_in(self, due: float | None) -> None:
        credentials = {"email": self.user.email, "password": self.user.password}
        login = Call(method="POST", path="/v1/auth/login", route="login", due=due, json=credentials, anonymous=True)
        while not (answer := await self._send(login)).ok:
            login = login.again
            await asyncio.sleep(self.random.uniform(0.1, min(LONGEST_PAUSE_S, answer.retry_after_s)))
        self._access_token, self._refresh_token = answer.body["access_token"], answer.body["refresh_token"]

    async def _send(self, call: Call) -> Answer:
        own = {} if call.anonymous else {"Authorization": f"Bearer {self._access_token}"}
        with self._measurements.timing(call.route, call.due) as timing:
            try:
                async with self.session.request(
                    call.method,
                    self._gateway + call.path,
                    json=call.json,
                    data=call.form,
                    headers={**own, **call.headers},
                    timeout=TIMEOUT,
                ) as response:
                    body = await response.json() if await response.read() else None
            except (aiohttp.ClientError, TimeoutError) as failure:
                timing.outcome = name_failure(failure)
                return Answer(0)
            answer = Answer(response.status, response.headers.copy(), body)
            timing.outcome = name_outcome(answer)
        return answer


def name_failure(failure: BaseException) -> str:
    """Return how a request failed that got no response."""
    return next((name for kind, name in FAILURES.items() if isinstance(failure, kind)), type(failure).__name__)


def name_outcome(answer: Answer) -> str:
    """Return ``ok``, ``304``, or the status with the error code."""
    if answer.status == HTTPStatus.NOT_MODIFIED:
        return "304"
    return OK if answer.ok else f"{answer.status} {answer.headers.get('X-Error-Code', '')}".rstrip()
