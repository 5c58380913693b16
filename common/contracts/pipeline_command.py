"""The command by which a teacher starts a pipeline, and the reference to stored texts that it carries."""

from enum import StrEnum
from typing import Annotated, Self
from uuid import UUID

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    TypeAdapter,
    ValidationError,
    model_validator,
)

from common.contracts.envelope import PlainStr, TrimmedStr

MAX_STORAGE_ID_CHARACTERS = 512

StoragePart = Annotated[PlainStr, StringConstraints(max_length=MAX_STORAGE_ID_CHARACTERS)]


class ContentType(StrEnum):
    """What a stored text is. The Batch Orchestrator parses these words and no other."""

    ORIGINAL_ESSAY = "original_essay"
    CORRECTED_TEXT = "corrected_text"
    PROCESSING_LOG = "processing_log"
    NLP_METRICS_JSON = "nlp_metrics_json"
    STUDENT_FACING_AI_FEEDBACK_TEXT = "student_facing_ai_feedback_text"
    AI_EDITOR_REVISION_TEXT = "ai_editor_revision_text"
    AI_DETAILED_ANALYSIS_JSON = "ai_detailed_analysis_json"
    GRAMMAR_ANALYSIS_JSON = "grammar_analysis_json"
    CJ_RESULTS_JSON = "cj_results_json"
    RAW_UPLOAD_BLOB = "raw_upload_blob"
    EXTRACTED_PLAINTEXT = "extracted_plaintext"
    STUDENT_PROMPT_TEXT = "student_prompt_text"


class StoredContent(BaseModel):
    """Where one text is stored."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    storage_id: StoragePart
    path: Annotated[StoragePart | None, Field(description="A hint for people who look for the text.")] = None


def _holds_a_prompt(references: dict[ContentType, StoredContent]) -> dict[ContentType, StoredContent]:
    """Refuse references that the Batch Orchestrator would parse and then take for "no prompt"."""
    if ContentType.STUDENT_PROMPT_TEXT not in references:
        message = f"must hold {ContentType.STUDENT_PROMPT_TEXT.value}, which is the prompt"
        raise ValueError(message)
    return references


class PromptReference(BaseModel):
    """A prompt in storage, by the platform's reference object."""

    # Dump it without what is None: the platform takes strings only.
    model_config = ConfigDict(frozen=True, extra="forbid")

    references: Annotated[
        dict[ContentType, StoredContent],
        AfterValidator(_holds_a_prompt),
        Field(json_schema_extra={"required": [ContentType.STUDENT_PROMPT_TEXT.value]}),
    ]


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
