"""Time as a dependency."""

from datetime import UTC

from common.clock import SystemClock


def test_the_systems_clock_is_aware_and_never_goes_back() -> None:
    """What every caller relies on."""
    clock = SystemClock()

    first, second = clock.monotonic(), clock.monotonic()

    assert clock.now().tzinfo is UTC
    assert second >= first
