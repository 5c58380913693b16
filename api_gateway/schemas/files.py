"""What the File Service answers about a batch's files. Described only."""

from pydantic import BaseModel, ConfigDict

from api_gateway.schemas.values import EXAMPLE_CORRELATION_ID, EXAMPLE_ID

OPEN = ConfigDict(extra="allow")
"""The File Service may answer more than is known here."""


class FilesAccepted(BaseModel):
    """The files have arrived. What is wrong with one is reported later, as a notification."""

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
    """The file is gone; one that was never there counts as removed."""

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
