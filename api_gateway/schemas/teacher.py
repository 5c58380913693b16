"""What the dashboard reads of the Teacher BFF (platform contract, "REST the dashboard calls"). Described only."""

from typing import Annotated
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from api_gateway.schemas.batches import DEFAULT_PAGE, MAX_PAGE
from api_gateway.schemas.values import EXAMPLE_ID
from common.contracts.statuses import DashboardStatus


class DashboardQuery(BaseModel):
    """Which of the caller's batches to show."""

    limit: Annotated[int, Field(ge=1, le=MAX_PAGE, description="How many batches at most.")] = DEFAULT_PAGE
    offset: Annotated[int, Field(ge=0, description="How many batches to skip.")] = 0
    status: Annotated[DashboardStatus | None, Field(description="Only batches that are shown so.")] = None


class DashboardBatch(BaseModel):
    """One batch as a card on the dashboard."""

    model_config = ConfigDict(extra="allow")

    batch_id: UUID
    title: str
    class_name: str | None = Field(description="None when the batch belongs to no class.")
    status: DashboardStatus
    total_essays: int
    completed_essays: int
    created_at: AwareDatetime


class TeacherDashboard(BaseModel):
    """The caller's batches, a page at a time."""

    model_config = ConfigDict(
        extra="allow",
        json_schema_extra={
            "examples": [
                {
                    "batches": [
                        {
                            "batch_id": EXAMPLE_ID,
                            "title": "ENG5 2025-01-31",
                            "class_name": "NA23B",
                            "status": "processing",
                            "total_essays": 3,
                            "completed_essays": 1,
                            "created_at": "2025-01-31T08:10:00Z",
                        }
                    ],
                    "total_count": 1,
                    "limit": 20,
                    "offset": 0,
                }
            ]
        },
    )

    batches: list[DashboardBatch]
    total_count: int
    limit: int
    offset: int
