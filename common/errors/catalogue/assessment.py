"""What can fail about the judging of essays: the codes of the services that do the work."""

from common.errors.catalogue.entry import ASK_US, LATER, RESEND_SAFELY, row
from common.errors.codes import (
    BatchConductorErrorCode,
    CJAssessmentErrorCode,
    LLMErrorCode,
    SpellcheckerErrorCode,
)
from common.errors.texts import assessment as assessment_texts
from common.errors.texts import services as services_texts

SPELLCHECKER = (
    row(
        SpellcheckerErrorCode.SPELL_EVENT_CORRELATION_ERROR,
        400,
        (
            "A spellcheck result matches no essay",
            "A spellchecker result could not be matched to its essay.",
            ASK_US,
        ),
        teacher=assessment_texts.RESULT_LOST,
        details=("missing_field",),
    ),
)

BATCH_CONDUCTOR = (
    row(
        BatchConductorErrorCode.PIPELINE_DEPENDENCY_RESOLUTION_FAILED,
        500,
        (
            "The pipeline could not be planned",
            "The steps that the pipeline depends on could not be determined.",
            ASK_US,
        ),
        teacher=assessment_texts.NOT_PLANNED,
        details=("requested_pipeline",),
    ),
    row(
        BatchConductorErrorCode.PIPELINE_DEPENDENCY_CYCLE_DETECTED,
        500,
        (
            "The pipeline depends on itself",
            "The platform's definition of the pipeline contains a cycle.",
            ASK_US,
        ),
        teacher=assessment_texts.NOT_PLANNED,
        details=("requested_pipeline",),
    ),
    row(
        BatchConductorErrorCode.PIPELINE_COMPATIBILITY_FAILED,
        409,
        (
            "The pipeline doesn't fit the batch",
            "The batch is not in a state that allows this pipeline to start.",
            "Read the batch again, and offer only pipelines for which it is ready.",
        ),
        teacher=assessment_texts.NOT_READY,
        details=("requested_pipeline",),
    ),
)

CJ_ASSESSMENT = (
    row(
        CJAssessmentErrorCode.CJ_INSUFFICIENT_COMPARISONS,
        409,
        (
            "Too few comparisons",
            "There are too few comparisons between the essays to rank them reliably.",
            "Add essays to the batch, then start the assessment again.",
        ),
        teacher=assessment_texts.TOO_FEW_COMPARISONS,
        details=("comparison_count", "required_count"),
    ),
    row(
        CJAssessmentErrorCode.CJ_SCORE_CONVERGENCE_FAILED,
        500,
        (
            "The scores did not converge",
            "The comparisons contradict each other too much to produce a ranking.",
            "Start the assessment again; report the failure if it persists.",
        ),
        teacher=assessment_texts.NO_RANKING,
        details=("comparison_count", "iteration_count"),
    ),
    row(
        CJAssessmentErrorCode.CJ_COMPARISON_IMBALANCE,
        500,
        (
            "The comparisons are unevenly spread",
            "Some essays were compared much more often than others.",
            "Start the assessment again; report the failure if it persists.",
        ),
        teacher=assessment_texts.UNEVEN_COMPARISONS,
        details=("min_comparisons", "max_comparisons"),
    ),
    row(
        CJAssessmentErrorCode.CJ_CALLBACK_CORRELATION_FAILED,
        500,
        (
            "A judgement matches no pair of essays",
            "A judgement by the language model could not be matched to its pair of essays.",
            ASK_US,
        ),
        teacher=assessment_texts.RESULT_LOST,
    ),
)

