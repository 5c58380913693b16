"""Each user's notifications as a log: appended once, announced live, resumed by cursor, marked as seen."""

from common.notification_log.log import (
    PAGE_BYTES,
    PAGE_LIMIT,
    UNKNOWN_CURSOR,
    AppendOutcome,
    Cursor,
    DirectFrame,
    Entry,
    Gap,
    LoggedFrame,
    NotificationLog,
    Outcome,
    Page,
    ReplicationId,
    Seen,
    SeenFrame,
    read_published,
)

__all__ = [
    "PAGE_BYTES",
    "PAGE_LIMIT",
    "UNKNOWN_CURSOR",
    "AppendOutcome",
    "Cursor",
    "DirectFrame",
    "Entry",
    "Gap",
    "LoggedFrame",
    "NotificationLog",
    "Outcome",
    "Page",
    "ReplicationId",
    "Seen",
    "SeenFrame",
    "read_published",
]
