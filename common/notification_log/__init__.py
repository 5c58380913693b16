"""Each user's notifications as a log: appended once, announced live, resumed by cursor, marked as seen."""

from common.notification_log.log import (
    PAGE_BYTES,
    PAGE_LIMIT,
    UNKNOWN_CURSOR,
    AppendOutcome,
    Cursor,
    Entry,
    Gap,
    Lineage,
    NotificationLog,
    Outcome,
    Page,
    Seen,
)
from common.notification_log.published import DirectFrame, LoggedFrame, SeenFrame, read_published

__all__ = [
    "PAGE_BYTES",
    "PAGE_LIMIT",
    "UNKNOWN_CURSOR",
    "AppendOutcome",
    "Cursor",
    "DirectFrame",
    "Entry",
    "Gap",
    "Lineage",
    "LoggedFrame",
    "NotificationLog",
    "Outcome",
    "Page",
    "Seen",
    "SeenFrame",
    "read_published",
]