LANGUAGE_MODELS = (
    row(
        LLMErrorCode.PROVIDER_UNAVAILABLE,
        503,
        ("The language model is unavailable", "The language model's provider is unreachable.", LATER),
        teacher=assessment_texts.AI_BUSY,
        retryable=True,
    ),
    row(
        LLMErrorCode.PROVIDER_RATE_LIMIT,
        503,
        (
            "The language model is busy",
            "The platform has reached the request limit of the language model's provider.",
            LATER,
        ),
        teacher=assessment_texts.AI_BUSY,
        retryable=True,
    ),
    row(
        LLMErrorCode.PROVIDER_TIMEOUT,
        504,
        (
            "The language model took too long",
            "The language model's provider did not respond in time.",
            RESEND_SAFELY,
        ),
        teacher=assessment_texts.AI_BUSY,
        retryable=True,
    ),
    row(
        LLMErrorCode.PROVIDER_API_ERROR,
        502,
        (
            "The language model's provider failed",
            "The language model's provider returned an error.",
            RESEND_SAFELY,
        ),
        teacher=services_texts.AI_FAILED,
        retryable=True,
    ),
    row(
        LLMErrorCode.INVALID_PROMPT,
        400,
        ("The prompt is invalid", "The language model can't use the prompt.", "Change the prompt."),
        teacher=assessment_texts.UNUSABLE_INSTRUCTIONS,
    ),
    row(
        LLMErrorCode.CONTENT_TOO_LONG,
        400,
        (
            "The text is too long for the language model",
            "Prompt and essay together exceed the language model's limit.",
            "Shorten the prompt or the essay.",
        ),
        teacher=assessment_texts.TOO_LONG_FOR_AI,
        details=("max_length", "actual_length"),
    ),
    row(
        LLMErrorCode.INVALID_CONFIG,
        400,
        (
            "The language model's options are invalid",
            "The platform doesn't offer the model or one of its options, such as the temperature.",
            "Choose another model or other options.",
        ),
        teacher=assessment_texts.UNOFFERED_CHOICE,
    ),
    row(
        LLMErrorCode.QUEUE_FULL,
        503,
        ("The language model's queue is full", "Too many requests are waiting for the language model.", LATER),
        teacher=assessment_texts.AI_BUSY,
        retryable=True,
    ),
    row(
        LLMErrorCode.INTERNAL_ERROR,
        500,
        ("The language model service failed", "A processing step failed in the language model service.", ASK_US),
        teacher=services_texts.OUR_FAULT,
    ),
    row(
        LLMErrorCode.CALLBACK_TOPIC_MISSING,
        500,
        (
            "The address for the language model's response is missing",
            "A service of the platform called the language model without an address for the response.",
            ASK_US,
        ),
        teacher=services_texts.OUR_FAULT,
    ),
    row(
        LLMErrorCode.INVALID_CALLBACK_TOPIC,
        500,
        (
            "The address for the language model's response is invalid",
            "A service of the platform gave an address for the language model's response that doesn't exist.",
            ASK_US,
        ),
        teacher=services_texts.OUR_FAULT,
    ),
    row(
        LLMErrorCode.PARSING_ERROR,
        502,
        (
            "The language model's response can't be parsed",
            "The language model's response doesn't have the requested format.",
            RESEND_SAFELY,
        ),
        teacher=services_texts.AI_FAILED,
        retryable=True,
    ),
    row(
        LLMErrorCode.INVALID_RESPONSE,
        502,
        (
            "The language model's response can't be used",
            "The language model's response lacks the requested content.",
            RESEND_SAFELY,
        ),
        teacher=services_texts.AI_FAILED,
        retryable=True,
    ),
    row(
        LLMErrorCode.COST_LIMIT_EXCEEDED,
        429,
        (
            "The language model's budget is exhausted",
            "The cost exceeds the platform's current budget for the language model.",
            "Wait until the budget is renewed, or request a larger one.",
        ),
        teacher=assessment_texts.AI_LIMIT_REACHED,
    ),
    row(
        LLMErrorCode.CONFIGURATION_ERROR,
        500,
        ("The language model service is misconfigured", "A setting is missing or contradicts another.", ASK_US),
        teacher=services_texts.OUR_FAULT,
    ),
)

ROWS = (*SPELLCHECKER, *BATCH_CONDUCTOR, *CJ_ASSESSMENT, *LANGUAGE_MODELS)
