"""What all factories share: from the facts of a failure to the raised error."""

import math
from collections.abc import Mapping
from typing import NoReturn, Protocol
from uuid import UUID

from pydantic import JsonValue

from common.errors.codes import AnyErrorCode
from common.errors.exceptions import Place

Headers = Mapping[str, str] | None
Details = dict[str, JsonValue]


class Raise(Protocol):
    """A factory for a kind that has no facts of its own."""

    def __call__(
        self,
        *,
        service: str,
        operation: str,
        message: str,
        correlation_id: UUID,
        headers: Headers = None,
        **details: JsonValue,
    ) -> NoReturn:
        """Raise the kind's error; further keywords go into its details."""
        ...


def kind(code: AnyErrorCode) -> Raise:
    """Return the factory of ``code``."""

    def raise_kind(
        *,
        service: str,
        operation: str,
        message: str,
        correlation_id: UUID,
        headers: Headers = None,
        **details: JsonValue,
    ) -> NoReturn:
        raise Place(service, operation, correlation_id).error(code, message, details=details, headers=headers)

    raise_kind.__name__ = raise_kind.__qualname__ = f"raise_{code.lower()}"
    return raise_kind


def told(details: Details, **facts: JsonValue) -> Details:
    """Return ``details`` with those ``facts`` that are known (not None); the caller's own word wins."""
    return {name: fact for name, fact in facts.items() if fact is not None} | details


def retry_facts(retry_after_s: float | None, headers: Headers, details: Details) -> tuple[Headers, Details]:
    """Return headers and details that say when to come again, in whole seconds, rounded up, at least 1."""
    if retry_after_s is None:
        return headers, details
    seconds = max(1, math.ceil(retry_after_s))
    retry: JsonValue = {"retryable": True, "after_seconds": seconds}
    return {"Retry-After": str(seconds), **(headers or {})}, told(details, retry=retry)
