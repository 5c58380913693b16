"""The teacher's backend for the frontend: what the dashboard shows first. It is a FastAPI service."""

from http import HTTPStatus
from typing import Annotated

from pydantic import BaseModel, Field, JsonValue, NonNegativeInt, ValidationError
from quart import Quart, request
from werkzeug.exceptions import NotFound

from common.errors.foreign_texts import field_errors
from common.identity.identity_headers import USER_HEADER
from sandbox.upstreams.application import service_app
from sandbox.upstreams.listener import Listener
from sandbox.upstreams.records import Platform
from sandbox.upstreams.refusals import RefusedError, refuse_in_format
from sandbox.upstreams.result_aggregator import page_of
from sandbox.upstreams.surroundings import Surroundings

SERVICE_NAME = "bff_teacher_service"
SHOWN_AS = {
    "awaiting_content_validation": "pending_content",
    "awaiting_pipeline_configuration": "pending_content",
    "content_ingestion_failed": "failed",
    "ready_for_pipeline_execution": "ready",
    "processing_pipelines": "processing",
    "awaiting_student_validation": "processing",
    "student_validation_completed": "processing",
    "validation_timeout_processed": "processing",
    "completed_successfully": "completed_successfully",
    "completed_with_failures": "completed_with_failures",
    "failed_critically": "failed",
    "cancelled": "cancelled",
}
"""Maps the internal words. The result aggregator answers the dashboard's, most of which aren't among them."""


class DashboardQuery(BaseModel):
    """Which batches to show; the status goes to the result aggregator as it is."""

    limit: Annotated[int, Field(ge=1, le=100)] = 20
    offset: NonNegativeInt = 0
    status: str | None = None


class AggregatedBatch(BaseModel):
    """A batch as the result aggregator answers it."""

    batch_id: str
    overall_status: str
    essay_count: int
    completed_essay_count: int
    created_at: str
    assignment_id: str | None


class Pagination(BaseModel):
    """How many batches there are."""

    total: int


class AggregatedPage(BaseModel):
    """A page of the result aggregator."""

    batches: list[AggregatedBatch]
    pagination: Pagination


def teacher_bff_app(around: Surroundings, listener: Listener) -> Quart:
    """Return the teacher's backend for the frontend."""
    app = service_app(SERVICE_NAME, listener)
    app.register_error_handler(NotFound, answer_unknown_path)

    @app.get("/bff/v1/teacher/dashboard")
    async def show_dashboard() -> dict[str, JsonValue]:
        user_id, asked = dashboard_user(), dashboard_query()
        page = fetch_page(around.platform, user_id, asked)
        return {
            "batches": [card(around.platform, batch) for batch in page.batches],
            "total_count": page.pagination.total,
            "limit": asked.limit,
            "offset": asked.offset,
        }

    return app


async def answer_unknown_path(_error: NotFound) -> tuple[dict[str, JsonValue], int]:
    """Return what FastAPI says of a path it doesn't have."""
    return {"detail": "Not Found"}, HTTPStatus.NOT_FOUND


def dashboard_user() -> str:
    """Return the user who calls, as the header spells it.

    Raises:
        RefusedError: 401 without X-User-ID.
    """
    user_id = request.headers.get(USER_HEADER)
    if not user_id:
        refuse_in_format(
            HTTPStatus.UNAUTHORIZED,
            "AUTHENTICATION_ERROR",
            "Missing user identity",
            service=SERVICE_NAME,
            details={},
        )
    return user_id


def dashboard_query() -> DashboardQuery:
    """Return what is asked for.

    Raises:
        RefusedError: 400 with what is wrong.
    """
    try:
        return DashboardQuery.model_validate(request.args.to_dict())
    except ValidationError as failure:
        details: dict[str, JsonValue] = {"field_errors": field_errors(failure)}
        refuse_in_format(
            HTTPStatus.BAD_REQUEST, "VALIDATION_ERROR", "Invalid query", service=SERVICE_NAME, details=details
        )


def fetch_page(platform: Platform, user_id: str, asked: DashboardQuery) -> AggregatedPage:
    """Return what the result aggregator answers.

    Raises:
        RefusedError: 502 when it fails.
    """
    try:
        page = page_of(platform, user_id, limit=asked.limit, offset=asked.offset, status=asked.status)
    except RefusedError as refusal:
        refuse_in_format(
            HTTPStatus.BAD_GATEWAY,
            "EXTERNAL_SERVICE_ERROR",
            "Failed to fetch dashboard data",
            service=SERVICE_NAME,
            details={"external_service": "backend", "status_code": refusal.status},
        )
    return AggregatedPage.model_validate(page)


def card(platform: Platform, batch: AggregatedBatch) -> dict[str, JsonValue]:
    """Return one batch as the dashboard shows it."""
    school_class = platform.classes.get(platform.batches[batch.batch_id].class_id or "")
    return {
        "batch_id": batch.batch_id,
        "title": batch.assignment_id or "Untitled Batch",
        "class_name": school_class.name if school_class else None,
        "status": SHOWN_AS.get(batch.overall_status, "pending_content"),
        "total_essays": batch.essay_count,
        "completed_essays": batch.completed_essay_count,
        "created_at": batch.created_at,
    }
