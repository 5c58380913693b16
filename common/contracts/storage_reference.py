"""The platform's reference to stored texts: where the content service keeps what is too large to be sent along."""

from enum import StrEnum
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

from common.contracts.values import PlainStr

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
