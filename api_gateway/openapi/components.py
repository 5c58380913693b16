"""What the operations of the OpenAPI description share: headers, parameters, the errors' bodies and examples."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from types import MappingProxyType

from pydantic import BaseModel, JsonValue

from api_gateway.middleware.idempotency import KEY_HEADER, MAX_KEY_LENGTH, REPLAYED_HEADER
from api_gateway.middleware.path_checks import REST_OF_PATH
from api_gateway.middleware.rate_limit import rate_headers
from api_gateway.pages.catalogue import platform_example, problem_example
from api_gateway.paths import ID_PATTERN, MAX_ID_CHARACTERS, SEGMENT_PATTERN
from api_gateway.ports import RateClass, RateDecision, RatePolicy
from api_gateway.schemas.errors import ErrorBody, Problem
from api_gateway.upstream.ports import UpstreamName
from api_gateway.upstream.transport_errors import ProxyError, no_answer
from common.correlation import CORRELATION_HEADER
from common.errors.catalogue import CATALOGUE, ErrorEntry, entry_for
from common.errors.codes import AnyErrorCode, AuthReason
from common.errors.source import challenge_for
from common.errors.texts import Language

JsonObject = dict[str, JsonValue]

SCHEMAS = "#/components/schemas/"
EXAMPLES = "#/components/examples/"
OF_PROBLEM = ".problem"
"""Ends the name of a code's example in RFC 9457's form."""

ACCEPT_LANGUAGE = "Accept-Language"
LANGUAGE_HEADER = "Content-Language"
IF_NONE_MATCH = "If-None-Match"
ERROR_CODE_HEADER = "X-Error-Code"
ETAG_HEADER = "ETag"
TIMING_HEADER = "Server-Timing"

_VERBATIM = frozenset({"example", "examples", "value", "default", "const", "enum"})
"""What holds data of ours and not more description."""

_WORDS = frozenset({"const", "enum"})
"""What lists the values of a schema; null would have to stand among them."""

_IDENTIFIER: JsonObject = {
    "type": "string",
    "minLength": 1,
    "maxLength": MAX_ID_CHARACTERS,
    "pattern": ID_PATTERN,
    "description": "Printable characters, without leading or trailing blanks.",
}
_REST_OF_PATH: JsonObject = {"type": "string", "minLength": 1, "pattern": SEGMENT_PATTERN}
_TEXT: JsonObject = {"type": "string"}
_RATE = dict(
    rate_headers(RatePolicy(RateClass.REQUESTS, quota=100), RateDecision(allowed=True, remaining=99, reset_s=1))
)

_HEADERS: Mapping[str, tuple[JsonObject, str, JsonValue]] = MappingProxyType(
    {
        CORRELATION_HEADER: (
            {"type": "string", "format": "uuid"},
            "Identifies everything that was done for this request; quote it when you report a problem.",
            "6f0d1f64-3c1c-4f5e-9a0e-0f5b0c0d7a11",
        ),
        "RateLimit": (
            _TEXT,
            "The remaining budget: policy, requests available now (`r`), seconds until the budget is full again (`t`).",
            _RATE["RateLimit"],
        ),
        "RateLimit-Policy": (
            _TEXT,
            "The budget: policy, requests (`q`) per window of `w` seconds.",
            _RATE["RateLimit-Policy"],
        ),
        "Retry-After": ({"type": "integer", "minimum": 1}, "Seconds to wait before a retry.", 3),
        ERROR_CODE_HEADER: (_TEXT, "The body's `code`, for clients that don't read the body.", "RATE_LIMIT"),
        "Link": (_TEXT, "The page that explains the code.", '</v1/errors/RATE_LIMIT>; rel="describedby"'),
        "WWW-Authenticate": (
            _TEXT,
            "The challenge of RFC 6750; `details.reason` is more specific.",
            challenge_for(AuthReason.TOKEN_INVALID),
        ),
        "Proxy-Status": (
            _TEXT,
            "What went wrong between the gateway and a service behind it (RFC 9209).",
            no_answer(UpstreamName.RAS, ProxyError.ANSWER_TIMEOUT)["Proxy-Status"],
        ),
        "Location": (
            {"type": "string", "format": "uri-reference"},
            "The resource that shows the progress.",
            "/v1/batches/1/status",
        ),
        REPLAYED_HEADER: (
            {"type": "string", "const": "true"},
            "Present if this is the stored response to an earlier request with this key.",
            "true",
        ),
        ETAG_HEADER: (_TEXT, "Identifies this version of the response; send it back in `If-None-Match`.", '"5f3a1c"'),
        LANGUAGE_HEADER: (
            {"type": "string", "enum": [language.value for language in Language]},
            "The language of what a teacher reads; developers' texts are English.",
            Language.SWEDISH.value,
        ),
        TIMING_HEADER: (
            _TEXT,
            "Time spent in the gateway and in the services behind it, in milliseconds.",
            "gateway;dur=1.4, upstream;dur=12.6",
        ),
        "Accept": (_TEXT, "The media types that the route accepts.", "application/json"),
    }
)

_PARAMETERS: Mapping[str, tuple[JsonObject, str]] = MappingProxyType(
    {
        CORRELATION_HEADER: (
            _TEXT,
            "The caller's own UUID for this request; any other value is replaced.",
        ),
        KEY_HEADER: (
            {"type": "string", "minLength": 1, "maxLength": MAX_KEY_LENGTH, "pattern": "^[!#-~]+$"},
            "Makes a retry safe: the same key and body get the stored response for 24 hours, and no work is repeated.",
        ),
        ACCEPT_LANGUAGE: (
            _TEXT,
            "The languages that the reader prefers (RFC 9110, section 12.5.4); English if none of them is spoken.",
        ),
        IF_NONE_MATCH: (_TEXT, "An `ETag` that the caller has; the response is 304 without a body if nothing changed."),
    }
)


def shared_components() -> dict[str, JsonObject]:
    """Return the sections of ``components`` beside the operations' own schemas."""
    return {
        "schemas": {**schemas_of(ErrorBody), **schemas_of(Problem)},
        "headers": {
            name: {"description": text, "schema": schema, "example": example}
            for name, (schema, text, example) in _HEADERS.items()
        },
        "parameters": {
            name: {"name": name, "in": "header", "required": False, "description": text, "schema": schema}
            for name, (schema, text) in _PARAMETERS.items()
        },
        "examples": {name: example for entry in CATALOGUE.values() for name, example in _examples(entry)},
    }


