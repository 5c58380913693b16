"""The queue between a connection and its app."""

import asyncio

from hypercorn.typing import ASGIReceiveEvent

from common.web.hypercorn_overrides.app_tasks import EventQueue
from tests.support.eventually import PATIENCE_S

CHUNK: ASGIReceiveEvent = {"type": "http.request", "body": b"x", "more_body": True}
LEFT: ASGIReceiveEvent = {"type": "http.disconnect"}


async def test_events_wait_when_the_app_is_slow() -> None:
    """A full inbox holds up the connection: that is the back-pressure."""
    queue = EventQueue(1)
    await queue.put(CHUNK)

    async with asyncio.TaskGroup() as group:
        waiting = group.create_task(queue.put(CHUNK))
        await asyncio.sleep(0)
        waited = not waiting.done()
        await queue.get()

    assert waited
    assert queue.qsize() == 1


async def test_a_disconnect_waits_for_nobody() -> None:
    """The app that doesn't read can still be told, even from its own task."""
    queue = EventQueue(1)
    await queue.put(CHUNK)

    async with asyncio.timeout(PATIENCE_S):
        await queue.put(LEFT)

    assert [await queue.get(), await queue.get()] == [CHUNK, LEFT]


async def test_closing_releases_who_waits() -> None:
    """When the app is done, the connection isn't left waiting to be read."""
    queue = EventQueue(1)
    await queue.put(CHUNK)

    async with asyncio.timeout(PATIENCE_S), asyncio.TaskGroup() as group:
        group.create_task(queue.put(CHUNK))
        await asyncio.sleep(0)
        queue.close()


async def test_a_closed_inbox_keeps_nothing() -> None:
    """What comes after the app's end is dropped."""
    queue = EventQueue(1)
    queue.close()

    await queue.put(CHUNK)
    await queue.put(CHUNK)

    assert queue.empty()
