"""The live feed as the demo's browser hears it."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import aiohttp
from pydantic import JsonValue

from sandbox.errors import SceneError

PROTOCOL = "huleedu.v1"
CONNECT_TIMEOUT_S = 10.0

OnFrame = Callable[[str, dict[str, JsonValue]], None]
Wanted = Callable[[dict[str, JsonValue]], bool]


@dataclass(slots=True)
class Feed:
    """What an open feed has brought so far."""

    events: list[tuple[str, dict[str, JsonValue]]] = field(default_factory=list)
    closed: str | None = None
    arrived: asyncio.Condition = field(default_factory=asyncio.Condition)

    async def heard(self, event: str, *, times: int = 1, within_s: float, about: Wanted = lambda _data: True) -> None:
        """Return once ``event`` has come ``times`` times with data that is ``about`` the right thing.

        Raises:
            SceneError: after ``within_s`` seconds, or when the feed closed.
        """

        def enough() -> bool:
            return sum(name == event and about(data) for name, data in self.events) >= times

        try:
            async with asyncio.timeout(within_s), self.arrived:
                await self.arrived.wait_for(lambda: enough() or self.closed is not None)
        except TimeoutError:
            message = f"the feed brought no {event} within {within_s:g} s"
            raise SceneError(message) from None
        if not enough():
            message = f"the feed closed before it brought {event}: {self.closed}"
            raise SceneError(message)

    async def ended(self, *, within_s: float) -> str:
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

    async def take(self, event: str, data: dict[str, JsonValue]) -> None:
        """Note a frame."""
        async with self.arrived:
            self.events.append((event, data))
            self.arrived.notify_all()

    async def close(self, why: str) -> None:
        """Note that nothing more will come."""
        async with self.arrived:
            self.closed = why
            self.arrived.notify_all()


@asynccontextmanager
async def open_feed(session: aiohttp.ClientSession, url: str, token: str, on_frame: OnFrame) -> AsyncIterator[Feed]:
    """Have the feed of the token's user open; ``on_frame`` is told of every frame as it arrives.

    Raises:
        SceneError: when it can't be opened.
    """
    try:
        async with asyncio.timeout(CONNECT_TIMEOUT_S):
            socket = await session.ws_connect(url, protocols=(PROTOCOL, f"bearer.{token}"))
    except (aiohttp.ClientError, TimeoutError) as failure:
        message = f"the feed at {url} could not be opened: {failure!r}"
        raise SceneError(message) from failure
    feed = Feed()
    try:
        async with asyncio.TaskGroup() as tasks:
            reading = tasks.create_task(_read(socket, feed, on_frame))
            try:
                yield feed
            finally:
                reading.cancel()
                await socket.close()
    except ExceptionGroup as failures:
        # The group wraps what the block raised; the block's owner wants it as it was.
        raise failures.exceptions[0] from None


async def _read(socket: aiohttp.ClientWebSocketResponse, feed: Feed, on_frame: OnFrame) -> None:
    while True:
        message = await socket.receive()
        match message.type:
            case aiohttp.WSMsgType.TEXT:
                event, data = understood(message.data)
                on_frame(event, data)
                await feed.take(event, data)
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


def understood(text: str) -> tuple[str, dict[str, JsonValue]]:
    """Return a frame's event and data."""
    frame = json.loads(text)
    data = frame.get("data")
    return str(frame.get("event")), data if isinstance(data, dict) else {}
