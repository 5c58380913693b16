"""A teacher's feed: connects by ticket, resumes by cursor, waits as docs/feed.md says, and keeps the books."""

import asyncio
import json
import os
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from dataclasses import dataclass, field
from socket import SHUT_RDWR, socket
from typing import Any

import aiohttp

from benchmarks.soak.load.ledger import Ledger
from benchmarks.soak.load.measurements import Measurements
from benchmarks.soak.load.teacher import Call, Teacher, name_failure

PROTOCOL = "huleedu.v1"
QUIET_S = 75.0
"""Two of the feed's heartbeats and a half: a stream this quiet is dead."""

SOON_S = 10.0
"""A connection that ends sooner counts as a failed attempt."""

LONGEST_WAIT_S = 30.0
TICKET = Call(method="POST", path="/v1/ws/tickets", route="ticket")
NO_WAIT = ("1008", "1009", "4008", "4408")

Frame = dict[str, Any]
Send = Callable[[Frame], Awaitable[None]]


@dataclass(slots=True)
class Ending:
    """How a connection ended: its close code or HTTP status, and what the feed told."""

    how: str
    told: dict[str, Any] = field(default_factory=dict)


@dataclass(slots=True)
class Line:
    """One open connection: its frames, a way to answer, where there is one, and how it ended."""

    frames: AsyncIterator[Frame]
    ending: Ending
    cut: Callable[[], None]
    send: Send | None = None


class Feed:
    """Follows one teacher's feed until it is cancelled.

    Args:
        teacher: whose feed it is.
        url: the feed's base URL, ``http://…``.
        streams: whether she uses server-sent events in place of a socket.
        ledger: gets what arrives.
        measurements: get latencies and endings.
    """

    def __init__(
        self, teacher: Teacher, url: str, *, streams: bool, ledger: Ledger, measurements: Measurements
    ) -> None:
        self.ready = asyncio.Event()
        self._teacher = teacher
        self._url = url
        self._transport = "stream" if streams else "socket"
        self._page = ledger.page(teacher.user.user_id)
        self._ledger = ledger
        self._measurements = measurements
        self._cursor = ""
        self._window_ms = 1000.0
        self._cut: Callable[[], None] | None = None

    @property
    def position(self) -> str:
        """The cursor of the last notification that was processed, or of the last ``feed.ready``."""
        return self._cursor

    def lose_network(self) -> None:
        """Cut the connection, if there is one, without a word."""
        if self._cut is not None:
            self._cut()

    async def follow(self) -> None:
        """Connect, and again whenever the connection ends."""
        failures = 0
        while True:
            began = time.monotonic()
            ending = await self._attempt()
            self._measurements.end(self._transport, ending.how)
            failures = 0 if time.monotonic() - began > SOON_S else failures
            await asyncio.sleep(self._pause_s(ending, failures))
            failures += 1

    async def _attempt(self) -> Ending:
        answer = await self._teacher.call(TICKET)
        if not answer.ok:
            return Ending(f"ticket {answer.status}", {"retry_after_ms": answer.retry_after_s * 1000})
        try:
            async with self._open(answer.body["ticket"]) as line:
                self._cut = line.cut
                async for frame in line.frames:
                    if not await self._take(frame, line):
                        line.ending.how = "left to renew"
                        break
                return line.ending
        except (aiohttp.ClientError, TimeoutError) as failure:
            return refusal(failure)
        finally:
            self._cut = None

    def _open(self, ticket: str) -> AbstractAsyncContextManager[Line]:
        query = {"ticket": ticket, "cursor": self._cursor}
        if self._transport == "stream":
            return open_stream(self._teacher.session, f"{self._url}/events", query)
        return open_socket(self._teacher.session, f"{self._url}/ws", query)

    async def _take(self, frame: Frame, line: Line) -> bool:
        """Process a frame; False when the connection is to be left."""
        event, data = frame["event"], frame.get("data") or {}
        match event:
            case "feed.ready":
                self._cursor = data["cursor"]
                self._window_ms = data.get("retry_after_ms", self._window_ms)
                self._measurements.opened[f"{self._transport} {data['outcome']}"] += 1
                self._page.told_lost += data["outcome"] == "reset"
                self.ready.set()
            case "feed.gap":
                self._page.told_lost += 1
            case "feed.expiring":
                await self._teacher.renew(self._teacher.token)
                if line.send is None:
                    return False
                await line.send({"type": "auth", "token": self._teacher.token})
            case _ if "id" in frame:
                self._note(frame["id"], data)
        return True

    def _note(self, cursor: str, data: dict[str, Any]) -> None:
        number, made_ns = data.get("n"), data.get("t")
        self._ledger.receive(self._teacher.user.user_id, cursor=cursor, number=number)
        self._cursor = cursor
        if made_ns is not None:
            self._measurements.arrive(made_ns)

    def _pause_s(self, ending: Ending, failures: int) -> float:
        if "retry_after_ms" in ending.told:
            return float(ending.told["retry_after_ms"]) / 1000
        if ending.how in NO_WAIT and failures == 0:
            return 0
        return self._teacher.random.uniform(0, min(LONGEST_WAIT_S, self._window_ms / 1000 * 2**failures))


