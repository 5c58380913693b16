"""What can fail in the edge and in the services behind it: the platform's general codes."""

from common.errors.catalogue.entry import ASK_US, LATER, RESEND_SAFELY, row
from common.errors.codes import CloseCode, ErrorCode
from common.errors.texts import services as services_texts

ROWS = (
    # The edge is wrong.
    row(
        ErrorCode.UNKNOWN_ERROR,
        500,
        ("Something went wrong", "An unexpected failure; it is logged under the correlation id.", ASK_US),
        teacher=services_texts.OUR_FAULT,
    ),
    row(
        ErrorCode.CONFIGURATION_ERROR,
        500,
        ("The service is misconfigured", "A setting is missing or contradicts another.", ASK_US),
        teacher=services_texts.OUR_FAULT,
    ),
    row(
        ErrorCode.INVALID_CONFIGURATION,
        500,
        ("A setting is invalid", "A setting has a value that the service can't use.", ASK_US),
        teacher=services_texts.OUR_FAULT,
    ),
    row(
        ErrorCode.PROCESSING_ERROR,
        500,
        ("The request could not be processed", "A processing step failed in the service.", ASK_US),
        teacher=services_texts.OUR_FAULT,
        details=("locked_by_phase", "phase_status"),
    ),
    row(
        ErrorCode.INITIALIZATION_FAILED,
        500,
        ("The service could not start properly", "A component of the service failed to start.", ASK_US),
        teacher=services_texts.OUR_FAULT,
    ),
    # A service behind the edge is wrong.
    row(
        ErrorCode.EXTERNAL_SERVICE_ERROR,
        502,
        (
            "A service behind the edge failed",
            "An upstream service refused the connection or answered with a failure.",
            RESEND_SAFELY,
        ),
        teacher=services_texts.PART_FAILED,
        retryable=True,
        details=("external_service",),
    ),
    row(
        ErrorCode.INVALID_RESPONSE,
        502,
        (
            "A service behind the edge sent an invalid response",
            "The response of an upstream service doesn't have the agreed format.",
            ASK_US,
        ),
        teacher=services_texts.OUR_FAULT,
    ),
    row(
        ErrorCode.CONTENT_SERVICE_ERROR,
        502,
        ("The content service failed", "The content service refused the request or failed.", RESEND_SAFELY),
        teacher=services_texts.ESSAYS_AWAY,
        retryable=True,
    ),
    row(
        ErrorCode.SPELLCHECK_SERVICE_ERROR,
        502,
        ("The spellcheck service failed", "The spellcheck service refused the request or failed.", RESEND_SAFELY),
        teacher=services_texts.SPELLCHECK_FAILED,
        retryable=True,
    ),
    row(
        ErrorCode.NLP_SERVICE_ERROR,
        502,
        ("The language analysis failed", "The NLP service refused the request or failed.", RESEND_SAFELY),
        teacher=services_texts.LANGUAGE_ANALYSIS_FAILED,
        retryable=True,
    ),
    row(
        ErrorCode.AI_FEEDBACK_SERVICE_ERROR,
        502,
        ("The AI feedback failed", "The AI feedback service refused the request or failed.", RESEND_SAFELY),
        teacher=services_texts.FEEDBACK_FAILED,
        retryable=True,
    ),
    row(
        ErrorCode.CJ_ASSESSMENT_SERVICE_ERROR,
        502,
        ("The comparative judgement failed", "The CJ assessment service refused the request or failed.", RESEND_SAFELY),
        teacher=services_texts.COMPARISON_FAILED,
        retryable=True,
    ),
    row(
        ErrorCode.LLM_PROVIDER_SERVICE_ERROR,
        502,
        ("The language model failed", "The LLM provider service refused the request or failed.", RESEND_SAFELY),
        teacher=services_texts.AI_FAILED,
        retryable=True,
    ),
    # Something is away for the moment.
    row(
        ErrorCode.CONNECTION_ERROR,
        503,
        ("A connection could not be made", "A data store or service that the edge needs is unreachable.", LATER),
        teacher=services_texts.UNAVAILABLE,
        retryable=True,
        close=CloseCode.OVERLOAD,
    ),
    row(
        ErrorCode.SERVICE_UNAVAILABLE,
        503,
        ("The service is unavailable", "The service is draining, overloaded, or missing a dependency.", LATER),
        teacher=services_texts.UNAVAILABLE,
        retryable=True,
        close=CloseCode.OVERLOAD,
        details=("unavailable_service",),
    ),
    row(
        ErrorCode.CIRCUIT_BREAKER_OPEN,
        503,
        (
            "Calls to a service behind the edge are suspended",
            "An upstream service failed repeatedly, so calls to it are suspended for a while.",
            LATER,
        ),
        teacher=services_texts.UNAVAILABLE,
        retryable=True,
        close=CloseCode.OVERLOAD,
    ),
    row(
        ErrorCode.KAFKA_PUBLISH_ERROR,
        503,
        (
            "The command could not be sent",
            "The message broker did not confirm the command; `details.outcome` says whether it may have been sent.",
            "Send the command again after `Retry-After` with the same `Idempotency-Key`.",
        ),
        teacher=services_texts.NOT_CONFIRMED,
        retryable=True,
    ),
    row(
        ErrorCode.TIMEOUT,
        504,
        (
            "A service behind the edge took too long",
            "An upstream service did not respond before the deadline; it may still be processing the request.",
            RESEND_SAFELY,
        ),
        teacher=services_texts.TOO_SLOW,
        retryable=True,
        details=("timeout_seconds",),
    ),
)
