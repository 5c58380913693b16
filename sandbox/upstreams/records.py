"""What the simulated services know, in memory. The real ones have a database each; these share one world."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from uuid import uuid4

from sandbox.people import DEMO_USERS, DemoUser

STARTING_CREDITS = 1000


def now() -> datetime:
    """Return the current time, aware, in UTC."""
    return datetime.now(UTC)


def new_id() -> str:
    """Return a fresh id, a UUID as the platform writes them."""
    return str(uuid4())


class BatchState(StrEnum):
    """The batch orchestrator's own words for where a batch stands (platform contract, statuses)."""

    AWAITING_CONTENT_VALIDATION = "awaiting_content_validation"
    READY = "ready_for_pipeline_execution"
    PROCESSING = "processing_pipelines"
    AWAITING_STUDENT_VALIDATION = "awaiting_student_validation"
    VALIDATION_TIMED_OUT = "validation_timeout_processed"
    CONTENT_INGESTION_FAILED = "content_ingestion_failed"
    COMPLETED_SUCCESSFULLY = "completed_successfully"
    COMPLETED_WITH_FAILURES = "completed_with_failures"


LOCKED = (BatchState.PROCESSING, BatchState.AWAITING_STUDENT_VALIDATION)
"""States in which a batch's files can't be changed."""


@dataclass(slots=True, kw_only=True)
class Student:
    """A pupil of a class."""

    first_name: str
    last_name: str
    email: str | None = None
    student_id: str = field(default_factory=new_id)

    @property
    def name(self) -> str:
        """First and last name."""
        return f"{self.first_name} {self.last_name}"


@dataclass(slots=True, kw_only=True)
class SchoolClass:
    """A teacher's class."""

    user_id: str
    name: str
    course_code: str
    class_id: str = field(default_factory=new_id)
    students: dict[str, Student] = field(default_factory=dict)
    created_at: datetime = field(default_factory=now)


@dataclass(slots=True, kw_only=True)
class Essay:
    """An uploaded essay and how far it has come."""

    filename: str
    size_bytes: int
    content_hash: str
    failure: str | None = None
    essay_id: str = field(default_factory=new_id)
    file_upload_id: str = field(default_factory=new_id)
    phases: dict[str, str] = field(default_factory=dict)
    cj_rank: int | None = None
    cj_score: float | None = None
    suggested_student_id: str | None = None
    confirmed_student_id: str | None = None
    last_updated: datetime = field(default_factory=now)


@dataclass(slots=True, kw_only=True)
class Batch:
    """A teacher's batch of essays."""

    user_id: str
    org_id: str | None
    course_code: str
    expected_essay_count: int
    class_id: str | None = None
    student_prompt_ref: object = None
    assignment_id: str | None = None
    batch_id: str = field(default_factory=new_id)
    state: BatchState = BatchState.AWAITING_CONTENT_VALIDATION
    essays: dict[str, Essay] = field(default_factory=dict)
    finished_phases: set[str] = field(default_factory=set)
    requested_pipeline: str | None = None
    current_phase: str | None = None
    created_at: datetime = field(default_factory=now)
    last_updated: datetime = field(default_factory=now)
    processing_started_at: datetime | None = None
    processing_completed_at: datetime | None = None

    @property
    def sound_essays(self) -> list[Essay]:
        """The essays that passed validation."""
        return [essay for essay in self.essays.values() if essay.failure is None]

    @property
    def completed_count(self) -> int:
        """How many essays have gone through the batch's finished pipeline."""
        if self.processing_completed_at is None:
            return 0
        return sum(bool(essay.phases) for essay in self.sound_essays)

    @property
    def locked(self) -> bool:
        """Whether the files can't be changed at present."""
        return self.state in LOCKED

    def moved_to(self, state: BatchState) -> None:
        """Note a change of state and its time."""
        self.state = state
        self.last_updated = now()


class Platform:
    """Everything the simulated services know."""

    def __init__(self) -> None:
        self.users: dict[str, DemoUser] = {user.email: user for user in DEMO_USERS}
        self.batches: dict[str, Batch] = {}
        self.classes: dict[str, SchoolClass] = {}
        self.credits: dict[str, int] = {user.user_id: STARTING_CREDITS for user in DEMO_USERS}

    def batches_of(self, user_id: str) -> list[Batch]:
        """Return the user's batches, newest first."""
        own = [batch for batch in self.batches.values() if batch.user_id == user_id]
        return sorted(own, key=lambda batch: batch.created_at, reverse=True)

    def credits_of(self, user_id: str) -> int:
        """Return what credits the user has left; somebody unknown starts like everyone."""
        return self.credits.setdefault(user_id, STARTING_CREDITS)