@asynccontextmanager
async def open_socket(session: aiohttp.ClientSession, url: str, query: dict[str, str]) -> AsyncIterator[Line]:
    """Have a WebSocket open.

    Raises:
        aiohttp.ClientError, TimeoutError: it can't be opened.
    """
    async with asyncio.timeout(LONGEST_WAIT_S):
        opened = await session.ws_connect(url, params=query, protocols=(PROTOCOL,), heartbeat=QUIET_S)
    try:
        ending = Ending("1006")
        yield Line(_socket_frames(opened, ending), ending, cut=lambda: cut_off(opened), send=opened.send_json)
    finally:
        await opened.close()


async def _socket_frames(opened: aiohttp.ClientWebSocketResponse, ending: Ending) -> AsyncIterator[Frame]:
    while True:
        message = await opened.receive()
        if message.type is aiohttp.WSMsgType.TEXT:
            yield json.loads(message.data)
            continue
        if message.type is aiohttp.WSMsgType.CLOSE:
            ending.how, ending.told = str(message.data), reason(message.extra)
        return


@asynccontextmanager
async def open_stream(session: aiohttp.ClientSession, url: str, query: dict[str, str]) -> AsyncIterator[Line]:
    """Have an event stream open.

    Raises:
        aiohttp.ClientError, TimeoutError: it can't be opened, or breaks.
    """
    timeout = aiohttp.ClientTimeout(total=None, sock_read=QUIET_S)
    async with session.get(url, params=query, timeout=timeout) as response:
        response.raise_for_status()
        ending = Ending("end of stream")
        yield Line(_stream_frames(response, ending), ending, cut=response.close)


async def _stream_frames(response: aiohttp.ClientResponse, ending: Ending) -> AsyncIterator[Frame]:
    async for line in response.content:
        if not line.startswith(b"data:"):
            continue
        frame = json.loads(line.removeprefix(b"data:"))
        yield frame
        if frame["event"] == "feed.error":
            told = frame["data"].get("details", {})
            after_s = told.get("retry", {}).get("after_seconds")
            ending.how = f"{frame['data']['code']}"
            ending.told = {} if after_s is None else {"retry_after_ms": after_s * 1000}


def cut_off(connection: aiohttp.ClientWebSocketResponse) -> None:
    """Break the connection without a close frame. uvloop's sockets can't be shut down, a copy of one can."""
    seen = connection.get_extra_info("socket")
    if seen is not None:
        with suppress(OSError), socket(fileno=os.dup(seen.fileno())) as copy:
            copy.shutdown(SHUT_RDWR)


def reason(text: str | None) -> dict[str, Any]:
    """Return what a close reason tells; nothing when it isn't JSON."""
    try:
        told = json.loads(text or "")
    except ValueError:
        return {}
    return told if isinstance(told, dict) else {}


def refusal(failure: BaseException) -> Ending:
    """Return the ending that a refused or broken connection is."""
    if isinstance(failure, aiohttp.ClientResponseError | aiohttp.WSServerHandshakeError):
        after = "" if failure.headers is None else failure.headers.get("Retry-After", "")
        return Ending(f"HTTP {failure.status}", {"retry_after_ms": float(after) * 1000} if after.isdigit() else {})
    return Ending(name_failure(failure))
