"""The queue that takes little memory."""

import asyncio

import pytest

from common.web.hypercorn_overrides.small_queue import SmallQueue


async def test_items_come_out_in_order() -> None:
    """First in, first out; what is empty or full says so."""
    queue = SmallQueue[int](2)
    queue.put_nowait(1)
    await queue.put(2)

    with pytest.raises(asyncio.QueueFull):
        queue.put_nowait(3)
    assert [queue.get_nowait(), await queue.get()] == [1, 2]
    with pytest.raises(asyncio.QueueEmpty):
        queue.get_nowait()


async def test_without_a_limit_nothing_waits() -> None:
    """A limit of 0 is none."""
    queue = SmallQueue[int]()
    for number in range(100):
        queue.put_nowait(number)

    assert queue.qsize() == 100
    assert not queue.full()


async def test_it_can_be_shown() -> None:
    """A debugger, or a traceback with its locals, shows it, as it does asyncio's own."""
    queue = SmallQueue[int](2)
    queue.put_nowait(1)

    assert [repr(queue), str(queue), queue.maxsize] == ["<SmallQueue of 1>", "<SmallQueue of 1>", 2]


async def test_a_reader_waits_for_an_item_and_a_writer_for_room() -> None:
    """Each is woken by the other."""
    queue = SmallQueue[int](1)
    async with asyncio.TaskGroup() as group:
        reading = group.create_task(queue.get())
        await asyncio.sleep(0)
        await queue.put(1)
        await queue.put(2)
        writing = group.create_task(queue.put(3))
        await asyncio.sleep(0)
        waited = not writing.done()
        second = await queue.get()

    assert (reading.result(), waited, second) == (1, True, 2)
    assert queue.get_nowait() == 3


async def test_a_reader_that_is_cancelled_as_it_is_woken_takes_nothing() -> None:
    """The item goes to the reader behind it."""
    queue = SmallQueue[int]()
    async with asyncio.TaskGroup() as group:
        first, second = group.create_task(queue.get()), group.create_task(queue.get())
        await asyncio.sleep(0)
        queue.put_nowait(1)
        first.cancel()

    assert first.cancelled()
    assert second.result() == 1


async def test_a_reader_that_is_cancelled_leaves_the_line() -> None:
    """The next item wakes one that still waits."""
    queue = SmallQueue[int]()
    async with asyncio.TaskGroup() as group:
        first, second = group.create_task(queue.get()), group.create_task(queue.get())
        await asyncio.sleep(0)
        first.cancel()
        await asyncio.sleep(0)
        queue.put_nowait(1)

    assert second.result() == 1
