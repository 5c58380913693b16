"""The bounds of one client's connection."""

from dataclasses import dataclass

from common.contracts.notification import MAX_NOTIFICATION_BYTES


@dataclass(frozen=True, slots=True)
class FeedLimits:
    """What one socket may use; the defaults are the contract's or, where it is silent, the feed's own."""

    sockets_per_user: int = 5
    client_frames_per_minute: int = 100
    notification_bytes: int = MAX_NOTIFICATION_BYTES
    outbox_bytes: int = 1024 * 1024
    outbox_frames: int = 1024
    page_entries: int = 100
    ping_interval_s: float = 30.0
    idle_timeout_s: float = 300.0
    answer_within_s: float = 2.0
    expiry_warning_s: float = 60.0
    stalled_write_s: float = 10.0
    reconnects_per_s: float = 500.0
