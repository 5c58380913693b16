"""The factories that many kinds share, and how a kind adds its own facts to the details."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NoReturn

from common.errors.codes import AnyErrorCode
from common.errors.detail import CorrelationId
from common.errors.source import ErrorSource

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
        raise ErrorSource(service, operation, correlation_id).error(
            self.code, message, details=details, headers=headers
        )


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
        raise ErrorSource(service, operation, correlation_id).error(
            self.code, message, details=details, headers=headers
        )


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
        raise ErrorSource(service, operation, correlation_id).error(
            self.code, message, details=with_facts(details, email=email), headers=headers
        )


def with_facts(details: Details, **facts: object) -> Details:
    """Return ``details`` with those ``facts`` that are not None; a detail of the same name wins."""
    return {name: fact for name, fact in facts.items() if fact is not None} | details
