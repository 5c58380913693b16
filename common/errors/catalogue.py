"""The one table of what every failure means: status, close code, words, advice, whether to retry.

Nothing else repeats a status or a close code; docs/errors.md, ``/v1/errors``, OpenAPI and the clients'
types are made from it. Statuses: platform contract, "Errors". Close codes: docs/feed.md.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from types import MappingProxyType

from common.errors.close_codes import CloseCode
from common.errors.codes import (
    AnyErrorCode,
    ClassManagementErrorCode,
    ErrorCode,
    FeedErrorCode,
    FileValidationErrorCode,
)


@dataclass(frozen=True, slots=True)
class ErrorEntry:
    """One row of the table.

    Attributes:
        code: the failure's name.
        status: its HTTP status.
        close_code: the code that closes a socket it ends.
        title: what it is called; the same for every occurrence (RFC 9457, ``title``).
        meaning: when it happens.
        advice: what the client should do.
        retryable: whether the same request, sent again later, may succeed.
    """

    code: AnyErrorCode
    status: int
    close_code: int
    title: str
    meaning: str
    advice: str
    retryable: bool


def _row(  # the table's columns
    code: AnyErrorCode,
    status: int,
    words: tuple[str, str, str],
    *,
    retryable: bool = False,
    close: CloseCode = CloseCode.SERVER_ERROR,
) -> ErrorEntry:
    title, meaning, advice = words
    return ErrorEntry(code, status, int(close), title, meaning, advice, retryable)


_ASK_US = "Show a general message with the correlation id; report it when it persists."
_LATER = "Try again with growing, jittered pauses; respect `Retry-After`."
_RESEND_SAFELY = "Retry reads at once and commands only with the same `Idempotency-Key`, with growing pauses."

_ROWS = (
    # The request is wrong.
    _row(
        ErrorCode.VALIDATION_ERROR,
        400,
        (
            "The request is not valid",
            "One or more fields break the rules of the route.",
            "Show each message of `details.field_errors` at the field its `pointer` names; don't resend unchanged.",
        ),
    ),
    _row(
        ErrorCode.MISSING_REQUIRED_FIELD,
        400,
        (
            "A required field is missing",
            "A field the route needs was not sent.",
            "Send the field that `details.field` names.",
        ),
    ),
    _row(
        ErrorCode.INVALID_REQUEST,
        400,
        (
            "The request is malformed",
            "The request breaks the rules of HTTP or of the route: its path, a header or the credential.",
            "Correct the client; don't resend unchanged.",
        ),
        close=CloseCode.POLICY,
    ),
    _row(
        ErrorCode.PARSING_ERROR,
        400,
        (
            "The body can't be parsed",
            "The body is not what its content type says: broken JSON, or text that isn't UTF-8.",
            "Correct the client; don't resend unchanged.",
        ),
    ),
    _row(
        ErrorCode.AUTHENTICATION_ERROR,
        401,
        (
            "Authentication is required",
            "The access token is missing, expired, revoked or not valid.",
            "Refresh the token when `details.reason` is `token_expired`, else send the user to the login.",
        ),
        close=CloseCode.POLICY,
    ),
    _row(
        ErrorCode.INVALID_API_KEY,
        401,
        (
            "The API key is not valid",
            "A service called another with a wrong internal key.",
            "Correct the calling service's configuration.",
        ),
        close=CloseCode.POLICY,
    ),
    _row(
        ErrorCode.INSUFFICIENT_CREDITS,
        402,
        (
            "Not enough credits",
            "The pipeline costs more credits than the user or the organisation has left.",
            "Show the figures in `details` and where credits are bought.",
        ),
    ),
    _row(
        ErrorCode.AUTHORIZATION_ERROR,
        403,
        (
            "Access is denied",
            "The user is known, but may not do this.",
            "Tell the user; don't resend with the same token.",
        ),
        close=CloseCode.POLICY,
    ),
    _row(
        ErrorCode.RESOURCE_NOT_FOUND,
        404,
        (
            "Not found",
            "There is no such route, or nothing with that id.",
            "Check the address or the id; drop what the client kept under it.",
        ),
    ),
    _row(
        ErrorCode.METHOD_NOT_ALLOWED,
        405,
        (
            "The method is not allowed",
            "The route exists, but not for this method.",
            "Use one of the methods that `Allow` lists.",
        ),
    ),
    _row(
        ErrorCode.REQUEST_TIMEOUT,
        408,
        (
            "The request took too long to arrive",
            "The body arrived too slowly or stopped before its end.",
            "Send the request again over a better connection.",
        ),
        retryable=True,
    ),
    _row(
        ErrorCode.CONFLICT,
        409,
        (
            "The request conflicts with the present state",
            "What the request would change is not in a state that allows it.",
            "Read the resource again and decide anew.",
        ),
    ),
    _row(
        ErrorCode.IDEMPOTENCY_IN_PROGRESS,
        409,
        (
            "The same request is still running",
            "A request with this `Idempotency-Key` has not finished.",
            "Send it again with the same key after `Retry-After`.",
        ),
        retryable=True,
    ),
    _row(
        ErrorCode.PAYLOAD_TOO_LARGE,
        413,
        (
            "The body is too large",
            "The body, one of its files, or their number is over the limit.",
            "Send less at a time.",
        ),
        close=CloseCode.TOO_BIG,
    ),
    _row(
        ErrorCode.UNSUPPORTED_MEDIA_TYPE,
        415,
        (
            "The media type is not supported",
            "The body or a file has a type the route doesn't take, or no type at all.",
            "Send one of the types the route takes, with its `Content-Type`.",
        ),
    ),
    _row(
        ErrorCode.IDEMPOTENCY_KEY_REUSED,
        422,
        (
            "The idempotency key was used for another request",
            "This `Idempotency-Key` already stands for a request with another body.",
            "Make a new key for a new request.",
        ),
    ),
    _row(
        ErrorCode.RATE_LIMIT,
        429,
        (
            "Too many requests",
            "More requests arrived in the window than the limit allows.",
            "Wait `Retry-After` seconds.",
        ),
        retryable=True,
        close=CloseCode.POLICY,
    ),
    _row(
        ErrorCode.QUOTA_EXCEEDED,
        429,
        (
            "A quota is used up",
            "The allowance that `details.quota_type` names is used up.",
            "Wait until the quota renews, or ask for a larger one.",
        ),
        close=CloseCode.POLICY,
    ),
    _row(
        ErrorCode.HEADERS_TOO_LARGE,
        431,
        (
            "The headers are too large",
            "The request line or the headers are over the limit.",
            "Send fewer or shorter headers; drop stale cookies.",
        ),
    ),
    # The edge is wrong.
    _row(
        ErrorCode.UNKNOWN_ERROR,
        500,
        ("Something went wrong", "A failure nobody foresaw; the log knows it by the correlation id.", _ASK_US),
    ),
    _row(
        ErrorCode.CONFIGURATION_ERROR,
        500,
        ("The service is misconfigured", "A setting is missing or contradicts another.", _ASK_US),
    ),
    _row(
        ErrorCode.INVALID_CONFIGURATION,
        500,
        ("A setting is not valid", "A setting has a value the service can't work with.", _ASK_US),
    ),
    _row(
        ErrorCode.PROCESSING_ERROR,
        500,
        ("The request could not be processed", "A step of the work failed inside the service.", _ASK_US),
    ),
    _row(
        ErrorCode.INITIALIZATION_FAILED,
        500,
        ("The service could not start properly", "A part of the service failed to start.", _ASK_US),
    ),
    # A service behind the edge is wrong.
    _row(
        ErrorCode.EXTERNAL_SERVICE_ERROR,
        502,
        (
            "A service behind the edge failed",
            "An upstream service refused the connection or answered with a failure.",
            _RESEND_SAFELY,
        ),
        retryable=True,
    ),
    _row(
        ErrorCode.INVALID_RESPONSE,
        502,
        (
            "A service behind the edge answered nonsense",
            "An upstream's answer doesn't have the agreed shape.",
            _ASK_US,
        ),
    ),
    _row(
        ErrorCode.CONTENT_SERVICE_ERROR,
        502,
        ("The content service failed", "The store of texts refused or failed.", _RESEND_SAFELY),
        retryable=True,
    ),
    _row(
        ErrorCode.SPELLCHECK_SERVICE_ERROR,
        502,
        ("The spellcheck service failed", "Spellchecking refused or failed.", _RESEND_SAFELY),
        retryable=True,
    ),
    _row(
        ErrorCode.NLP_SERVICE_ERROR,
        502,
        ("The language analysis failed", "The NLP service refused or failed.", _RESEND_SAFELY),
        retryable=True,
    ),
    _row(
        ErrorCode.AI_FEEDBACK_SERVICE_ERROR,
        502,
        ("The AI feedback failed", "The AI feedback service refused or failed.", _RESEND_SAFELY),
        retryable=True,
    ),
    _row(
        ErrorCode.CJ_ASSESSMENT_SERVICE_ERROR,
        502,
        ("The comparative judgement failed", "The CJ assessment service refused or failed.", _RESEND_SAFELY),
        retryable=True,
    ),
    _row(
        ErrorCode.LLM_PROVIDER_SERVICE_ERROR,
        502,
        ("The language model failed", "The LLM provider service refused or failed.", _RESEND_SAFELY),
        retryable=True,
    ),
    # Something is away for the moment.
    _row(
        ErrorCode.CONNECTION_ERROR,
        503,
        ("A connection could not be made", "A store or service the edge needs can't be reached.", _LATER),
        retryable=True,
        close=CloseCode.OVERLOAD,
    ),
    _row(
        ErrorCode.SERVICE_UNAVAILABLE,
        503,
        ("The service is unavailable", "The service is draining, overloaded or lacks what it needs.", _LATER),
        retryable=True,
        close=CloseCode.OVERLOAD,
    ),
    _row(
        ErrorCode.CIRCUIT_BREAKER_OPEN,
        503,
        (
            "A service behind the edge is resting",
            "An upstream failed so often that calls to it are held back for a while.",
            _LATER,
        ),
        retryable=True,
        close=CloseCode.OVERLOAD,
    ),
    _row(
        ErrorCode.KAFKA_PUBLISH_ERROR,
        503,
        (
            "The command could not be handed over",
            "The message broker did not confirm the command; `details.outcome` says whether it may have been sent.",
            "Send the command again after `Retry-After` with the same `Idempotency-Key`.",
        ),
        retryable=True,
    ),
    _row(
        ErrorCode.TIMEOUT,
        504,
        (
            "A service behind the edge took too long",
            "An upstream did not answer before the deadline; it may still be working.",
            _RESEND_SAFELY,
        ),
        retryable=True,
    ),
    # Not a failure: the platform's word for work that was put in line.
    _row(
        ErrorCode.REQUEST_QUEUED,
        202,
        (
            "The request is queued",
            "The work was accepted and waits for its turn.",
            "Don't resend; wait for the notification.",
        ),
    ),
    # Class Management.
    _row(
        ClassManagementErrorCode.CLASS_NOT_FOUND,
        404,
        ("The class does not exist", "No class has that id.", "Reload the list of classes."),
    ),
    _row(
        ClassManagementErrorCode.STUDENT_NOT_FOUND,
        404,
        ("The pupil does not exist", "No pupil has that id.", "Reload the class."),
    ),
    _row(
        ClassManagementErrorCode.COURSE_NOT_FOUND,
        404,
        ("The course does not exist", "No course has that code.", "Offer only the courses the platform knows."),
    ),
    _row(
        ClassManagementErrorCode.COURSE_VALIDATION_ERROR,
        400,
        ("The course is not valid", "The course can't be used for this class.", "Choose another course."),
    ),
    _row(
        ClassManagementErrorCode.MULTIPLE_COURSE_ERROR,
        400,
        ("More than one course was given", "A class belongs to exactly one course.", "Choose one course."),
    ),
    # The File Service.
    _row(
        FileValidationErrorCode.EMPTY_CONTENT,
        400,
        ("The essay is empty", "The file holds no text.", "Ask for the file that holds the essay."),
    ),
    _row(
        FileValidationErrorCode.CONTENT_TOO_SHORT,
        400,
        ("The essay is too short", "The text is shorter than can be assessed.", "Ask for the whole essay."),
    ),
    _row(
        FileValidationErrorCode.CONTENT_TOO_LONG,
        400,
        ("The essay is too long", "The text is longer than can be assessed.", "Ask for a single essay a file."),
    ),
    _row(
        FileValidationErrorCode.ENCRYPTED_FILE_UNSUPPORTED,
        400,
        ("The file is encrypted", "A file behind a password can't be read.", "Ask for the file without a password."),
    ),
    _row(
        FileValidationErrorCode.TEXT_EXTRACTION_FAILED,
        400,
        (
            "The text could not be read",
            "The file is damaged or not of the type its name says.",
            "Ask for the essay saved anew as PDF, DOCX, RTF or TXT.",
        ),
    ),
    _row(
        FileValidationErrorCode.RAW_STORAGE_FAILED,
        503,
        ("The file could not be stored", "The store of files did not take the upload.", _LATER),
        retryable=True,
    ),
    _row(
        FileValidationErrorCode.UNKNOWN_VALIDATION_ERROR,
        400,
        ("The file was not accepted", "The file failed a check that has no code of its own.", "Try another file."),
    ),
    # The feed.
    _row(
        FeedErrorCode.CONNECTION_LIMIT,
        429,
        (
            "Too many connections",
            "The user has as many live connections open as one may have.",
            "Close another tab; don't reconnect by itself in less than a minute.",
        ),
        close=CloseCode.CONNECTION_LIMIT,
    ),
    _row(
        FeedErrorCode.CONSUMER_TOO_SLOW,
        408,
        (
            "The client reads too slowly",
            "Messages arrived faster than the client took them.",
            "Reconnect at once with the last cursor; nothing is lost.",
        ),
        retryable=True,
        close=CloseCode.TOO_SLOW,
    ),
    _row(
        FeedErrorCode.IDLE_TIMEOUT,
        408,
        (
            "The connection was idle",
            "Nothing was heard from the client for the idle time, not even a pong.",
            "Reconnect at once with the last cursor.",
        ),
        retryable=True,
        close=CloseCode.IDLE,
    ),
    _row(
        FeedErrorCode.SERVICE_RESTART,
        503,
        (
            "The service is restarting",
            "This replica is going away in good order.",
            "Reconnect after `retry_after_ms` with the last cursor.",
        ),
        retryable=True,
        close=CloseCode.RESTART,
    ),
    _row(
        FeedErrorCode.SERVICE_OVERLOADED,
        503,
        (
            "The service is overloaded",
            "The feed can't take another connection just now.",
            "Reconnect after `retry_after_ms` with the last cursor.",
        ),
        retryable=True,
        close=CloseCode.OVERLOAD,
    ),
    _row(
        FeedErrorCode.MESSAGE_TOO_BIG,
        413,
        ("The message is too big", "The client sent a message over the limit.", "Send smaller messages."),
        close=CloseCode.TOO_BIG,
    ),
    _row(
        FeedErrorCode.INVALID_FRAME,
        400,
        (
            "The frame was not understood",
            "The client sent something that is none of the frames the feed takes.",
            "Correct the client; the connection stays open.",
        ),
        close=CloseCode.POLICY,
    ),
    _row(
        FeedErrorCode.PROTOCOL_ERROR,
        400,
        (
            "The WebSocket protocol was broken",
            "The client sent a frame that RFC 6455 doesn't allow, such as one that isn't masked.",
            "Correct the client; reconnect with growing, jittered pauses and the last cursor.",
        ),
        close=CloseCode.PROTOCOL_ERROR,
    ),
    _row(
        FeedErrorCode.NOT_UTF8,
        400,
        (
            "The text is not UTF-8",
            "The client sent a text message or a close reason that is not UTF-8.",
            "Correct the client; reconnect with growing, jittered pauses and the last cursor.",
        ),
        close=CloseCode.NOT_UTF8,
    ),
    _row(
        FeedErrorCode.UPGRADE_REQUIRED,
        426,
        (
            "A WebSocket handshake is required",
            "The path serves WebSockets only, or the handshake is for another version of the protocol than 13.",
            "Connect by WebSocket, version 13; where a proxy breaks WebSockets, use the event stream.",
        ),
        close=CloseCode.PROTOCOL_ERROR,
    ),
)

CATALOGUE: Mapping[str, ErrorEntry] = MappingProxyType({entry.code.value: entry for entry in _ROWS})

_NEAREST: Mapping[int, ErrorCode] = MappingProxyType(
    {
        CATALOGUE[code].status: code
        for code in (
            ErrorCode.INVALID_REQUEST,
            ErrorCode.AUTHENTICATION_ERROR,
            ErrorCode.INSUFFICIENT_CREDITS,
            ErrorCode.AUTHORIZATION_ERROR,
            ErrorCode.RESOURCE_NOT_FOUND,
            ErrorCode.METHOD_NOT_ALLOWED,
            ErrorCode.REQUEST_TIMEOUT,
            ErrorCode.CONFLICT,
            ErrorCode.PAYLOAD_TOO_LARGE,
            ErrorCode.UNSUPPORTED_MEDIA_TYPE,
            ErrorCode.RATE_LIMIT,
            ErrorCode.HEADERS_TOO_LARGE,
            ErrorCode.UNKNOWN_ERROR,
            ErrorCode.EXTERNAL_SERVICE_ERROR,
            ErrorCode.SERVICE_UNAVAILABLE,
            ErrorCode.TIMEOUT,
        )
    }
    # No row has these, or none of their meaning: 422 stands there only for a reused key.
    | {
        HTTPStatus.GONE: ErrorCode.RESOURCE_NOT_FOUND,
        HTTPStatus.PRECONDITION_FAILED: ErrorCode.CONFLICT,
        HTTPStatus.UNPROCESSABLE_ENTITY: ErrorCode.VALIDATION_ERROR,
        HTTPStatus.LOCKED: ErrorCode.CONFLICT,
        HTTPStatus.PRECONDITION_REQUIRED: ErrorCode.CONFLICT,
    }
)


def entry_for(code: str) -> ErrorEntry:
    """Return the row of ``code``; a stranger's code gets the row of UNKNOWN_ERROR."""
    return CATALOGUE.get(code, CATALOGUE[ErrorCode.UNKNOWN_ERROR])


def nearest_code(status: int) -> ErrorCode:
    """Return the general code for an HTTP ``status`` that came without one.

    A status that isn't listed takes its class's: 4xx INVALID_REQUEST, else UNKNOWN_ERROR.
    """
    is_client_error = HTTPStatus.BAD_REQUEST <= status < HTTPStatus.INTERNAL_SERVER_ERROR
    return _NEAREST.get(status, ErrorCode.INVALID_REQUEST if is_client_error else ErrorCode.UNKNOWN_ERROR)
