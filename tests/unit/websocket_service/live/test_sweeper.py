"""Many deadlines, one timer."""

from hypothesis import given
from hypothesis import strategies as st

from websocket_service.live.sweeper import TimerWheel


def test_due_in_order_and_once() -> None:
    """Items come back when their time has come, earliest first, and only once."""
    wheel = TimerWheel[str](slot_s=0.25)
    wheel.schedule("late", at=2.0)
    wheel.schedule("early", at=1.0)

    assert list(wheel.due(0.9)) == []
    assert list(wheel.due(2.0)) == ["early", "late"]
    assert list(wheel.due(9.0)) == []


def test_rescheduled_while_due() -> None:
    """An item scheduled for the past while it is handled comes back in the next call, not in an endless loop."""
    wheel = TimerWheel[str](slot_s=0.25)
    wheel.schedule("again", at=1.0)

    first = []
    for item in wheel.due(1.0):
        first.append(item)
        wheel.schedule(item, at=0.5)

    assert first == ["again"]
    assert list(wheel.due(1.0)) == ["again"]


@given(at=st.floats(min_value=0, max_value=1e6), slot_s=st.sampled_from([0.1, 0.25, 1.0]))
def test_never_early_and_at_most_a_slot_late(at: float, slot_s: float) -> None:
    """An item is never handed back early, and at the latest one slot after its time."""
    wheel = TimerWheel[str](slot_s=slot_s)
    wheel.schedule("item", at=at)

    assert list(wheel.due(at - slot_s)) == []
    assert list(wheel.due(at + slot_s)) == ["item"]
