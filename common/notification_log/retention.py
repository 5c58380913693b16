"""How long the log remembers what."""

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Retention:
    """What is kept of each user; the defaults are the feed's contract.

    ``entries`` and ``entry_age`` bound the stream, whichever is reached first. ``state_age`` is how long epoch, floor
    and seen-mark outlive the user's last append or read. ``event_age`` is how long an event is known as logged: longer
    than Kafka keeps a record by default (7 days), so that even a topic read again from its start doubles nothing.
    """

    entries: int = 500
    entry_age: timedelta = timedelta(hours=24)
    state_age: timedelta = timedelta(days=30)
    event_age: timedelta = timedelta(days=8)
