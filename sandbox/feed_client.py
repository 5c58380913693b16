"""The live feed as the demo's browser hears it."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Self

import aiohttp
from pydantic import JsonValue

from sandbox.errors import SceneError

PROTOCOL = "huleedu.v1"
CONTROL = "feed."
CONNECT_TIMEOUT_S = 10.0
NOTIFIED_WITHIN_S = 15.0

Wanted = Callable[[dict[str, JsonValue]], bool]


@dataclass(frozen=True, slots=True)
class Entrance:
    """How one connection is opened: what it offers as subprotocols, and what its address says."""

    protocols: tuple[str, ...]
    query: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def by_token(cls, token: str) -> Self:
        """Show the access token; hear what happens from now on."""
        return cls((PROTOCOL, f"bearer.{token}"))

    @classmethod
    def by_ticket(cls, ticket: str, *, cursor: str) -> Self:
        """Show a ticket; go on after ``cursor``."""
        return cls((PROTOCOL,), {"ticket": ticket, "cursor": cursor})


@dataclass(frozen=True, slots=True)
class Frame:
    """One frame of the feed; ``cursor`` is where one that has it can resume, and what the notification is known by."""

    event: str
    data: dict[str, JsonValue]
    cursor: str | None


OnFrame = Callable[[Frame], None]


@dataclass(slots=True)
class Feed:
    """What one connection to the feed has brought so far."""

    connection: aiohttp.ClientWebSocketResponse
    frames: list[Frame] = field(default_factory=list)
    closed: str | None = None
    arrived: asyncio.Condition = field(default_factory=asyncio.Condition)

    async def wait_for_event(
        self, event: str, *, times: int = 1, within_s: float, about: Wanted = lambda _data: True
    ) -> None:
        """Return once ``event`` has come ``times`` times with data that is ``about`` the right thing.

        Raises:
            SceneError: after ``within_s`` seconds, or when the feed closed.
        """

        def enough() -> bool:
            return sum(frame.event == event and about(frame.data) for frame in self.frames) >= times

        await self._until(enough, event, within_s=within_s)

    async def brought(self, count: int, *, within_s: float) -> None:
        """Return once so many notifications have come; raises as :meth:`heard`."""
        await self._until(lambda: len(self.ids) >= count, f"{count} notifications", within_s=within_s)

    async def wait_closed(self, *, within_s: float) -> str:
        """Return how the other side closed the feed.

        Raises:
            SceneError: when it has not after ``within_s`` seconds.
        """
        try:
            async with asyncio.timeout(within_s), self.arrived:
                await self.arrived.wait_for(lambda: self.closed is not None)
        except TimeoutError:
            message = f"the feed is still open after {within_s:g} s"
            raise SceneError(message) from None
        return self.closed or ""

    async def _until(self, enough: Callable[[], bool], what: str, *, within_s: float) -> None:
        try:
            async with asyncio.timeout(within_s), self.arrived:
                await self.arrived.wait_for(lambda: enough() or self.closed is not None)
        except TimeoutError:
            message = f"the feed brought no {what} within {within_s:g} s"
            raise SceneError(message) from None
        if not enough():
            message = f"the feed closed before it brought {what}: {self.closed}"
            raise SceneError(message)

    @property
    def ids(self) -> list[str]:
        """The notifications that came, by their cursors, in order."""
        return [frame.cursor for frame in self.frames if frame.cursor and not frame.event.startswith(CONTROL)]

    @property
    def cursor(self) -> str:
        """Where to go on after this connection."""
        return next((frame.cursor for frame in reversed(self.frames) if frame.cursor), "")

    def lose_network(self) -> None:
        """Cut the connection without a word to the other side."""
        self.connection.get_extra_info("socket").shutdown(socket.SHUT_RDWR)

    async def take(self, frame: Frame) -> None:
        """Note a frame."""
        async with self.arrived:
            self.frames.append(frame)
            self.arrived.notify_all()

    async def close(self, why: str) -> None:
        """Note that nothing more will come."""
        async with self.arrived:
            self.closed = why
            self.arrived.notify_all()


@asynccontextmanager
async def open_feed(
    session: aiohttp.ClientSession, url: str, entrance: Entrance, on_frame: OnFrame
) -> AsyncIterator[Feed]:
    """Have the feed open; ``on_frame`` gets every frame as it arrives.

    Raises:
        SceneError: when it can't be opened.
    """
    try:
        async with asyncio.timeout(CONNECT_TIMEOUT_S):
            connection = await session.ws_connect(url, protocols=entrance.protocols, params=entrance.query)
    except (aiohttp.ClientError, TimeoutError) as failure:
        message = f"the feed at {url} could not be opened: {failure!r}"
        raise SceneError(message) from failure
    feed = Feed(connection)
    try:
        async with asyncio.TaskGroup() as tasks:
            reading = tasks.create_task(_read(feed, on_frame))
            try:
                yield feed
            finally:
                reading.cancel()
                await connection.close()
    except ExceptionGroup as failures:
        # The group wraps what the block raised; the block's owner wants it as it was.
        raise failures.exceptions[0] from None


async def _read(feed: Feed, on_frame: OnFrame) -> None:
    while True:
        message = await feed.connection.receive()
        match message.type:
            case aiohttp.WSMsgType.TEXT:
                frame = parse_frame(message.data)
                on_frame(frame)
                await feed.take(frame)
            case aiohttp.WSMsgType.CLOSE:
                await feed.close(f"{message.data} {reason_in(message.extra)}".rstrip())
                return
            case aiohttp.WSMsgType.CLOSING | aiohttp.WSMsgType.CLOSED | aiohttp.WSMsgType.ERROR:
                await feed.close("the connection broke")
                return


def reason_in(close_reason: str | None) -> str:
    """Return the short machine reason that the service's JSON close reasons hold, or the text as it is."""
    try:
        told = json.loads(close_reason or "")
    except ValueError:
        return close_reason or ""
    return str(told.get("message", "")) if isinstance(told, dict) else ""


def of(key: str, value: JsonValue) -> Wanted:
    """Return a condition: the data's ``key`` is ``value``."""
    return lambda data: data.get(key) == value


def parse_frame(text: str) -> Frame:
    """Return what a frame says; ``feed.ready`` has its cursor in its data, notifications have it as their id."""
    frame = json.loads(text)
    event, data = str(frame.get("event")), frame.get("data")
    told = data if isinstance(data, dict) else {}
    cursor = told.get("cursor") if event == "feed.ready" else frame.get("id")
    return Frame(event, told, cursor if isinstance(cursor, str) else None)
