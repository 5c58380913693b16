"""When a connection is warned, examined again, or over."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from websocket_service.protocol.limits import FeedLimits
from websocket_service.protocol.liveness import Finding, Vitals, diagnose, next_examination_s

LIMITS = FeedLimits()
SOUND = Vitals(expires_in_s=3600, silent_s=0, unanswered_s=None, stalled_s=0, unpinged_s=None, warned=False)


@pytest.mark.parametrize(
    ("vitals", "finding"),
    [
        (SOUND, Finding.SOUND),
        (replace(SOUND, expires_in_s=60.1), Finding.SOUND),
        (replace(SOUND, expires_in_s=60), Finding.EXPIRY_NEAR),
        (replace(SOUND, expires_in_s=60, warned=True), Finding.SOUND),
        (replace(SOUND, expires_in_s=0, warned=True), Finding.EXPIRED),
        (replace(SOUND, expires_in_s=-1), Finding.EXPIRED),
        (replace(SOUND, silent_s=59.9), Finding.SOUND),
        (replace(SOUND, silent_s=60), Finding.SILENT),
        (replace(SOUND, silent_s=None), Finding.SOUND),
        (replace(SOUND, unanswered_s=1.9), Finding.SOUND),
        (replace(SOUND, unanswered_s=2), Finding.SILENT),
        (replace(SOUND, stalled_s=9.9), Finding.SOUND),
        (replace(SOUND, stalled_s=10), Finding.STALLED),
        (replace(SOUND, unpinged_s=30), Finding.HEARTBEAT_DUE),
        (replace(SOUND, unpinged_s=29), Finding.SOUND),
    ],
)
def test_findings(vitals: Vitals, finding: Finding) -> None:
    """Each limit counts from exactly its value on."""
    assert diagnose(vitals, LIMITS) is finding


def test_idle_without_pings() -> None:
    """Pings that come seldom leave the idle time its own."""
    limits = replace(LIMITS, ping_interval_s=200.0)

    assert diagnose(replace(SOUND, silent_s=299), limits) is Finding.SOUND
    assert diagnose(replace(SOUND, silent_s=300), limits) is Finding.SILENT


@given(
    expires_in_s=st.floats(min_value=0.1, max_value=7200),
    silent_s=st.none() | st.floats(min_value=0, max_value=59),
    unanswered_s=st.none() | st.floats(min_value=0, max_value=1.5),
    unpinged_s=st.none() | st.floats(min_value=0, max_value=29),
    warned=st.booleans(),
)
def test_nothing_is_due_before_the_next_examination(
    expires_in_s: float,
    silent_s: float | None,
    unanswered_s: float | None,
    unpinged_s: float | None,
    *,
    warned: bool,
) -> None:
    """If nobody does anything, a sound connection is still sound just before it is examined again, and not after."""
    vitals = Vitals(expires_in_s, silent_s, unanswered_s, 0.0, unpinged_s, warned=warned or expires_in_s <= 60)
    wait_s = next_examination_s(vitals, LIMITS)

    def after(seconds: float) -> Vitals:
        return replace(
            vitals,
            expires_in_s=expires_in_s - seconds,
            silent_s=None if silent_s is None else silent_s + seconds,
            unanswered_s=None if unanswered_s is None else unanswered_s + seconds,
            unpinged_s=None if unpinged_s is None else unpinged_s + seconds,
        )

    assert diagnose(after(wait_s * 0.999 - 1e-6), LIMITS) is Finding.SOUND
    assert wait_s <= LIMITS.stalled_write_s
