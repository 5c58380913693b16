"""What can fail anywhere: the platform's general codes, and those that HTTP needs at the edge."""

from common.errors.catalogue.entry import ASK_US, LATER, RESEND_SAFELY, row
from common.errors.codes import AuthReason, CloseCode, ErrorCode

ROWS = (
    # The request is wrong.
    row(
        ErrorCode.VALIDATION_ERROR,
        400,
        (
            "The request is invalid",
            "One or more fields don't meet the route's requirements.",
            "Show each message of `details.field_errors` at the field its `pointer` names; don't resend unchanged.",
        ),
        details=("field", "location", "field_errors", "further_field_errors", "current_status", "expected_status"),
    ),
    row(
        ErrorCode.MISSING_REQUIRED_FIELD,
        400,
        (
            "A required field is missing",
            "A field that the route requires was not sent.",
            "Send the field that `details.field` names.",
        ),
        details=("field", "field_name"),
    ),
    row(
        ErrorCode.INVALID_REQUEST,
        400,
        (
            "The request is malformed",
            "The path, a header or the credential violates the rules of HTTP or of the route.",
            "Correct the client; don't resend unchanged.",
        ),
        close=CloseCode.POLICY,
    ),
    row(
        ErrorCode.PARSING_ERROR,
        400,
        (
            "The body can't be parsed",
            "The body doesn't match its content type: invalid JSON, or text that isn't UTF-8.",
            "Correct the client; don't resend unchanged.",
        ),
        details=("line", "column", "byte"),
    ),
    row(
        ErrorCode.AUTHENTICATION_ERROR,
        401,
        (
            "Authentication is required",
            "The access token is missing, expired, revoked or invalid.",
            "Refresh the token when `details.reason` is `token_expired`, else send the user to the login.",
        ),
        close=CloseCode.POLICY,
        reason=AuthReason.TOKEN_INVALID,
    ),
    row(
        ErrorCode.INVALID_API_KEY,
        401,
        (
            "The API key is invalid",
            "A service called another one with a wrong internal key.",
            "Correct the calling service's configuration.",
        ),
        close=CloseCode.POLICY,
    ),
    row(
        ErrorCode.INSUFFICIENT_CREDITS,
        402,
        (
            "Not enough credits",
            "The pipeline costs more credits than the user or the organisation has left.",
            "Show the figures in `details`, and where to buy credits.",
        ),
        details=("required_credits", "available_credits", "denial_reason", "resource_breakdown", "resolved_pipeline"),
    ),
    row(
        ErrorCode.AUTHORIZATION_ERROR,
        403,
        (
            "Access is denied",
            "The user is authenticated, but not allowed to do this.",
            "Tell the user; don't resend with the same token.",
        ),
        close=CloseCode.POLICY,
        details=("required_role",),
    ),
    row(
        ErrorCode.RESOURCE_NOT_FOUND,
        404,
        (
            "Not found",
            "The route doesn't exist, or no resource has that id.",
            "Check the URL or the id; discard data cached under it.",
        ),
        details=("resource_type", "resource_id"),
    ),
    row(
        ErrorCode.METHOD_NOT_ALLOWED,
        405,
        (
            "The method is not allowed",
            "The route exists, but doesn't support this method.",
            "Use one of the methods that `Allow` lists.",
        ),
    ),
    row(
        ErrorCode.REQUEST_TIMEOUT,
        408,
        (
            "The request took too long to arrive",
            "The body arrived too slowly or was incomplete.",
            "Send the request again over a better connection.",
        ),
        retryable=True,
    ),
    row(
        ErrorCode.CONFLICT,
        409,
        (
            "The request conflicts with the current state",
            "The resource is not in a state that allows the change.",
            "Read the resource again, then decide again.",
        ),
    ),
    row(
        ErrorCode.IDEMPOTENCY_IN_PROGRESS,
        409,
        (
            "The same request is still running",
            "An earlier request with this `Idempotency-Key` has not finished.",
            "Send it again with the same key after `Retry-After`.",
        ),
        retryable=True,
    ),
    row(
        ErrorCode.PAYLOAD_TOO_LARGE,
        413,
        (
            "The body is too large",
            "The body, one of its files, or the number of files exceeds the limit.",
            "Send less at a time.",
        ),
        close=CloseCode.TOO_BIG,
        details=("limit_bytes", "limit_count", "filename"),
    ),
    row(
        ErrorCode.UNSUPPORTED_MEDIA_TYPE,
        415,
        (
            "The media type is not supported",
            "The body or a file has a type that the route doesn't accept, or no type.",
            "Send one of the types that the route accepts, with its `Content-Type`.",
        ),
        details=("supported", "supported_extensions", "filename"),
    ),
    row(
        ErrorCode.IDEMPOTENCY_KEY_REUSED,
        422,
        (
            "The idempotency key was used for another request",
            "This `Idempotency-Key` belongs to a request with another body.",
            "Create a new key for each new request.",
        ),
    ),
    row(
        ErrorCode.RATE_LIMIT,
        429,
        (
            "Too many requests",
            "The number of requests in the window exceeds the limit.",
            "Wait `Retry-After` seconds.",
        ),
        retryable=True,
        close=CloseCode.POLICY,
        details=("limit", "window_seconds", "rate_type"),
    ),
    row(
        ErrorCode.QUOTA_EXCEEDED,
        429,
        (
            "A quota is exhausted",
            "The quota that `details.quota_type` names is exhausted.",
            "Wait until the quota is renewed, or request a larger one.",
        ),
        close=CloseCode.POLICY,
        details=("quota_type", "limit"),
    ),
    row(
        ErrorCode.HEADERS_TOO_LARGE,
        431,
        (
            "The headers are too large",
            "The request line or the headers exceed the limit.",
            "Send fewer or shorter headers; delete stale cookies.",
        ),
    ),
    # The edge is wrong.
    row(
        ErrorCode.UNKNOWN_ERROR,
        500,
        ("Something went wrong", "An unexpected failure; it is logged under the correlation id.", ASK_US),
    ),
    row(
        ErrorCode.CONFIGURATION_ERROR,
        500,
        ("The service is misconfigured", "A setting is missing or contradicts another.", ASK_US),
    ),
    row(
        ErrorCode.INVALID_CONFIGURATION,
        500,
        ("A setting is invalid", "A setting has a value that the service can't use.", ASK_US),
    ),
    row(
        ErrorCode.PROCESSING_ERROR,
        500,
        ("The request could not be processed", "A processing step failed in the service.", ASK_US),
        details=("locked_by_phase", "phase_status"),
    ),
    row(
        ErrorCode.INITIALIZATION_FAILED,
        500,
        ("The service could not start properly", "A component of the service failed to start.", ASK_US),
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
    ),
    row(
        ErrorCode.CONTENT_SERVICE_ERROR,
        502,
        ("The content service failed", "The content service refused the request or failed.", RESEND_SAFELY),
        retryable=True,
    ),
    row(
        ErrorCode.SPELLCHECK_SERVICE_ERROR,
        502,
        ("The spellcheck service failed", "The spellcheck service refused the request or failed.", RESEND_SAFELY),
        retryable=True,
    ),
    row(
        ErrorCode.NLP_SERVICE_ERROR,
        502,
        ("The language analysis failed", "The NLP service refused the request or failed.", RESEND_SAFELY),
        retryable=True,
    ),
    row(
        ErrorCode.AI_FEEDBACK_SERVICE_ERROR,
        502,
        ("The AI feedback failed", "The AI feedback service refused the request or failed.", RESEND_SAFELY),
        retryable=True,
    ),
    row(
        ErrorCode.CJ_ASSESSMENT_SERVICE_ERROR,
        502,
        ("The comparative judgement failed", "The CJ assessment service refused the request or failed.", RESEND_SAFELY),
        retryable=True,
    ),
    row(
        ErrorCode.LLM_PROVIDER_SERVICE_ERROR,
        502,
        ("The language model failed", "The LLM provider service refused the request or failed.", RESEND_SAFELY),
        retryable=True,
    ),
    # Something is away for the moment.
    row(
        ErrorCode.CONNECTION_ERROR,
        503,
        ("A connection could not be made", "A data store or service that the edge needs is unreachable.", LATER),
        retryable=True,
        close=CloseCode.OVERLOAD,
    ),
    row(
        ErrorCode.SERVICE_UNAVAILABLE,
        503,
        ("The service is unavailable", "The service is draining, overloaded, or missing a dependency.", LATER),
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
        retryable=True,
        details=("timeout_seconds",),
    ),
    # Not a failure: the platform's word for work that was put in line.
    row(
        ErrorCode.REQUEST_QUEUED,
        202,
        (
            "The request is queued",
            "The work was accepted and is waiting in a queue.",
            "Don't resend; wait for the notification.",
        ),
    ),
)
