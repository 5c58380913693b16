"""The ways a connection is refused or ended, each as the one kind of error the house knows.

``common.errors.close_reasons`` turns them into a close code and reason, ``common.errors.rendering`` into an HTTP body.
"""

from math import ceil
from random import SystemRandom
from uuid import UUID

from pydantic import JsonValue

from common.correlation import correlation_id
from common.errors.challenges import AuthReason, challenge_for
from common.errors.codes import AnyErrorCode, ErrorCode, FeedErrorCode
from common.errors.exceptions import HuleEduError
from common.errors.source import ErrorSource
from websocket_service import SERVICE_NAME

COME_BACK_MS = (1000, 5000)
"""Between which a client that can't be served now is asked to come back, at random."""

_FAILURES_OF_OURS = frozenset(
    {
        ErrorCode.CONNECTION_ERROR,
        ErrorCode.EXTERNAL_SERVICE_ERROR,
        ErrorCode.SERVICE_UNAVAILABLE,
        ErrorCode.TIMEOUT,
    }
)
"""A store that fails, or a verification key that is missing: the client's credential may be good."""

_chance = SystemRandom()


def unauthenticated(reason: AuthReason, message: str) -> HuleEduError:
    """The credential was refused, or no longer counts (1008, with ``reason`` as the machine word)."""
    headers = {"WWW-Authenticate": challenge_for(reason)}
    return _error(ErrorCode.AUTHENTICATION_ERROR, message, {"reason": reason.value}, headers)


def token_expired() -> HuleEduError:
    """The token ran out and was not renewed in time."""
    return unauthenticated(AuthReason.TOKEN_EXPIRED, "The access token has expired.")


def revoked() -> HuleEduError:
    """The token was revoked."""
    return unauthenticated(AuthReason.REVOKED, "The access token has been revoked.")


def other_user() -> HuleEduError:
    """A renewal was for somebody else."""
    return unauthenticated(AuthReason.TOKEN_INVALID, "The token renews another user's connection.")


def connection_limit(limit: int) -> HuleEduError:
    """The user has as many connections as one may have (4000)."""
    return _error(FeedErrorCode.CONNECTION_LIMIT, f"At most {limit} connections a user.", {"limit": limit})


def too_many_messages(limit: int) -> HuleEduError:
    """The client sent more messages than it may (1008 ``rate``)."""
    return _error(ErrorCode.RATE_LIMIT, f"At most {limit} messages a minute.", {"reason": "rate", "limit": limit})


def too_many_handshakes() -> HuleEduError:
    """Too many connections arrive from one address (HTTP 429)."""
    return _error(ErrorCode.RATE_LIMIT, "Too many connections from this address.", *_slot(1000))


def too_slow() -> HuleEduError:
    """The client takes its messages more slowly than they come (4008)."""
    return _error(FeedErrorCode.CONSUMER_TOO_SLOW, "The client reads too slowly.")


def idle() -> HuleEduError:
    """Nothing was heard from the client, not even a pong (4408)."""
    return _error(FeedErrorCode.IDLE_TIMEOUT, "Nothing was heard from the client.")


def restarting(retry_after_ms: int) -> HuleEduError:
    """This replica goes away; the client has a slot to come back in (1012)."""
    return _error(FeedErrorCode.SERVICE_RESTART, "This replica is restarting.", *_slot(retry_after_ms))


def overloaded() -> HuleEduError:
    """The feed can't take a connection now: Redis is away or slow, or a verification key is missing (1013)."""
    slot = _slot(_chance.randint(*COME_BACK_MS))
    return _error(FeedErrorCode.SERVICE_OVERLOADED, "The feed can't take connections now.", *slot)


def misunderstood(problem: str) -> HuleEduError:
    """The client sent something the feed doesn't know; the connection stays (``feed.error``)."""
    return _error(FeedErrorCode.INVALID_FRAME, problem)


def foreign_origin() -> HuleEduError:
    """The page that connects is none of the dashboard's (HTTP 403)."""
    return _error(ErrorCode.AUTHORIZATION_ERROR, "Connections from this origin are not allowed.")


def on_arrival(failure: HuleEduError) -> HuleEduError:
    """Return ``failure``, or what one of ours means to a client that arrives: come back later (docs/feed.md: 1013)."""
    return overloaded() if failure.error_code in _FAILURES_OF_OURS else failure


def on_behalf(failure: HuleEduError, connection: UUID) -> HuleEduError:
    """Return ``failure`` under the connection's own correlation id; whoever found it may have been nobody's task."""
    detail = failure.error_detail.model_copy(update={"correlation_id": connection})
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
