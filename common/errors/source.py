"""Makes every :class:`HuleEduError`: from the service that fails, what it was doing, and what failed.

The factories raise for a service that names all of this at each call, as the platform's error library does. A refused
credential gets its ``WWW-Authenticate`` challenge (RFC 6750 section 3).
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NoReturn, Self

from common.errors.catalogue import entry_for
from common.errors.codes import AnyErrorCode, AuthReason, ErrorCode
from common.errors.detail import CorrelationId, create_error_detail_with_context
from common.errors.exceptions import HuleEduError
from common.redaction import is_secret

Headers = Mapping[str, str] | None
Details = Mapping[str, object]

REALM = "huleedu"


@dataclass(frozen=True, slots=True)
class ErrorSource:
    """Makes the errors of one service; each service binds one, and raises what its methods return.

    Attributes:
        service: the service's name, as clients see it.
        operation: what it was doing; for logs, never shown.
        correlation_id: the request's; None for that of the current context, or a fresh one.
    """

    service: str
    operation: str = "serve"
    correlation_id: CorrelationId | None = None

    def during(self, operation: str, *, correlation_id: CorrelationId | None = None) -> Self:
        """Return this source with the operation that is going on."""
        return replace(self, operation=operation, correlation_id=correlation_id or self.correlation_id)

    def error(
        self,
        code: AnyErrorCode | str,
        message: str | None = None,
        *,
        details: Details | None = None,
        status_code: int | None = None,
        headers: Headers = None,
        retry_after_s: float | None = None,
    ) -> HuleEduError:
        """Return an error of ``code``, one of ours or of another service.

        Args:
            code: the kind of failure.
            message: one sentence for the client, without secrets or internals; the catalogue's when None.
            details: facts for the client.
            status_code: the HTTP status where it isn't the catalogue's.
            headers: HTTP headers of the answer.
            retry_after_s: when to try again; sets ``Retry-After`` in whole seconds, rounded up, at least 1 (RFC 9110
                section 10.2.3), and says the same in ``details.retry``.
        """
        facts = dict(details or {})
        if retry_after_s is not None:
            seconds = max(1, math.ceil(retry_after_s))
            headers = {"Retry-After": str(seconds), **(headers or {})}
            facts.setdefault("retry", {"retryable": True, "after_seconds": seconds})
        detail = create_error_detail_with_context(
            error_code=code,
            message=entry_for(code).meaning if message is None else message,
            service=self.service,
            operation=self.operation,
            correlation_id=self.correlation_id,
            details=facts,
            capture_stack=False,
        )
        return HuleEduError(detail, status_code=status_code, headers=headers)

    def validation_error(
        self, field: str, message: str, *, value: object = None, details: Details | None = None, headers: Headers = None
    ) -> HuleEduError:
        """Return VALIDATION_ERROR for ``field``; ``value`` is shown unless the field's name says it is a secret."""
        shown = {} if value is None or is_secret(field) else {"value": value}
        facts = {"field": field, **shown, **(details or {})}
        return self.error(ErrorCode.VALIDATION_ERROR, message, details=facts, headers=headers)

    def not_found(
        self,
        resource_type: str,
        resource_id: str,
        message: str | None = None,
        *,
        details: Details | None = None,
        headers: Headers = None,
    ) -> HuleEduError:
        """Return RESOURCE_NOT_FOUND for one thing of a kind."""
        message = f"No {resource_type} has this id." if message is None else message
        facts = {"resource_type": resource_type, "resource_id": resource_id, **(details or {})}
        return self.error(ErrorCode.RESOURCE_NOT_FOUND, message, details=facts, headers=headers)

    def unauthenticated(
        self, reason: AuthReason | str | None, message: str, *, details: Details | None = None, headers: Headers = None
    ) -> HuleEduError:
        """Return the refusal of a credential, with its challenge: 401, or 400 and 403 where RFC 6750 wants those.

        A ``reason`` in a service's own words is shown, but decides nothing: the answer is 401.
        """
        known = reason if isinstance(reason, AuthReason) else AuthReason.TOKEN_MISSING
        return self.error(
            code_for_reason(known),
            message,
            details={**({} if reason is None else {"reason": reason}), **(details or {})},
            headers={"WWW-Authenticate": challenge_for(known), **(headers or {})},
        )

    def unsupported_media_type(
        self,
        message: str,
        *,
        supported: Sequence[str] = (),
        details: Details | None = None,
        headers: Headers = None,
    ) -> HuleEduError:
        """Return UNSUPPORTED_MEDIA_TYPE with the ``supported`` types (``Accept``, RFC 9110 section 15.5.16)."""
        if supported:
            details = {"supported": list(supported), **(details or {})}
            headers = {"Accept": ", ".join(supported), **(headers or {})}
        return self.error(ErrorCode.UNSUPPORTED_MEDIA_TYPE, message, details=details, headers=headers)


