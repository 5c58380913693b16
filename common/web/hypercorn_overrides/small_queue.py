"""A queue that takes little memory while it is empty, as the queues of most connections are."""

import asyncio
from typing import TypeVar

from typing_extensions import override

ItemT = TypeVar("ItemT")


class SmallQueue(asyncio.Queue[ItemT]):
    """As asyncio's, without ``join`` and ``task_done``; that one has four deques of 624 bytes each, empty or not.

    Args:
        limit: of items; 0 for none.
    """

    def __init__(self, limit: int = 0) -> None:  # not asyncio's own, which makes the deques
        self._limit = limit
        self._items: list[ItemT] = []
        self._readers: list[asyncio.Future[None]] = []
        self._writers: list[asyncio.Future[None]] = []

    @override
    def __repr__(self) -> str:
        return f"<{type(self).__name__} of {len(self._items)}>"

    __str__ = __repr__

    @property
    @override
    def maxsize(self) -> int:
        return self._limit

    @override
    def qsize(self) -> int:
        return len(self._items)

    @override
    def empty(self) -> bool:
        return not self._items

    @override
    def full(self) -> bool:
        return 0 < self._limit <= len(self._items)

    @override
    async def get(self) -> ItemT:
        while not self._items:
            await _wait_in(self._readers)
        return self.get_nowait()

    @override
    async def put(self, item: ItemT) -> None:
        while self.full():
            await _wait_in(self._writers)
        self.put_nowait(item)

    @override
    def get_nowait(self) -> ItemT:
        if not self._items:
            raise asyncio.QueueEmpty
        item = self._items.pop(0)
        _wake_first(self._writers)
        return item

    @override
    def put_nowait(self, item: ItemT) -> None:
        if self.full():
            raise asyncio.QueueFull
        self._items.append(item)
        _wake_first(self._readers)


async def _wait_in(line: list[asyncio.Future[None]]) -> None:
    """Wait to be woken; when that and a cancellation come together, another one is woken instead."""
    place: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    line.append(place)
    try:
        await place
    except asyncio.CancelledError:
        if place in line:
            line.remove(place)
        elif not place.cancelled():
            _wake_first(line)
        raise


def _wake_first(line: list[asyncio.Future[None]]) -> None:
    while line:
        place = line.pop(0)
        if not place.done():
            place.set_result(None)
            return
