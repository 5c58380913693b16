"""The one exception that carries a failure from where it happens to the edge."""

from collections.abc import Mapping
from datetime import UTC
from typing import Self

from pydantic import JsonValue

from common.errors.catalogue import entry_for
from common.errors.codes import AnyErrorCode
from common.errors.detail import ErrorDetail


class HuleEduError(Exception):
    """A failure described by an :class:`ErrorDetail`.

    Args:
        error_detail: what failed.
        status_code: the HTTP status when it isn't the catalogue's, as for an upstream's foreign 4xx.
        headers: HTTP headers that belong to the answer (``WWW-Authenticate``, ``Retry-After``, ``Allow``).
    """

    def __init__(
        self,
        error_detail: ErrorDetail,
        *,
        status_code: int | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(error_detail.message)
        self.error_detail = error_detail
        self.status_code = entry_for(error_detail.error_code).status if status_code is None else status_code
        self.headers: Mapping[str, str] = dict(headers or {})

    @property
    def error_code(self) -> AnyErrorCode | str:
        """The failure's code."""
        return self.error_detail.error_code

    @property
    def correlation_id(self) -> str:
        """The request the failure belongs to, as text; ``error_detail.correlation_id`` is the UUID."""
        return str(self.error_detail.correlation_id)

    @property
    def service(self) -> str:
        """The service that failed."""
        return self.error_detail.service

    @property
    def operation(self) -> str:
        """What the service was doing."""
        return self.error_detail.operation

    def add_detail(self, key: str, value: object) -> Self:
        """Return this error with one more detail; this one stays as it is.

        The new error keeps cause and traceback, so ``raise error.add_detail(...)`` loses nothing.
        """
        detail = self.error_detail
        values = dict(detail) | {"details": {**detail.details, key: value}}
        told = type(self)(ErrorDetail(**values), status_code=self.status_code, headers=self.headers)
        told.__cause__ = self.__cause__
        return told.with_traceback(self.__traceback__)

    def to_dict(self) -> dict[str, JsonValue]:
        """Return the contract's body, ``{"error": {...}}``."""
        return {"error": error_object(self.error_detail)}

    def __str__(self) -> str:
        return f"[{self.error_code}] {self.error_detail.message}"

    def __repr__(self) -> str:
        return (
            f"<{type(self).__name__} {self} at {self.service}.{self.operation}, correlation id {self.correlation_id}>"
        )


def error_object(detail: ErrorDetail) -> dict[str, JsonValue]:
    """Return what a client gets of ``detail``: the object under ``error`` (platform contract, "Errors")."""
    return {
        "code": str(detail.error_code),
        "message": detail.message,
        "correlation_id": str(detail.correlation_id),
        "service": detail.service,
        "timestamp": detail.timestamp.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "details": detail.details,
    }
