"""How long the log remembers."""

from datetime import timedelta

from common.notification_log.log import Retention


def test_the_defaults_are_the_feeds_contract() -> None:
    """500 entries, 24 hours, a state of 30 days; an event is known for longer than Kafka's seven days."""
    kept = Retention()

    assert (kept.entries, kept.entry_age, kept.state_age) == (500, timedelta(hours=24), timedelta(days=30))
    assert kept.stream_bytes == 4 * 1024 * 1024