def header_references(names: Iterable[str]) -> JsonObject:
    """Return the ``headers`` of a response that carries ``names``; another name raises KeyError."""
    listed = list(names)
    if unknown := set(listed) - _HEADERS.keys():
        raise KeyError(*unknown)
    return {name: {"$ref": f"#/components/headers/{name}"} for name in listed}


def parameter_reference(name: str) -> JsonObject:
    """Return a reference to the header parameter ``name``; another name raises KeyError."""
    if name not in _PARAMETERS:
        raise KeyError(name)
    return {"$ref": f"#/components/parameters/{name}"}


def _error_content(entries: Iterable[ErrorEntry]) -> JsonObject:
    """Return the ``content`` of a response that is one of ``entries``, in both forms."""
    listed = list(entries)
    return {
        "application/json": _body(ErrorBody, [entry.code.value for entry in listed], ""),
        "application/problem+json": _body(Problem, [entry.code.value for entry in listed], OF_PROBLEM),
    }


def by_status(codes: Iterable[AnyErrorCode]) -> dict[int, list[ErrorEntry]]:
    """Return the catalogue's entries of ``codes`` by their HTTP status."""
    entries: dict[int, list[ErrorEntry]] = defaultdict(list)
    for code in sorted(codes):
        entries[entry_for(code).status].append(entry_for(code))
    return entries


def error_response(description: str, entries: Iterable[ErrorEntry], headers: Iterable[str]) -> JsonObject:
    """Return a response that is one of ``entries``, in both forms, and carries ``headers``."""
    return {
        "description": description,
        "headers": header_references(headers),
        "content": _error_content(entries),
    }


def sendable_parameter(parameter: JsonObject) -> JsonObject:
    """Return ``parameter`` as it can really be sent: identifiers are bounded, and no query holds a null."""
    match parameter:
        case {"name": name} if name == REST_OF_PATH:
            return {
                **parameter,
                "description": "The service's path; several segments are allowed, but can't be expressed here.",
                "schema": _REST_OF_PATH,
            }
        case {"in": "path"}:
            return {**parameter, "schema": _IDENTIFIER}
        case {"in": "query", "schema": {"anyOf": [dict() as schema, {"type": "null"}]}}:
            return {**parameter, "schema": schema}
        case _:
            return parameter


def json_content(model: type[BaseModel]) -> JsonObject:
    """Return the ``content`` of a body that is JSON of ``model``."""
    return {"application/json": {"schema": {"$ref": f"{SCHEMAS}{model.__name__}"}}}


def schemas_of(model: type[BaseModel]) -> dict[str, JsonValue]:
    """Return the schema of ``model`` and of the models it refers to, by name."""
    schema = model.model_json_schema(ref_template=f"{SCHEMAS}{{model}}", mode="serialization")
    return {**schema.pop("$defs", {}), model.__name__: schema}


def tidy(part: object, *, within: str = "") -> object:
    """Return ``part`` of a description as generators read it best.

    Left out are the titles that pydantic makes of field names (``info`` keeps its own) and defaults of null. A value
    that may be null has its type and ``null`` in one list, where it isn't of a schema with a name.
    """
    match part:
        case {"anyOf": [{"type": str(kind)} as schema, {"type": "null"}], **members} if not _WORDS & schema.keys():
            return tidy({**members, **schema, "type": [kind, "null"]}, within=within)
        case dict():
            return {
                name: value if name in _VERBATIM else tidy(value, within=name)
                for name, value in part.items()
                if not (name == "title" and isinstance(value, str) and within != "info")
                and not (name == "default" and value is None)
            }
        case list():
            return [tidy(item) for item in part]
        case _:
            return part


def _body(model: type[BaseModel], codes: list[str], suffix: str) -> JsonObject:
    examples: JsonObject = {code: {"$ref": f"{EXAMPLES}{code}{suffix}"} for code in codes}
    return {"schema": {"$ref": f"{SCHEMAS}{model.__name__}"}, **({"examples": examples} if examples else {})}


def _examples(entry: ErrorEntry) -> Iterable[tuple[str, JsonValue]]:
    yield entry.code.value, {"summary": entry.title, "value": platform_example(entry)}
    yield f"{entry.code.value}{OF_PROBLEM}", {"summary": entry.title, "value": problem_example(entry)}


def objects_in(value: JsonValue) -> list[JsonObject]:
    """Return the objects of a JSON list; none of what is no list."""
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []
