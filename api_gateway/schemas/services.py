"""What the identity service, the File Service and the Teacher BFF take and answer behind routes that pass requests on.

Of these models only the bodies for the identity service are validated here; members that they don't name pass unread.
"""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from api_gateway.schemas import EXAMPLE_CORRELATION_ID, EXAMPLE_ID
from api_gateway.schemas.batches import DEFAULT_PAGE, MAX_PAGE
from common.contracts.statuses import DashboardStatus

OPEN = ConfigDict(extra="allow")
"""The File Service may answer more than is known here."""


class Login(BaseModel):
    """The credentials for a login."""

    email: str = Field(pattern=r"^[^@\s]+@[^@\s]+$", examples=["teacher@example.org"])
    password: str = Field(examples=["krita-och-tavla"], json_schema_extra={"format": "password"})


class Refresh(BaseModel):
    """The refresh token of the session to renew."""

    refresh_token: str


class Logout(BaseModel):
    """The session to end. Without a refresh token only the access token of the Authorization header ends."""

    refresh_token: str | None = None


class LoggedOut(BaseModel):
    """The session has ended."""

    model_config = ConfigDict(extra="allow")

    message: str


class RefreshedSession(BaseModel):
    """A new access token, and the seconds it lasts; the refresh token stays valid."""

    model_config = ConfigDict(extra="allow")

    access_token: str = Field(examples=["eyJhbGciOiJSUzI1NiIs…"])
    token_type: Literal["Bearer"]
    expires_in: int = Field(examples=[3600])


class Session(RefreshedSession):
    """The tokens of a new session; `expires_in` is in seconds."""

    refresh_token: str = Field(examples=["8d1f5a9c…"])


class FilesAccepted(BaseModel):
    """The files have arrived. Faults in a file are reported later, as a notification."""

    model_config = OPEN | ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "message": "3 files received for batch and are being processed.",
                    "batch_id": EXAMPLE_ID,
                    "correlation_id": EXAMPLE_CORRELATION_ID,
                }
            ]
        }
    )

    message: str
    batch_id: str
    correlation_id: str


class FileRemoved(BaseModel):
    """The file was removed; a file that never existed counts as removed."""

    model_config = OPEN

    message: str
    batch_id: str
    file_upload_id: str


class LockStatus(BaseModel):
    """Whether the files can be changed, and why not."""

    model_config = OPEN

    locked: bool
    reason: str


class FilesState(BaseModel):
    """Whether a batch's files can be changed."""

    model_config = OPEN

    batch_id: str
    lock_status: LockStatus


class DashboardQuery(BaseModel):
    """Which of the caller's batches to show."""

    limit: Annotated[int, Field(ge=1, le=MAX_PAGE, description="Maximum number of batches.")] = DEFAULT_PAGE
    offset: Annotated[int, Field(ge=0, description="Number of batches to skip.")] = 0
    status: Annotated[DashboardStatus | None, Field(description="Only batches that are shown with this status.")] = None


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