def challenge_for(reason: AuthReason) -> str:
    """Return the value of ``WWW-Authenticate``.

    The answer to a request without a token has no error code (RFC 6750 section 3.1, last paragraph).
    """
    match reason:
        case AuthReason.REQUEST_MALFORMED:
            return _with_error("invalid_request")
        case AuthReason.INSUFFICIENT_SCOPE:
            return _with_error("insufficient_scope")
        case AuthReason.TOKEN_EXPIRED | AuthReason.TOKEN_INVALID | AuthReason.REVOKED:
            return _with_error("invalid_token")
        case _:
            return f'Bearer realm="{REALM}"'


def code_for_reason(reason: AuthReason) -> ErrorCode:
    """Return the code under which ``reason`` is answered: 400 malformed, 403 not enough, else 401."""
    match reason:
        case AuthReason.REQUEST_MALFORMED:
            return ErrorCode.INVALID_REQUEST
        case AuthReason.INSUFFICIENT_SCOPE | AuthReason.ACCOUNT_LOCKED | AuthReason.EMAIL_NOT_VERIFIED:
            return ErrorCode.AUTHORIZATION_ERROR
        case _:
            return ErrorCode.AUTHENTICATION_ERROR


def _with_error(error: str) -> str:
    return f'Bearer realm="{REALM}", error="{error}"'


@dataclass(frozen=True, slots=True)
class ErrorFactory:
    """Raises ``code`` for a kind that has no facts of its own."""

    code: AnyErrorCode

    def __call__(
        self,
        service: str,
        operation: str,
        message: str,
        correlation_id: CorrelationId,
        *,
        headers: Headers = None,
        **details: object,
    ) -> NoReturn:
        """Raise the kind's error; further keywords go into its details."""
        raise ErrorSource(service, operation, correlation_id).error(
            self.code, message, details=details, headers=headers
        )


@dataclass(frozen=True, slots=True)
class WordedErrorFactory:
    """Raises ``code`` for a kind that says the same each time: the catalogue's words by default."""

    code: AnyErrorCode

    def __call__(
        self,
        service: str,
        operation: str,
        correlation_id: CorrelationId,
        *,
        message: str | None = None,
        headers: Headers = None,
        **details: object,
    ) -> NoReturn:
        """Raise the kind's error; further keywords go into its details."""
        raise ErrorSource(service, operation, correlation_id).error(
            self.code, message, details=details, headers=headers
        )


@dataclass(frozen=True, slots=True)
class AccountErrorFactory:
    """Raises ``code`` about the account of an e-mail address, in the catalogue's words by default."""

    code: AnyErrorCode

    def __call__(
        self,
        service: str,
        operation: str,
        email: str,
        correlation_id: CorrelationId,
        *,
        message: str | None = None,
        headers: Headers = None,
        **details: object,
    ) -> NoReturn:
        """Raise the kind's error; further keywords go into its details."""
        raise ErrorSource(service, operation, correlation_id).error(
            self.code, message, details=with_facts(details, email=email), headers=headers
        )


def with_facts(details: dict[str, object], **facts: object) -> dict[str, object]:
    """Return ``details`` with those ``facts`` that are not None; a detail of the same name wins."""
    return {name: fact for name, fact in facts.items() if fact is not None} | details
