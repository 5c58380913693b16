"""What can fail about classes, files and the judging of essays: the codes of the services that do the work."""

from common.errors.catalogue.entry import ASK_US, LATER, RESEND_SAFELY, row
from common.errors.codes import (
    BatchConductorErrorCode,
    CJAssessmentErrorCode,
    ClassManagementErrorCode,
    FileValidationErrorCode,
    LLMErrorCode,
    SpellcheckerErrorCode,
)

CLASS_MANAGEMENT = (
    row(
        ClassManagementErrorCode.CLASS_NOT_FOUND,
        404,
        ("The class does not exist", "No class has that id.", "Reload the list of classes."),
        details=("class_id",),
    ),
    row(
        ClassManagementErrorCode.STUDENT_NOT_FOUND,
        404,
        ("The pupil does not exist", "No pupil has that id.", "Reload the class."),
        details=("student_id",),
    ),
    row(
        ClassManagementErrorCode.COURSE_NOT_FOUND,
        404,
        ("The course does not exist", "No course has that code.", "Offer only the courses the platform knows."),
        details=("course_id", "course_code", "missing_course_codes"),
    ),
    row(
        ClassManagementErrorCode.COURSE_VALIDATION_ERROR,
        400,
        ("The course is not valid", "The course can't be used for this class.", "Choose another course."),
    ),
    row(
        ClassManagementErrorCode.MULTIPLE_COURSE_ERROR,
        409,
        ("More than one course was given", "A class belongs to exactly one course.", "Choose one course."),
        details=("provided_course_codes",),
    ),
)

FILES = (
    row(
        FileValidationErrorCode.EMPTY_CONTENT,
        400,
        ("The essay is empty", "The file holds no text.", "Ask for the file that holds the essay."),
        details=("file_name",),
    ),
    row(
        FileValidationErrorCode.CONTENT_TOO_SHORT,
        400,
        ("The essay is too short", "The text is shorter than can be assessed.", "Ask for the whole essay."),
        details=("file_name", "min_length", "actual_length"),
    ),
    row(
        FileValidationErrorCode.CONTENT_TOO_LONG,
        400,
        ("The essay is too long", "The text is longer than can be assessed.", "Ask for a single essay a file."),
        details=("file_name", "max_length", "actual_length"),
    ),
    row(
        FileValidationErrorCode.ENCRYPTED_FILE_UNSUPPORTED,
        400,
        ("The file is encrypted", "A file behind a password can't be read.", "Ask for the file without a password."),
        details=("file_name",),
    ),
    row(
        FileValidationErrorCode.TEXT_EXTRACTION_FAILED,
        500,
        (
            "The text could not be read",
            "The file is damaged or not of the type its name says.",
            "Ask for the essay saved anew as PDF, DOCX, RTF or TXT.",
        ),
        details=("file_name",),
    ),
    row(
        FileValidationErrorCode.RAW_STORAGE_FAILED,
        500,
        ("The file could not be stored", "The store of files did not take the upload.", LATER),
        retryable=True,
        details=("file_name",),
    ),
    row(
        FileValidationErrorCode.UNKNOWN_VALIDATION_ERROR,
        400,
        ("The file was not accepted", "The file failed a check that has no code of its own.", "Try another file."),
    ),
)

SPELLCHECKER = (
    row(
        SpellcheckerErrorCode.SPELL_EVENT_CORRELATION_ERROR,
        400,
        (
            "A spellcheck result matches no essay",
            "A result of the spellchecker could not be matched to the essay it is about.",
            ASK_US,
        ),
        details=("missing_field",),
    ),
)

BATCH_CONDUCTOR = (
    row(
        BatchConductorErrorCode.PIPELINE_DEPENDENCY_RESOLUTION_FAILED,
        500,
        (
            "The pipeline could not be planned",
            "The steps that the pipeline depends on could not be worked out.",
            ASK_US,
        ),
        details=("requested_pipeline",),
    ),
    row(
        BatchConductorErrorCode.PIPELINE_DEPENDENCY_CYCLE_DETECTED,
        500,
        (
            "The pipeline depends on itself",
            "The platform's definition of the pipeline has a circle in it.",
            ASK_US,
        ),
        details=("requested_pipeline",),
    ),
    row(
        BatchConductorErrorCode.PIPELINE_COMPATIBILITY_FAILED,
        409,
        (
            "The pipeline doesn't fit the batch",
            "The batch is not in a state in which this pipeline can start.",
            "Read the batch again and offer only what it is ready for.",
        ),
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
        details=("comparison_count", "required_count"),
    ),
    row(
        CJAssessmentErrorCode.CJ_SCORE_CONVERGENCE_FAILED,
        500,
        (
            "The scores did not settle",
            "The comparisons contradict each other so much that no ranking came out of them.",
            "Start the assessment again; report it when it persists.",
        ),
        details=("comparison_count", "iteration_count"),
    ),
    row(
        CJAssessmentErrorCode.CJ_COMPARISON_IMBALANCE,
        500,
        (
            "The comparisons are unevenly spread",
            "Some essays were compared much more often than others.",
            "Start the assessment again; report it when it persists.",
        ),
        details=("min_comparisons", "max_comparisons"),
    ),
    row(
        CJAssessmentErrorCode.CJ_CALLBACK_CORRELATION_FAILED,
        500,
        (
            "A judgement matches no pair of essays",
            "A judgement of the language model could not be matched to the pair it is about.",
            ASK_US,
        ),
    ),
)

