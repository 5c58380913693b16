"""The teacher's backend for the frontend: what the dashboard shows first."""

from typing import Annotated

from pydantic import BaseModel, Field, JsonValue, NonNegativeInt
from quart import Quart

from common.contracts.statuses import DashboardStatus, dashboard_status
from sandbox.upstreams.application import caller, query_as, service_app
from sandbox.upstreams.listener import Listener
from sandbox.upstreams.records import Batch, Platform
from sandbox.upstreams.surroundings import Surroundings

SERVICE_NAME = "bff_teacher_service"


class DashboardQuery(BaseModel):
    """Which batches to show."""

    limit: Annotated[int, Field(ge=1, le=100)] = 20
    offset: NonNegativeInt = 0
    status: DashboardStatus | None = None


def teacher_bff_app(around: Surroundings, listener: Listener) -> Quart:
    """Return the teacher's backend for the frontend."""
    app = service_app(SERVICE_NAME, listener)

    @app.get("/bff/v1/teacher/dashboard")
    async def show_dashboard() -> dict[str, JsonValue]:
        user_id = caller().user_id
        asked = query_as(DashboardQuery)
        found = [
            batch
            for batch in around.platform.batches_of(user_id)
            if asked.status in (None, dashboard_status(batch.state))
        ]
        page = found[asked.offset : asked.offset + asked.limit]
        return {
            "batches": [card(around.platform, batch) for batch in page],
            "total_count": len(found),
            "limit": asked.limit,
            "offset": asked.offset,
        }

    return app


def card(platform: Platform, batch: Batch) -> dict[str, JsonValue]:
    """Return one batch as the dashboard shows it."""
    school_class = platform.classes.get(batch.class_id or "")
    return {
        "batch_id": batch.batch_id,
        "title": f"{batch.course_code} {batch.created_at:%Y-%m-%d}",
        "class_name": school_class.name if school_class else None,
        "status": dashboard_status(batch.state).value,
        "total_essays": batch.expected_essay_count,
        "completed_essays": batch.completed_count,
        "created_at": batch.created_at.isoformat(),
    }
