"""The command by which a teacher starts a pipeline."""

from enum import StrEnum
from typing import Annotated, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, StringConstraints, TypeAdapter, ValidationError, model_validator

from common.contracts.storage_reference import PromptReference
from common.contracts.values import TrimmedStr

RETRY_REASON_MAX_CHARS = 500
ASSIGNMENT_ID_MAX_CHARS = 100
ID_MAX_CHARS = 255
"""Of a batch or a user. The command's consumer silently drops a record with a longer one."""

CommandId = Annotated[TrimmedStr, StringConstraints(max_length=ID_MAX_CHARS)]


_COMMAND_ID: TypeAdapter[str] = TypeAdapter(CommandId)


def is_command_id(value: str) -> bool:
    """Whether ``value`` can name a batch or a user in a command."""
    try:
        _COMMAND_ID.validate_python(value)
    except ValidationError:
        return False
    return True


class PipelineName(StrEnum):
    """The pipelines a teacher can ask for."""

    SPELLCHECK = "spellcheck"
    AI_FEEDBACK = "ai_feedback"
    CJ_ASSESSMENT = "cj_assessment"
    NLP = "nlp"
    STUDENT_MATCHING = "student_matching"


class PromptPayload(BaseModel):
    """Where the pipeline finds the essay prompt: an assignment or a stored text, exactly one of the two."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    assignment_id: Annotated[TrimmedStr, StringConstraints(max_length=ASSIGNMENT_ID_MAX_CHARS)] | None = None
    cms_prompt_ref: PromptReference | None = None

    @model_validator(mode="after")
    def _exactly_one(self) -> Self:
        if (self.assignment_id is None) == (self.cms_prompt_ref is None):
            message = "give exactly one of assignment_id and cms_prompt_ref"
            raise ValueError(message)
        return self


class PipelineCommand(BaseModel):
    """What goes to the pipeline command topic, keyed by ``batch_id``; its consumer can parse all of it."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    batch_id: CommandId
    requested_pipeline: PipelineName
    client_correlation_id: UUID
    user_id: CommandId
    is_retry: bool = False
    retry_reason: Annotated[str, StringConstraints(max_length=RETRY_REASON_MAX_CHARS)] | None = None
    prompt_payload: PromptPayload | None = None
