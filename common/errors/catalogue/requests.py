"""What can be wrong with a request: the platform's general codes, and those that HTTP needs at the edge."""

from common.errors.catalogue.entry import row
from common.errors.codes import AuthReason, CloseCode, ErrorCode
from common.errors.texts import requests as requests_texts
from common.errors.texts import services as services_texts

ROWS = (
    row(
        ErrorCode.VALIDATION_ERROR,
        400,
        (
            "The request is invalid",
            "One or more fields don't meet the route's requirements.",
            "Show each message of `details.field_errors` at the field its `pointer` names; don't resend unchanged.",
        ),
        teacher=requests_texts.INVALID,
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
        teacher=requests_texts.MISSING_FIELD,
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
        teacher=requests_texts.PAGE_FAULT,
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
        teacher=requests_texts.PAGE_FAULT,
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
        teacher=requests_texts.LOG_IN_AGAIN,
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
        teacher=services_texts.OUR_FAULT,
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
        teacher=requests_texts.TOO_FEW_CREDITS,
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
        teacher=requests_texts.NO_ACCESS,
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
        teacher=requests_texts.NOT_FOUND,
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
        teacher=requests_texts.PAGE_FAULT,
    ),
    row(
        ErrorCode.REQUEST_TIMEOUT,
        408,
        (
            "The request took too long to arrive",
            "The body arrived too slowly or was incomplete.",
            "Send the request again over a better connection.",
        ),
        teacher=requests_texts.ARRIVED_TOO_SLOWLY,
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
        teacher=requests_texts.CHANGED_MEANWHILE,
    ),
    row(
        ErrorCode.IDEMPOTENCY_IN_PROGRESS,
        409,
        (
            "The same request is still running",
            "An earlier request with this `Idempotency-Key` has not finished.",
            "Send it again with the same key after `Retry-After`.",
        ),
        teacher=requests_texts.UNDER_WAY,
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
        teacher=requests_texts.TOO_LARGE,
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
        teacher=requests_texts.WRONG_TYPE,
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
        teacher=requests_texts.SENT_BEFORE,
    ),
    row(
        ErrorCode.RATE_LIMIT,
        429,
        (
            "Too many requests",
            "The number of requests in the window exceeds the limit.",
            "Wait `Retry-After` seconds.",
        ),
        teacher=requests_texts.TOO_FAST,
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
        teacher=requests_texts.LIMIT_REACHED,
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
        teacher=requests_texts.TOO_MANY_COOKIES,
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
        teacher=requests_texts.QUEUED,
    ),
)
