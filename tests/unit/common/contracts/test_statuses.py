"""Both vocabularies of a batch's status."""

import pytest

from common.contracts.statuses import DashboardStatus, dashboard_status, internal_statuses, is_known_status

MAPPING = {
    "awaiting_content_validation": "pending_content",
    "awaiting_pipeline_configuration": "pending_content",
    "ready_for_pipeline_execution": "ready",
    "processing_pipelines": "processing",
    "awaiting_student_validation": "processing",
    "student_validation_completed": "processing",
    "validation_timeout_processed": "processing",
    "content_ingestion_failed": "failed",
    "failed_critically": "failed",
    "completed_successfully": "completed_successfully",
    "completed_with_failures": "completed_with_failures",
    "cancelled": "cancelled",
    "pending_content": "pending_content",
    "ready": "ready",
    "processing": "processing",
    "failed": "failed",
}


@pytest.mark.parametrize(("status", "shown"), MAPPING.items())
def test_each_status_is_shown_as_the_contract_says(status: str, shown: str) -> None:
    """The dashboard's own words stay as they are."""
    assert dashboard_status(status) == shown
    assert is_known_status(status)


@pytest.mark.parametrize("status", ["", "PROCESSING", "queued_for_dreams", "null"])
def test_an_unknown_status_is_shown_as_processing(status: str) -> None:
    """Never as an earlier state; and the caller can tell, to log it."""
    assert dashboard_status(status) is DashboardStatus.PROCESSING
    assert not is_known_status(status)


@pytest.mark.parametrize(
    ("shown", "internal"),
    [
        ("pending_content", {"awaiting_content_validation", "awaiting_pipeline_configuration"}),
        ("ready", {"ready_for_pipeline_execution"}),
        ("failed", {"content_ingestion_failed", "failed_critically"}),
        ("cancelled", {"cancelled"}),
        ("completed_successfully", {"completed_successfully"}),
    ],
)
def test_a_filter_means_every_status_it_covers(shown: str, internal: set[str]) -> None:
    """The dashboard's word among them, since RAS may already answer with it."""
    assert set(internal_statuses(DashboardStatus(shown))) == internal


def test_filters_cover_every_internal_status_once() -> None:
    """So that pages of all filters together are all batches; the dashboard's own words are none to filter by."""
    covered = [status for shown in DashboardStatus for status in internal_statuses(shown)]

    assert sorted(covered) == sorted(MAPPING.keys() - {"pending_content", "ready", "processing", "failed"})
