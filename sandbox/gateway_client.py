"""The gateway as the demo's browser calls it."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from time import perf_counter
from urllib.parse import urlencode

import aiohttp
from pydantic import JsonValue

from sandbox.errors import SceneError

TIMEOUT = aiohttp.ClientTimeout(total=30)
STATUS_PAUSE_S = 0.25
FINISHED = ("completed_successfully", "completed_with_failures", "failed", "cancelled")


@dataclass(frozen=True, slots=True)
class Reply:
    """What the gateway answered; ``body`` is None when there was none."""

    status: int
    body: JsonValue
    seconds: float

    def text(self, *path: str | int) -> str:
        """Return the string that stands under ``path`` in the body.

        Raises:
            SceneError: when none stands there.
        """
        found = self._under(path)
        if not isinstance(found, str):
            message = f"the answer has no {'.'.join(map(str, path))}: {self.body}"
            raise SceneError(message)
        return found

    def length(self, *path: str | int) -> int:
        """Return how long the list is that stands under ``path`` in the body.

        Raises:
            SceneError: when none stands there.
        """
        found = self._under(path)
        if not isinstance(found, list):
            message = f"the answer has no list {'.'.join(map(str, path))}: {self.body}"
            raise SceneError(message)
        return len(found)

    def _under(self, path: Sequence[str | int]) -> JsonValue:
        found: JsonValue = self.body
        for step in path:
            match found, step:
                case dict(), str() if step in found:
                    found = found[step]
                case list(), int() if step < len(found):
                    found = found[step]
                case _:
                    return None
        return found


class GatewayClient:
    """Calls the gateway at ``url``, with the access token once there is one.

    Args:
        session: makes the connections; the caller closes it.
        url: the gateway's address, without a slash at the end.
    """

    def __init__(self, session: aiohttp.ClientSession, url: str) -> None:
        self._session = session
        self._url = url
        self.token: str | None = None

    async def call(
        self,
        method: str,
        path: str,
        *,
        expect: int,
        json: JsonValue = None,
        form: aiohttp.FormData | None = None,
    ) -> Reply:
        """Send one request and return its answer.

        Raises:
            SceneError: when the answer's status is not ``expect``, or none comes.
        """
        headers = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        begun = perf_counter()
        try:
            async with self._session.request(
                method,
                self._url + path,
                json=json,
                data=form,
                headers=headers,
                timeout=TIMEOUT,
                allow_redirects=False,
            ) as answer:
                body = await answer.json(content_type=None) if await answer.read() else None
        except (aiohttp.ClientError, TimeoutError, ValueError) as failure:
            message = f"{method} {path} got no usable answer: {failure!r}"
            raise SceneError(message) from failure
        if answer.status != expect:
            message = f"{method} {path} was answered {answer.status} instead of {expect}: {body}"
            raise SceneError(message)
        return Reply(answer.status, body, perf_counter() - begun)


async def fetch_ids_after(teacher: GatewayClient, *, after: str) -> list[str]:
    """Return the ids of what the teacher was told after that cursor."""
    reply = await teacher.call("GET", f"/v1/notifications?{urlencode({'after': after})}", expect=200)
    return [reply.text("items", place, "id") for place in range(reply.length("items"))]


async def fetch_final_status(teacher: GatewayClient, batch_id: str, *, within_s: float) -> str:
    """Poll a batch until it has ended, and return its status.

    Raises:
        SceneError: it hasn't ended within ``within_s``, or not with success.
    """
    status = ""
    try:
        async with asyncio.timeout(within_s):
            while status not in FINISHED:
                reply = await teacher.call("GET", f"/v1/batches/{batch_id}/status", expect=200)
                status = reply.text("status")
                await asyncio.sleep(STATUS_PAUSE_S)
    except TimeoutError:
        message = f"the batch is still {status} after {within_s:g} s"
        raise SceneError(message) from None
    if status != "completed_successfully":
        message = f"the batch ended as {status}"
        raise SceneError(message)
    return status
