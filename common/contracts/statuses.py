"""A batch's status in the two vocabularies of the platform: the internal one and the dashboard's."""

from enum import StrEnum


class DashboardStatus(StrEnum):
    """The words the dashboard knows."""

    PENDING_CONTENT = "pending_content"
    READY = "ready"
    PROCESSING = "processing"
    COMPLETED_SUCCESSFULLY = "completed_successfully"
    COMPLETED_WITH_FAILURES = "completed_with_failures"
    FAILED = "failed"
    CANCELLED = "cancelled"


_INTERNAL: dict[DashboardStatus, tuple[str, ...]] = {
    DashboardStatus.PENDING_CONTENT: ("awaiting_content_validation", "awaiting_pipeline_configuration"),
    DashboardStatus.READY: ("ready_for_pipeline_execution",),
    DashboardStatus.PROCESSING: (
        "processing_pipelines",
        "awaiting_student_validation",
        "student_validation_completed",
        "validation_timeout_processed",
    ),
    DashboardStatus.COMPLETED_SUCCESSFULLY: ("completed_successfully",),
    DashboardStatus.COMPLETED_WITH_FAILURES: ("completed_with_failures",),
    DashboardStatus.FAILED: ("content_ingestion_failed", "failed_critically"),
    DashboardStatus.CANCELLED: ("cancelled",),
}
_SHOWN_AS: dict[str, DashboardStatus] = {
    word: shown for shown, internal in _INTERNAL.items() for word in (shown.value, *internal)
}


def is_known_status(status: str) -> bool:
    """Return whether ``status`` is a word of either vocabulary; callers log the ones that aren't."""
    return status in _SHOWN_AS


def dashboard_status(status: str) -> DashboardStatus:
    """Return what the dashboard shows for a status of either vocabulary.

    An unknown one is ``processing``: never an earlier state than the batch may be in.
    """
    return _SHOWN_AS.get(status, DashboardStatus.PROCESSING)


def internal_statuses(shown: DashboardStatus) -> tuple[str, ...]:
    """Return every internal status that ``shown`` covers, to filter batches by: the filter knows no other words."""
    return _INTERNAL[shown]
