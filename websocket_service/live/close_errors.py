"""The errors by which a connection is refused or ended.

``common.errors.close_codes`` turns them into a close code and reason, ``common.errors.rendering`` into an HTTP body.
"""

from math import ceil
from uuid import UUID

from pydantic import JsonValue

from common.backoff import spread
from common.correlation import correlation_id
from common.errors.codes import AnyErrorCode, AuthReason, ErrorCode, FeedErrorCode
from common.errors.exceptions import HuleEduError
from common.errors.source import ErrorSource, challenge_for
from websocket_service import SERVICE_NAME

COME_BACK_MS = (1000, 5000)
"""Bounds of the random delay after which a client that can't be served now is asked to come back."""

_FAILURES_OF_OURS = frozenset(
    {
        ErrorCode.CONNECTION_ERROR,
        ErrorCode.EXTERNAL_SERVICE_ERROR,
        ErrorCode.SERVICE_UNAVAILABLE,
        ErrorCode.TIMEOUT,
    }
)
"""Raised when a store fails or a verification key is missing, though the client's credential may be good."""


def rejected_credential(reason: AuthReason, message: str) -> HuleEduError:
    """The credential was refused, or no longer counts (1008, with ``reason`` as the machine word)."""
    headers = {"WWW-Authenticate": challenge_for(reason)}
    return _error(ErrorCode.AUTHENTICATION_ERROR, message, {"reason": reason.value}, headers)


def expired_token() -> HuleEduError:
    """The token ran out and was not renewed in time."""
    return rejected_credential(AuthReason.TOKEN_EXPIRED, "The access token has expired.")


def revoked_token() -> HuleEduError:
    """The token was revoked."""
    return rejected_credential(AuthReason.REVOKED, "The access token has been revoked.")


def other_users_token() -> HuleEduError:
    """The token of a renewal belongs to another user."""
    return rejected_credential(AuthReason.TOKEN_INVALID, "The token belongs to another user than the connection.")


def connection_limit(limit: int) -> HuleEduError:
    """The user has as many connections as one may have (4000)."""
    return _error(
        FeedErrorCode.CONNECTION_LIMIT, f"At most {limit} connections per user are allowed.", {"limit": limit}
    )


def message_limit(limit: int) -> HuleEduError:
    """The client sent more messages than it may (1008 ``rate``)."""
    return _error(
        ErrorCode.RATE_LIMIT, f"At most {limit} messages per minute are allowed.", {"reason": "rate", "limit": limit}
    )


def handshake_limit() -> HuleEduError:
    """Too many connections arrive from one address (HTTP 429)."""
    return _error(ErrorCode.RATE_LIMIT, "Too many connections from this address.", *_slot(1000))


def slow_consumer() -> HuleEduError:
    """The client reads more slowly than its messages come (4008)."""
    return _error(FeedErrorCode.CONSUMER_TOO_SLOW, "The client reads too slowly.")


def idle_timeout() -> HuleEduError:
    """Nothing was heard from the client, not even a pong (4408)."""
    return _error(FeedErrorCode.IDLE_TIMEOUT, "The client sent nothing.")


def service_restart(retry_after_ms: int) -> HuleEduError:
    """This replica shuts down; the client has a slot to come back in (1012)."""
    return _error(FeedErrorCode.SERVICE_RESTART, "This replica is restarting.", *_slot(retry_after_ms))


def service_overload() -> HuleEduError:
    """The feed can't take a connection now: Redis is away or slow, or a verification key is missing (1013)."""
    slot = _slot(round(spread(*COME_BACK_MS)))
    return _error(FeedErrorCode.SERVICE_OVERLOADED, "The feed can't accept connections now.", *slot)


def invalid_frame(problem: str) -> HuleEduError:
    """The client sent a message that the feed doesn't know; the connection stays (``feed.error``)."""
    return _error(FeedErrorCode.INVALID_FRAME, problem)


def foreign_origin() -> HuleEduError:
    """The page that connects isn't the dashboard's (HTTP 403)."""
    return _error(ErrorCode.AUTHORIZATION_ERROR, "Connections from this origin are not allowed.")


def arrival_error(failure: HuleEduError) -> HuleEduError:
    """Return ``failure``, or for a failure of ours the error that has an arriving client come back later (1013)."""
    return service_overload() if failure.error_code in _FAILURES_OF_OURS else failure


def with_correlation_id(failure: HuleEduError, connection_id: UUID) -> HuleEduError:
    """Return ``failure`` under the connection's own correlation id; the task that found it may have none or another."""
    detail = failure.error_detail.model_copy(update={"correlation_id": connection_id})
    return HuleEduError(detail, status_code=failure.status_code, headers=failure.headers)


def _slot(retry_after_ms: int) -> tuple[dict[str, JsonValue], dict[str, str]]:
    seconds = retry_after_ms / 1000
    return {"retry": {"retryable": True, "after_seconds": seconds}}, {"Retry-After": str(max(1, ceil(seconds)))}


def _error(
    code: AnyErrorCode,
    message: str,
    details: dict[str, JsonValue] | None = None,
    headers: dict[str, str] | None = None,
) -> HuleEduError:
    return ErrorSource(SERVICE_NAME, "feed", correlation_id()).error(code, message, details=details, headers=headers)
