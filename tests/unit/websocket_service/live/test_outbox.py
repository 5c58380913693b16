"""The frames that wait for one client."""

from hypothesis import given
from hypothesis import strategies as st

from websocket_service.live.delivery import Outbox
from websocket_service.protocol.server_frames import Frame


def frame(size: int) -> Frame:
    """Return a frame of ``size`` bytes."""
    return Frame("x" * size, size)


def test_order_and_size() -> None:
    """Frames leave in the order they came; one counts until it has left."""
    outbox = Outbox(max_bytes=100, max_frames=10)
    first, second = frame(10), frame(20)
    outbox.offer(first)
    outbox.offer(second)

    assert outbox.peek() is first
    assert outbox.size == 30
    outbox.pop()
    assert outbox.peek() is second
    assert outbox.size == 20
    outbox.pop()
    assert outbox.peek() is None
    assert outbox.size == 0


def test_bound_in_frames() -> None:
    """No more than ``max_frames`` wait."""
    outbox = Outbox(max_bytes=1000, max_frames=2)

    assert [outbox.offer(frame(1)) for _ in range(3)] == [True, True, False]


def test_a_frame_larger_than_the_bound() -> None:
    """A frame larger than the whole bound is taken by an empty outbox: it would never be delivered else."""
    outbox = Outbox(max_bytes=10, max_frames=2)

    assert outbox.offer(frame(50))
    assert not outbox.offer(frame(1))


@given(st.lists(st.integers(min_value=1, max_value=60)))
def test_bound_in_bytes(sizes: list[int]) -> None:
    """Whatever is offered, what waits stays within the bound, and a refused frame changes nothing."""
    outbox = Outbox(max_bytes=100, max_frames=1000)

    taken = [size for size in sizes if outbox.offer(frame(size))]

    assert outbox.size == sum(taken) <= 100
    assert len(outbox) == len(taken)
