"""The two forms of an error body: the contract's, and RFC 9457's for requests whose ``Accept`` names it."""

import json
from collections.abc import Mapping
from http.client import responses

import orjson
from pydantic import JsonValue
from werkzeug.datastructures import MIMEAccept
from werkzeug.http import parse_accept_header

from common.errors.catalogue import CATALOGUE
from common.errors.detail import ErrorDetail
from common.errors.exceptions import error_object

JSON_TYPE = "application/json"
PROBLEM_TYPE = "application/problem+json"
CATALOGUE_PATH = "/v1/errors"

LONGEST_PREFERENCES = 2_000
"""Characters of an ``Accept`` or ``Accept-Language`` that is read: browsers send a tenth. A longer one says nothing,
since reading it would hold up everybody else."""


def render_error(
    detail: ErrorDetail, status: int, accept: str | None, *, base_url: str | None = None
) -> tuple[bytes, str]:
    """Return body and content type of the answer that describes ``detail``.

    Args:
        detail: the failure.
        status: the HTTP status the answer has.
        accept: the request's ``Accept``, None when it had none.
        base_url: where the catalogue is served, without a slash at the end; "" makes relative references, and None
            says that it isn't known.
    """
    if wants_problem(accept):
        return _encode(problem(detail, status, base_url=base_url)), PROBLEM_TYPE
    return _encode({"error": error_object(detail)}), JSON_TYPE


def wants_problem(accept: str | None) -> bool:
    """Return whether ``Accept`` names the problem form, with a quality above 0 and no lower than JSON's.

    A wildcard doesn't name it, nor does an unreadable header: an error is never answered by 406
    (RFC 9110 section 12.5.1 lets a server disregard ``Accept``).
    """
    if accept is None or len(accept) > LONGEST_PREFERENCES or PROBLEM_TYPE not in accept.lower():
        return False
    qualities: dict[str, float] = {}
    for media_range, quality in parse_accept_header(accept, MIMEAccept):
        name = media_range.partition(";")[0].strip().lower()
        qualities[name] = max(quality, qualities.get(name, 0.0))
    of_json = next((qualities[name] for name in (JSON_TYPE, "application/*", "*/*") if name in qualities), 0.0)
    of_problem = qualities.get(PROBLEM_TYPE, 0.0)
    return of_problem > 0 and of_problem >= of_json


def problem(detail: ErrorDetail, status: int, *, base_url: str | None = None) -> dict[str, JsonValue]:
    """Return the RFC 9457 object, with the same facts. Its type is ``about:blank`` where no page explains the code.

    ``details.field_errors`` and ``details.retry`` become the members ``errors`` and ``retry``; other
    details stay in ``details``.
    """
    members = error_object(detail)
    entry = None if base_url is None else CATALOGUE.get(detail.error_code)
    return {
        "type": f"{base_url}{catalogue_path(entry.code)}" if entry else "about:blank",
        "title": entry.title if entry else responses.get(status, "Error"),
        "status": status,
        "detail": members["message"],
        "instance": f"urn:uuid:{members['correlation_id']}",
        "code": members["code"],
        "correlation_id": members["correlation_id"],
        "service": members["service"],
        "timestamp": members["timestamp"],
        **_members(detail.details),
    }


def catalogue_path(code: str) -> str:
    """Return the path at which ``code`` is explained; for an unknown code that of the whole catalogue."""
    return f"{CATALOGUE_PATH}/{code}" if code in CATALOGUE else CATALOGUE_PATH


def answer_headers(code: str, *, base_url: str | None = None) -> dict[str, str]:
    """Return the headers every error answer has besides its type: for clients that read no body, and for caches."""
    headers = {"X-Error-Code": code, "Cache-Control": "no-store", "Vary": "Accept"}
    return headers if base_url is None else headers | {"Link": f'<{base_url}{catalogue_path(code)}>; rel="describedby"'}


def _members(details: Mapping[str, JsonValue]) -> dict[str, JsonValue]:
    members: dict[str, JsonValue] = {}
    rest: dict[str, JsonValue] = {}
    for name, value in details.items():
        match name:
            case "field_errors" if (errors := _problem_errors(value)) is not None:
                members["errors"] = errors
            case "retry":
                members["retry"] = value
            case _:
                rest[name] = value
    return members | ({"details": rest} if rest else {})


def _problem_errors(field_errors: JsonValue) -> list[JsonValue] | None:
    """Return RFC 9457's form of ``field_errors``, or None when another service sent something else by that name."""
    if not isinstance(field_errors, list):
        return None
    renamed: list[JsonValue] = [
        {"pointer": error["pointer"], "code": error["code"], "detail": error["message"]}
        for error in field_errors
        if isinstance(error, dict) and error.keys() == {"pointer", "code", "message"}
    ]
    return renamed if len(renamed) == len(field_errors) else None


def _encode(body: dict[str, JsonValue]) -> bytes:
    try:
        return orjson.dumps(body)
    except TypeError:
        # Lone surrogates and integers beyond 64 bits, which a client can send and we may echo.
        return json.dumps(body, separators=(",", ":")).encode()
