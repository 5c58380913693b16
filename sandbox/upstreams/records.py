"""What the simulated services know, in memory. The real ones have a database each; these share one world."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from uuid import uuid4

from sandbox.people import DEMO_USERS, DemoUser

STARTING_CREDITS = 1000


def now() -> datetime:
    """Return the current time, aware, in UTC."""
    return datetime.now(UTC)


def without_zone(moment: datetime) -> str:
    """Return a time as some of the platform's services write it: UTC is meant, and no zone is named."""
    return moment.replace(tzinfo=None).isoformat()


def new_id() -> str:
    """Return a fresh id, a UUID as the platform writes them."""
    return str(uuid4())


class BatchState(StrEnum):
    """The twelve internal words for where a batch stands; the result aggregator's filter knows no others."""

    AWAITING_CONTENT_VALIDATION = "awaiting_content_validation"
    AWAITING_PIPELINE_CONFIGURATION = "awaiting_pipeline_configuration"
    CONTENT_INGESTION_FAILED = "content_ingestion_failed"
    READY = "ready_for_pipeline_execution"
    PROCESSING = "processing_pipelines"
    AWAITING_STUDENT_VALIDATION = "awaiting_student_validation"
    STUDENT_VALIDATION_COMPLETED = "student_validation_completed"
    VALIDATION_TIMED_OUT = "validation_timeout_processed"
    COMPLETED_SUCCESSFULLY = "completed_successfully"
    COMPLETED_WITH_FAILURES = "completed_with_failures"
    FAILED_CRITICALLY = "failed_critically"
    CANCELLED = "cancelled"


PROMPT_CHANGEABLE = (
    BatchState.AWAITING_CONTENT_VALIDATION,
    BatchState.AWAITING_PIPELINE_CONFIGURATION,
    BatchState.READY,
)
"""States in which a batch's prompt can be changed."""

BUSY = (BatchState.PROCESSING, BatchState.AWAITING_STUDENT_VALIDATION)
"""States in which no pipeline can start."""


@dataclass(slots=True, kw_only=True)
class Student:
    """A pupil of a class."""

    first_name: str
    last_name: str
    email: str | None = None
    class_ids: list[str] = field(default_factory=list)
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
    suggested_at: datetime | None = None
    confirmed_student_id: str | None = None
    last_updated: datetime = field(default_factory=now)


@dataclass(slots=True, kw_only=True)
class Batch:
    """A teacher's batch of essays; the result aggregator knows it once Kafka has told it."""

    user_id: str
    org_id: str | None = None
    course_code: str
    expected_essay_count: int
    class_id: str | None = None
    prompt_storage_id: str | None = None
    known_to_aggregator: bool = False
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
    def busy(self) -> bool:
        """Whether no pipeline can start at present."""
        return self.state in BUSY

    @property
    def locked(self) -> bool:
        """Whether the files can't be changed any more: some phase has begun."""
        return self.state is BatchState.PROCESSING or bool(self.finished_phases)

    def move_to(self, state: BatchState) -> None:
        """Note a change of state and its time."""
        self.state = state
        self.last_updated = now()


class Platform:
    """Everything the simulated services know.

    Args:
        people: who can log in.
    """

    def __init__(self, people: Sequence[DemoUser] = DEMO_USERS) -> None:
        self.users: dict[str, DemoUser] = {user.email: user for user in people}
        self.batches: dict[str, Batch] = {}
        self.classes: dict[str, SchoolClass] = {}
        self.students: dict[str, Student] = {}
        self.credits: dict[str, int] = {user.user_id: STARTING_CREDITS for user in people}

    def batches_of(self, user_id: str) -> list[Batch]:
        """Return the user's batches, newest first."""
        own = [batch for batch in self.batches.values() if batch.user_id == user_id]
        return sorted(own, key=lambda batch: batch.created_at, reverse=True)

    def students_of(self, class_id: str) -> list[Student]:
        """Return the pupils of a class."""
        return [student for student in self.students.values() if class_id in student.class_ids]

    def credits_of(self, user_id: str) -> int:
        """Return what credits the user has left; an unknown user starts like all others."""
        return self.credits.setdefault(user_id, STARTING_CREDITS)
