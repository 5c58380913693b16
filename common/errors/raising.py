"""What all factories share: from the facts of a failure to the raised error."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import NoReturn

from common.errors.codes import AnyErrorCode
from common.errors.detail import CorrelationId
from common.errors.exceptions import Place

Headers = Mapping[str, str] | None
Details = dict[str, object]


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
        raise Place(service, operation, correlation_id).error(self.code, message, details=details, headers=headers)


@dataclass(frozen=True, slots=True)
class WordedErrorFactory:
    """Raises ``code`` for a kind that says the same each time: the catalogue's words, unless told otherwise."""

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
        raise Place(service, operation, correlation_id).error(self.code, message, details=details, headers=headers)


@dataclass(frozen=True, slots=True)
class AccountErrorFactory:
    """Raises ``code`` about the account of an e-mail address, in the catalogue's words, unless told otherwise."""

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
        raise Place(service, operation, correlation_id).error(
            self.code, message, details=told(details, email=email), headers=headers
        )


def told(details: Details, **facts: object) -> Details:
    """Return ``details`` with those ``facts`` that are known (not None); the caller's own word wins."""
    return {name: fact for name, fact in facts.items() if fact is not None} | details


def retry_facts(retry_after_s: float | None, headers: Headers, details: Details) -> tuple[Headers, Details]:
    """Return headers and details that say when to come again, in whole seconds, rounded up, at least 1."""
    if retry_after_s is None:
        return headers, details
    seconds = max(1, math.ceil(retry_after_s))
    return {"Retry-After": str(seconds), **(headers or {})}, told(
        details, retry={"retryable": True, "after_seconds": seconds}
    )
