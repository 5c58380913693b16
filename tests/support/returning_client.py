"""A client of the feed that behaves as docs/feed.md tells it to: it keeps its cursor and always comes back."""

import asyncio
import json
from asyncio import Event
from dataclasses import dataclass, field
from random import SystemRandom
from typing import Final

from pydantic import JsonValue
from websockets.exceptions import ConnectionClosed, InvalidHandshake

from common.identity.principal import UserId
from tests.support.feed import FeedClient, Frame

REFUSED_PAUSE_S: Final = 0.2
LAST: Final = -1
"""The number after which nothing is expected any more."""

_chance: Final = SystemRandom()


@dataclass
class History:
    """What came of one history of the user's: a ``reset`` begins another."""

    numbers: list[JsonValue] = field(default_factory=list)
    ids: list[str] = field(default_factory=list)

    @property
    def repeats(self) -> int:
        """How many messages came a second time, by cursor."""
        return len(self.ids) - len(set(self.ids))


class ReturningClient:
    """Reads a user's feed over one connection after another until it has heard :data:`LAST`.

    ``histories`` are what it got, ``outcomes`` what it was told of its cursors, ``gaps`` what it was told it lost, and
    ``closures`` the codes with which connections ended (1006: without a word).

    Args:
        url: of the feed's sockets.
        user_id: whose feed.
    """

    def __init__(self, url: str, user_id: UserId) -> None:
        self.user_id = user_id
        self.cursor: str | None = None
        self.histories = [History()]
        self.outcomes: list[JsonValue] = []
        self.gaps: list[JsonValue] = []
        self.closures: list[int] = []
        self.connection: FeedClient | None = None
        self.reading = Event()
        self.reading.set()
        self._url = url
        self._window_ms = 0

    @property
    def heard(self) -> History:
        """What came of the present history."""
        return self.histories[-1]

    @property
    def numbers(self) -> list[JsonValue]:
        """The numbers of the present history."""
        return self.heard.numbers

    @property
    def count(self) -> int:
        """How many notifications came in all."""
        return sum(len(history.numbers) for history in self.histories)

    async def run(self) -> None:
        """Read to the end, through every failure."""
        while LAST not in self.numbers:
            try:
                await self._visit()
            except ConnectionClosed as closed:
                self.closures.append(1006 if closed.rcvd is None else closed.rcvd.code)
                await asyncio.sleep(self._pause_s("" if closed.rcvd is None else closed.rcvd.reason))
            except (OSError, EOFError, InvalidHandshake):
                await asyncio.sleep(REFUSED_PAUSE_S)

    async def _visit(self) -> None:
        query = "" if self.cursor is None else f"cursor={self.cursor}"
        async with FeedClient.connected(self._url, user_id=self.user_id, query=query) as self.connection:
            while LAST not in self.numbers:
                await self.reading.wait()
                self._take(await self.connection.frame())

    def _take(self, frame: Frame) -> None:
        match frame:
            case {"event": "feed.ready", "data": {"cursor": str(cursor), "outcome": outcome, **more}}:
                self.cursor = cursor
                self.outcomes.append(outcome)
                self._window_ms = int(str(more.get("retry_after_ms", self._window_ms)))
                if outcome == "reset":
                    self.histories.append(History())
            case {"event": "feed.gap", "data": lost}:
                self.gaps.append(lost)
            case {"id": str(cursor), "data": dict(data)}:
                self.cursor = cursor
                self.heard.ids.append(cursor)
                if "n" in data:
                    self.numbers.append(data["n"])

    def _pause_s(self, reason: str) -> float:
        """Return how long to stay away: what the service said, else a moment of the window it gave at the beginning."""
        told = json.loads(reason) if reason else {}
        slot_ms = told.get("retry_after_ms")
        return _chance.uniform(0, self._window_ms) / 1000 if slot_ms is None else float(slot_ms) / 1000
