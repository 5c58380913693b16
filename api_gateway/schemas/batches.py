"""Batches: registering one, listing them, following one, giving one its prompt."""

from enum import StrEnum
from typing import Annotated
from uuid import UUID

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    JsonValue,
    StrictFloat,
    ValidationInfo,
    field_validator,
)

from api_gateway.schemas import (
    EXAMPLE_CORRELATION_ID,
    EXAMPLE_ID,
    EXAMPLE_PROMPT_REFERENCE,
    MAX_COUNT,
    Identifier,
    PositiveCount,
    Reference,
)
from common.contracts.pipeline_command import PromptReference
from common.contracts.statuses import DashboardStatus

MAX_ESSAYS = 1_000
MAX_PAGE = 100
MOST_MERGED = 1_000
"""How far a page may reach under a filter that covers several of the platform's statuses."""

DEFAULT_PAGE = 20
MAX_TEMPERATURE = 2


class CourseCode(StrEnum):
    """The courses a batch can belong to."""

    ENG5 = "ENG5"
    ENG6 = "ENG6"
    ENG7 = "ENG7"
    SV1 = "SV1"
    SV2 = "SV2"
    SV3 = "SV3"


class RegisterBatch(BaseModel):
    """A new batch of essays. Fields not named here are ignored; the owner is the token's user, always."""

    model_config = ConfigDict(
        frozen=True,
        extra="ignore",
        json_schema_extra={"examples": [{"expected_essay_count": 3, "course_code": "ENG5"}]},
    )

    expected_essay_count: PositiveCount
    course_code: CourseCode
    essay_ids: (
        Annotated[
            list[Identifier],
            Field(min_length=1, max_length=MAX_ESSAYS, description="Omitted, or one for each expected essay."),
        ]
        | None
    ) = None
    student_prompt_ref: PromptReference | None = None
    class_id: Identifier | None = None
    cj_default_llm_model: Reference | None = None
    cj_default_temperature: Annotated[StrictFloat, Field(ge=0, le=MAX_TEMPERATURE, allow_inf_nan=False)] | None = None

    @field_validator("essay_ids")
    @classmethod
    def _one_for_each_essay(cls, ids: list[str] | None, info: ValidationInfo) -> list[str] | None:
        expected = info.data.get("expected_essay_count")
        if ids is not None and expected is not None and len(ids) != expected:
            message = f"must be omitted or contain exactly expected_essay_count ({expected}) ids"
            raise ValueError(message)
        return ids


class RegisteredBatch(BaseModel):
    """The batch was registered."""

    model_config = ConfigDict(
        frozen=True,
        extra="ignore",
        json_schema_serialization_defaults_required=True,
        json_schema_extra={
            "examples": [{"batch_id": EXAMPLE_ID, "correlation_id": EXAMPLE_CORRELATION_ID, "status": "registered"}]
        },
    )

    batch_id: Identifier
    correlation_id: UUID
    status: str = "registered"


class SetPrompt(BaseModel):
    """The prompt the batch's essays answer."""

    model_config = ConfigDict(
        frozen=True, extra="ignore", json_schema_extra={"examples": [{"student_prompt_ref": EXAMPLE_PROMPT_REFERENCE}]}
    )

    student_prompt_ref: PromptReference


class PromptSet(BaseModel):
    """The batch now has this prompt."""

    model_config = ConfigDict(extra="allow")

    status: str
    batch_id: str
    student_prompt_ref: PromptReference


def _none_for_empty(status: object) -> object:
    return None if status == "" else status


def _or_empty(schema: dict[str, JsonValue]) -> None:
    """Say in the schema of a field that may be None that it may be empty: a query can't say null."""
    del schema["anyOf"]
    schema |= {"type": "string", "enum": [*(status.value for status in DashboardStatus), ""]}


class ListBatches(BaseModel):
    """Which of the caller's batches to list."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    limit: Annotated[int, Field(ge=1, le=MAX_PAGE, description="Maximum number of batches.")] = DEFAULT_PAGE
    offset: Annotated[
        int,
        Field(
            ge=0,
            le=MAX_COUNT,
            description=(
                "Number of batches to skip. With the status pending_content, processing or failed, which cover several "
                f"of the platform's, the sum of limit and offset is at most {MOST_MERGED}."
            ),
        ),
    ] = 0
    status: Annotated[
        DashboardStatus | None,
        BeforeValidator(_none_for_empty),
        Field(
            description="Only batches that the dashboard shows with this status; an empty value counts as absent.",
            json_schema_extra=_or_empty,
        ),
    ] = None


class Pagination(BaseModel):
    """The position of the page in the list."""

    model_config = ConfigDict(extra="ignore")

    limit: int
    offset: int
    total: int


class BatchSummary(BaseModel):
    """One batch of the list, with the Result Aggregator's data; times are in UTC and end in Z."""

    model_config = ConfigDict(extra="allow")

    batch_id: str
    status: DashboardStatus
    overall_status: DashboardStatus
    created_at: str | None = None


class BatchPage(BaseModel):
    """The caller's batches, newest first, a page at a time."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "batches": [
                        {
                            "batch_id": EXAMPLE_ID,
                            "status": "processing",
                            "overall_status": "processing",
                            "essay_count": 3,
                            "created_at": "2025-01-31T08:10:00Z",
                        }
                    ],
                    "pagination": {"limit": 20, "offset": 0, "total": 1},
                }
            ]
        }
    )

    batches: list[BatchSummary]
    pagination: Pagination


class EssayDetails(BaseModel):
    """The progress of one essay."""

    model_config = ConfigDict(extra="allow")

    essay_id: str
    filename: str | None = None
    spellcheck_status: str | None = None
    cj_assessment_status: str | None = None
    cj_rank: int | None = None
    cj_score: float | None = None
    last_updated: str | None = None


class BatchDetails(BaseModel):
    """The Result Aggregator's data on a batch; times are in UTC and end in Z."""

    model_config = ConfigDict(extra="allow")

    batch_id: str
    assignment_id: str | None = None
    overall_status: DashboardStatus
    essay_count: int
    completed_essay_count: int
    failed_essay_count: int
    requested_pipeline: str | None = None
    current_phase: str | None = None
    essays: list[EssayDetails]
    created_at: str | None = None
    last_updated: str | None = None
    processing_started_at: str | None = None
    processing_completed_at: str | None = None


class BatchStatus(BaseModel):
    """A batch's status in the dashboard's words, and its details."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "status": "processing",
                    "details": {
                        "batch_id": EXAMPLE_ID,
                        "overall_status": "processing",
                        "essay_count": 3,
                        "completed_essay_count": 1,
                        "failed_essay_count": 0,
                        "requested_pipeline": "cj_assessment",
                        "current_phase": "spellcheck",
                        "essays": [
                            {
                                "essay_id": "essay-1",
                                "filename": "sara_lind.docx",
                                "spellcheck_status": "completed",
                                "last_updated": "2025-01-31T08:15:30Z",
                            }
                        ],
                        "created_at": "2025-01-31T08:10:00Z",
                        "last_updated": "2025-01-31T08:15:30Z",
                    },
                }
            ]
        }
    )

    status: DashboardStatus
    details: BatchDetails