LANGUAGE_MODELS = (
    row(
        LLMErrorCode.PROVIDER_UNAVAILABLE,
        503,
        ("The language model is unavailable", "The provider of the language model can't be reached.", LATER),
        retryable=True,
    ),
    row(
        LLMErrorCode.PROVIDER_RATE_LIMIT,
        503,
        (
            "The language model is busy",
            "The platform has sent the provider of the language model as much as it may for now.",
            LATER,
        ),
        retryable=True,
    ),
    row(
        LLMErrorCode.PROVIDER_TIMEOUT,
        504,
        (
            "The language model took too long",
            "The provider of the language model did not answer in time.",
            RESEND_SAFELY,
        ),
        retryable=True,
    ),
    row(
        LLMErrorCode.PROVIDER_API_ERROR,
        502,
        (
            "The language model's provider failed",
            "The provider of the language model answered with a failure.",
            RESEND_SAFELY,
        ),
        retryable=True,
    ),
    row(
        LLMErrorCode.INVALID_PROMPT,
        400,
        ("The prompt is not valid", "The language model can't work with the prompt.", "Change the prompt."),
    ),
    row(
        LLMErrorCode.CONTENT_TOO_LONG,
        400,
        (
            "The text is too long for the language model",
            "Prompt and essay together are longer than the language model reads.",
            "Shorten the prompt or the essay.",
        ),
        details=("max_length", "actual_length"),
    ),
    row(
        LLMErrorCode.INVALID_CONFIG,
        400,
        (
            "The language model's options are not valid",
            "The model or one of its options, such as the temperature, is not one that the platform offers.",
            "Choose another model or other options.",
        ),
    ),
    row(
        LLMErrorCode.QUEUE_FULL,
        503,
        ("The language model's queue is full", "Too much work waits for the language model.", LATER),
        retryable=True,
    ),
    row(
        LLMErrorCode.INTERNAL_ERROR,
        500,
        ("The language model service failed", "A step of the work failed inside the language model service.", ASK_US),
    ),
    row(
        LLMErrorCode.CALLBACK_TOPIC_MISSING,
        500,
        (
            "The address for the language model's answer is missing",
            "A service of the platform asked the language model without saying where the answer goes.",
            ASK_US,
        ),
    ),
    row(
        LLMErrorCode.INVALID_CALLBACK_TOPIC,
        500,
        (
            "The address for the language model's answer is not valid",
            "A service of the platform asked for the language model's answer in a place that doesn't exist.",
            ASK_US,
        ),
    ),
    row(
        LLMErrorCode.PARSING_ERROR,
        502,
        (
            "The language model's answer can't be parsed",
            "The language model answered in another form than it was asked for.",
            RESEND_SAFELY,
        ),
        retryable=True,
    ),
    row(
        LLMErrorCode.INVALID_RESPONSE,
        502,
        (
            "The language model's answer can't be used",
            "The language model's answer lacks what was asked for.",
            RESEND_SAFELY,
        ),
        retryable=True,
    ),
    row(
        LLMErrorCode.COST_LIMIT_EXCEEDED,
        429,
        (
            "The language model's budget is used up",
            "The work costs more than the platform may spend on the language model for now.",
            "Wait until the budget renews, or ask for a larger one.",
        ),
    ),
    row(
        LLMErrorCode.CONFIGURATION_ERROR,
        500,
        ("The language model service is misconfigured", "A setting is missing or contradicts another.", ASK_US),
    ),
)

ROWS = (*CLASS_MANAGEMENT, *FILES, *SPELLCHECKER, *BATCH_CONDUCTOR, *CJ_ASSESSMENT, *LANGUAGE_MODELS)
