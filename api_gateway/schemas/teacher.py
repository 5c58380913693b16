"""What the dashboard reads of the Teacher BFF (platform contract, "REST the dashboard calls"). Described only."""

from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict

from common.contracts.statuses import DashboardStatus


class DashboardBatch(BaseModel):
    """One batch as a card on the dashboard."""

    model_config = ConfigDict(extra="allow")

    batch_id: UUID
    title: str
    class_name: str | None
    status: DashboardStatus
    total_essays: int
    completed_essays: int
    created_at: AwareDatetime


class TeacherDashboard(BaseModel):
    """The caller's batches, a page at a time."""

    model_config = ConfigDict(extra="allow")

    batches: list[DashboardBatch]
    total_count: int
    limit: int
    offset: int
