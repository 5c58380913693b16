"""How long the log remembers what."""

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Retention:
    """What is kept of each user; the defaults are the feed's contract.

    ``entries``, ``stream_bytes`` (of messages) and ``entry_age`` bound the stream, whichever is reached first; the
    newest entry stays whatever it weighs. An event, and what it told, is known as logged for ``entry_age`` too.
    ``state_age`` is how long epoch, floor and seen-mark outlive the user's last append or read.
    """

    entries: int = 500
    stream_bytes: int = 4 * 1024 * 1024
    """Sixteen of the largest notifications, or fifty of the longest the platform is known to send (78 KB)."""

    entry_age: timedelta = timedelta(hours=24)
    state_age: timedelta = timedelta(days=30)
