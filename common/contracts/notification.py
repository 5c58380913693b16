"""Notifications, as the platform's services request them and as the dashboard receives them."""

from enum import StrEnum
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, JsonValue

from common.contracts.envelope import NonEmptyStr, UtcDatetime

MAX_MESSAGE_BYTES = 64 * 1024
"""The largest message of a client on a socket, in bytes of UTF-8 (contract: Redis and the socket)."""

MAX_NOTIFICATION_BYTES = 256 * 1024
"""The largest notification, as a whole frame, unless FEED_MAX_NOTIFICATION_BYTES says otherwise.

The longest that the platform is known to send has 78 KB: ``student_associations_confirmed`` of 500 essays.
"""

RESERVED_EVENT_PREFIX = "feed."
"""Event names that only the feed itself uses."""


class Category(StrEnum):
    """The categories in use; a new one is relayed all the same."""

    BATCH_PROGRESS = "batch_progress"
    PROCESSING_RESULTS = "processing_results"
    FILE_OPERATIONS = "file_operations"
    CLASS_MANAGEMENT = "class_management"
    STUDENT_WORKFLOW = "student_workflow"
    SYSTEM_ALERTS = "system_alerts"


class Priority(StrEnum):
    """The priorities in use, most urgent first; a new one is relayed all the same."""

    CRITICAL = "critical"
    IMMEDIATE = "immediate"
    HIGH = "high"
    STANDARD = "standard"
    LOW = "low"


class NotificationType(StrEnum):
    """The types in use; an unknown one is relayed all the same."""

    BATCH_FILES_UPLOADED = "batch_files_uploaded"
    BATCH_FILE_REMOVED = "batch_file_removed"
    BATCH_VALIDATION_FAILED = "batch_validation_failed"
    CLASS_CREATED = "class_created"
    STUDENT_ADDED_TO_CLASS = "student_added_to_class"
    STUDENT_MATCHING_CONFIRMATION_REQUIRED = "student_matching_confirmation_required"
    VALIDATION_TIMEOUT_PROCESSED = "validation_timeout_processed"
    STUDENT_ASSOCIATIONS_CONFIRMED = "student_associations_confirmed"
    BATCH_PROCESSING_STARTED = "batch_processing_started"
    BATCH_SPELLCHECK_COMPLETED = "batch_spellcheck_completed"
    BATCH_NLP_COMPLETED = "batch_nlp_completed"
    BATCH_CJ_ASSESSMENT_COMPLETED = "batch_cj_assessment_completed"
    BATCH_RESULTS_READY = "batch_results_ready"
    BATCH_ASSESSMENT_COMPLETED = "batch_assessment_completed"
    PIPELINE_COMPLETED = "pipeline_completed"
    PIPELINE_DENIED_INSUFFICIENT_CREDITS = "pipeline_denied_insufficient_credits"
    PIPELINE_DENIED_RATE_LIMIT = "pipeline_denied_rate_limit"
    PHASE_SKIPPED = "phase_skipped"


def _not_reserved(event: str) -> str:
    if event.startswith(RESERVED_EVENT_PREFIX):
        message = f"names that start with {RESERVED_EVENT_PREFIX!r} belong to the feed itself"
        raise ValueError(message)
    return event


class TeacherNotification(BaseModel):
    """The data of the teacher notification topic; fields a newer producer adds are ignored.

    The producer has checked that the teacher may know: ``teacher_id`` is trusted.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    teacher_id: NonEmptyStr
    notification_type: Annotated[NonEmptyStr, AfterValidator(_not_reserved)]
    category: NonEmptyStr
    priority: NonEmptyStr
    payload: dict[str, JsonValue] = Field(default_factory=dict)
    action_required: bool = False
    deadline_timestamp: UtcDatetime | None = None
    correlation_id: NonEmptyStr
    batch_id: str | None = None
    class_id: str | None = None
    timestamp: UtcDatetime


def relay_message(notification: TeacherNotification) -> dict[str, JsonValue]:
    """Return the ``{"event", "data"}`` message of the contract that the user's channel carries.

    The contract's own fields win over equal names in the payload.
    """
    facts = notification.model_dump(mode="json", exclude={"teacher_id", "notification_type"})
    payload, deadline = facts.pop("payload"), facts.pop("deadline_timestamp")
    return {"event": notification.notification_type, "data": {**payload, **facts, "deadline": deadline}}
