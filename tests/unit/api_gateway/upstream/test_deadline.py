"""The deadline of an exchange: what counts against it and what doesn't."""

import asyncio

import pytest

from api_gateway.upstream.deadline import Deadline

LONG_S = 30.0
SHORT_S = 0.05


async def test_waiting_is_bounded() -> None:
    """A wait beyond the allowance ends with TimeoutError, and nothing is left."""
    deadline = Deadline(SHORT_S)

    with pytest.raises(TimeoutError):
        async with deadline:
            await asyncio.Event().wait()

    assert deadline.left_s == 0


async def test_several_waits_share_one_allowance() -> None:
    """The second wait gets what the first left, and time between them is free."""
    deadline = Deadline(LONG_S)

    async with deadline:
        await asyncio.sleep(SHORT_S)
    after_first = deadline.left_s
    await asyncio.sleep(SHORT_S)
    between = deadline.left_s
    async with deadline:
        await asyncio.sleep(SHORT_S)

    assert 0 < after_first <= LONG_S - SHORT_S
    assert between == after_first
    assert deadline.left_s <= LONG_S - 2 * SHORT_S


async def test_time_spent_on_the_caller_is_free() -> None:
    """While paused, a wait costs nothing, however long it is."""
    deadline = Deadline(LONG_S)

    async with deadline:
        deadline.pause()
        paused_s = deadline.left_s
        await asyncio.sleep(SHORT_S)
        kept_s = deadline.left_s
        deadline.resume()

    assert kept_s == paused_s > LONG_S - SHORT_S


async def test_a_pause_may_outlast_the_allowance() -> None:
    """The wait it stands in doesn't end, however late the caller is."""
    deadline = Deadline(SHORT_S)

    async with deadline:
        deadline.pause()
        waited_for_caller = deadline.paused
        await asyncio.sleep(4 * SHORT_S)
        deadline.resume()
        waited_for_upstream = not deadline.paused

    assert waited_for_caller
    assert waited_for_upstream


async def test_after_a_pause_only_the_rest_is_left() -> None:
    """A pause doesn't win time back."""
    deadline = Deadline(SHORT_S)

    async def wait() -> None:
        async with deadline:
            deadline.pause()
            deadline.resume()
            await asyncio.Event().wait()

    with pytest.raises(TimeoutError):
        await wait()


async def test_progress_renews_an_uploads_allowance() -> None:
    """Many waits, none longer than the allowance, pass though their sum is over it; standing still doesn't."""
    moving, standing = Deadline(5.0, renewed_by_progress=True), Deadline(SHORT_S, renewed_by_progress=True)

    async with moving:
        for _ in range(4):
            await asyncio.sleep(1.4)
            moving.pause()
            moving.resume()
    with pytest.raises(TimeoutError):
        async with standing:
            await asyncio.Event().wait()


async def test_only_a_total_can_be_told() -> None:
    """An upload has no total that an upstream could plan with."""
    assert Deadline(LONG_S).total_left_s == LONG_S
    assert Deadline(LONG_S, renewed_by_progress=True).total_left_s is None
