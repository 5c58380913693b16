"""The one table of what every failure means: status, close code, words, advice, whether to retry, which details pass.

Nothing else repeats a status or a close code; docs/errors.md, ``/v1/errors``, OpenAPI and the clients'
types are made from it. Statuses: platform contract, "Errors", and the platform's error library. Close codes:
docs/feed.md. The rows are grouped by subject in the modules beside; what a teacher reads is in
:mod:`common.errors.texts`.
"""

from collections.abc import Mapping
from http import HTTPStatus
from types import MappingProxyType

from common.errors.catalogue import assessment, essays, feed, identity, requests, services
from common.errors.catalogue.entry import ErrorEntry
from common.errors.codes import ErrorCode

__all__ = ["CATALOGUE", "ErrorEntry", "entry_for", "nearest_code"]

_ROWS = (*requests.ROWS, *services.ROWS, *essays.ROWS, *assessment.ROWS, *identity.ROWS, *feed.ROWS)

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
    """Return the row of ``code``; an unknown code gets the row of UNKNOWN_ERROR."""
    return CATALOGUE.get(code, CATALOGUE[ErrorCode.UNKNOWN_ERROR])


def nearest_code(status: int) -> ErrorCode:
    """Return the general code for an HTTP ``status`` that came without one.

    A status that isn't listed takes its class's: 4xx INVALID_REQUEST, else UNKNOWN_ERROR.
    """
    is_client_error = HTTPStatus.BAD_REQUEST <= status < HTTPStatus.INTERNAL_SERVER_ERROR
    return _NEAREST.get(status, ErrorCode.INVALID_REQUEST if is_client_error else ErrorCode.UNKNOWN_ERROR)
