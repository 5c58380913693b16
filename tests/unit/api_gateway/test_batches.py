"""Times leave in UTC with Z, digit for digit, and what is none stays as it is."""

import pytest
from pydantic import JsonValue

from api_gateway.batches import OLDEST, in_utc, moment_of, with_utc_times


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ("2026-11-28T08:00:00", "2026-11-28T08:00:00Z"),
        ("2026-11-28T08:00", "2026-11-28T08:00Z"),
        ("2026-11-28 08:00:00.123456", "2026-11-28T08:00:00.123456Z"),
        ("2026-11-28T08:00:00.123456789", "2026-11-28T08:00:00.123456789Z"),
        ("2026-11-28T08:00:00,5", "2026-11-28T08:00:00.5Z"),
        ("2026-11-28T08:00:00Z", "2026-11-28T08:00:00Z"),
        ("2026-11-28t08:00:00z", "2026-11-28T08:00:00Z"),
        ("2026-11-28T08:00:00+00:00", "2026-11-28T08:00:00Z"),
        ("2026-11-28T08:00:00-0000", "2026-11-28T08:00:00Z"),
        ("2026-11-28T00:30:00+01:00", "2026-11-27T23:30:00Z"),
        ("2026-11-28T08:00:00.5-05:30", "2026-11-28T13:30:00.500000Z"),
    ],
)
def test_a_time_is_told_in_utc(written: str, told: str) -> None:
    """A time without a zone is UTC already, as the platform means it."""
    assert in_utc(written) == told


@pytest.mark.parametrize(
    "value",
    [
        None,
        17,
        "",
        "yesterday",
        "2026-11-28",
        "08:00:00",
        "2026-13-28T08:00:00",
        "2026-11-28T25:00:00",
        "2026-11-28T08:00:00+25:00",
        "0001-01-01T00:00:00+14:00",
        "9999-12-31T23:59:59-14:00",
        "2026-11-28T08:00:00 and more",
        "٢026-11-28T08:00:00",
    ],
)
def test_what_is_no_time_stays_and_is_the_oldest(value: JsonValue) -> None:
    """Nothing that somebody wrote is made into another thing."""
    assert in_utc(value) == value
    assert moment_of(value) == OLDEST


def test_only_members_called_like_a_time_are_looked_at() -> None:
    """A title may look like a time."""
    record: dict[str, JsonValue] = {
        "title": "2026-11-28T08:00:00",
        "created_at": "2026-11-28T08:00:00",
        "last_updated": "2026-11-28T08:00:00",
        "timestamp": None,
    }

    assert with_utc_times(record) == record | {
        "created_at": "2026-11-28T08:00:00Z",
        "last_updated": "2026-11-28T08:00:00Z",
    }
