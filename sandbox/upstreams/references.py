"""References to stored texts, the only form in which the batch orchestrator takes a prompt."""

from enum import StrEnum

from pydantic import BaseModel


class ContentType(StrEnum):
    """What a reference can refer to."""

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


class StorageReference(BaseModel):
    """Where texts are stored, by their type; an object with other members refers to nothing."""

    references: dict[ContentType, dict[str, str]] = {}

    @property
    def prompt_storage_id(self) -> str | None:
        """Where the prompt is stored, if this refers to one."""
        return self.references.get(ContentType.STUDENT_PROMPT_TEXT, {}).get("storage_id")
