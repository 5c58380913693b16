"""Pipelines: the request to start one, and the answer that it was handed to the platform."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, StrictBool, StringConstraints

from api_gateway.schemas import EXAMPLE_CORRELATION_ID, EXAMPLE_ID, Identifier
from common.contracts.envelope import FreeStr
from common.contracts.pipeline_command import RETRY_REASON_MAX_CHARS, PipelineName, PromptPayload


class StartPipeline(BaseModel):
    """Start a pipeline on the batch of the path; a `batch_id` that differs from it is refused."""

    model_config = ConfigDict(
        frozen=True, extra="ignore", json_schema_extra={"examples": [{"requested_pipeline": "cj_assessment"}]}
    )

    requested_pipeline: PipelineName
    batch_id: Identifier | None = None
    is_retry: StrictBool = False
    retry_reason: Annotated[FreeStr, StringConstraints(max_length=RETRY_REASON_MAX_CHARS)] | None = None
    prompt_payload: PromptPayload | None = None


class PipelineAccepted(BaseModel):
    """The broker has acknowledged the command; follow the batch at `Location`."""

    model_config = ConfigDict(
        json_schema_serialization_defaults_required=True,
        json_schema_extra={
            "examples": [
                {
                    "status": "accepted",
                    "message": "The cj_assessment pipeline was sent to the platform.",
                    "batch_id": EXAMPLE_ID,
                    "correlation_id": EXAMPLE_CORRELATION_ID,
                }
            ]
        },
    )

    status: Literal["accepted"] = "accepted"
    message: str
    batch_id: str
    correlation_id: UUID
