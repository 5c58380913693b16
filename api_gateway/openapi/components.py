"""What the operations of the OpenAPI description share: headers, parameters, the errors' bodies and examples."""

from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import cast

from pydantic import BaseModel, JsonValue

from api_gateway.middleware.idempotency import KEY_HEADER, MAX_KEY_LENGTH, REPLAYED_HEADER
from api_gateway.middleware.rate_limit import rate_headers
from api_gateway.pages.error_examples import house_example, problem_example
from api_gateway.ports import RateClass, RateDecision, RatePolicy
from api_gateway.schemas.errors import ErrorBody, Problem
from api_gateway.upstream.ports import UpstreamName
from api_gateway.upstream.transport_errors import ProxyError, no_answer
from common.correlation import CORRELATION_HEADER
from common.errors.catalogue import CATALOGUE, ErrorEntry
from common.errors.challenges import AuthReason, challenge_for

JsonObject = dict[str, JsonValue]

SCHEMAS = "#/components/schemas/"
_EXAMPLES = "#/components/examples/"
OF_PROBLEM = ".problem"
"""Ends the name of a code's example in RFC 9457's form."""

IF_NONE_MATCH = "If-None-Match"
ERROR_CODE_HEADER = "X-Error-Code"
ETAG_HEADER = "ETag"
TIMING_HEADER = "Server-Timing"

_VERBATIM = frozenset({"example", "examples", "value", "default", "const", "enum"})
"""What holds data of ours and not more description."""

_WORDS = frozenset({"const", "enum"})
"""What lists the values of a schema; null would have to stand among them."""

_TEXT: JsonObject = {"type": "string"}
_RATE = dict(
    rate_headers(RatePolicy(RateClass.REQUESTS, quota=100), RateDecision(allowed=True, remaining=99, reset_s=1))
)

_HEADERS: Mapping[str, tuple[JsonObject, str, JsonValue]] = MappingProxyType(
    {
        CORRELATION_HEADER: (
            {"type": "string", "format": "uuid"},
            "Ties together everything done for this request; quote it when you report a problem.",
            "6f0d1f64-3c1c-4f5e-9a0e-0f5b0c0d7a11",
        ),
        "RateLimit": (
            _TEXT,
            "What is left: policy, requests that fit now (`r`), seconds until the whole budget is back (`t`).",
            _RATE["RateLimit"],
        ),
        "RateLimit-Policy": (
            _TEXT,
            "The budget: policy, requests (`q`) in so many seconds (`w`).",
            _RATE["RateLimit-Policy"],
        ),
        "Retry-After": ({"type": "integer", "minimum": 1}, "Seconds to wait before the next try.", 3),
        ERROR_CODE_HEADER: (_TEXT, "The body's `code`, for those who read no body.", "RATE_LIMIT"),
        "Link": (_TEXT, "Where the code is explained.", '</v1/errors/RATE_LIMIT>; rel="describedby"'),
        "WWW-Authenticate": (
            _TEXT,
            "The challenge of RFC 6750; `details.reason` says more.",
            challenge_for(AuthReason.TOKEN_INVALID),
        ),
        "Proxy-Status": (
            _TEXT,
            "What went wrong between the gateway and a service behind it (RFC 9209).",
            no_answer(UpstreamName.RAS, ProxyError.ANSWER_TIMEOUT)["Proxy-Status"],
        ),
        "Location": (
            {"type": "string", "format": "uri-reference"},
            "Where to follow the work.",
            "/v1/batches/1/status",
        ),
        REPLAYED_HEADER: (
            {"type": "string", "const": "true"},
            "There when the answer is the stored one of an earlier request with this key.",
            "true",
        ),
        ETAG_HEADER: (_TEXT, "What the answer looked like; send it back in `If-None-Match`.", '"5f3a1c"'),
        TIMING_HEADER: (
            _TEXT,
            "Where the time went, in milliseconds: here, and at the services behind.",
            "gateway;dur=1.4, upstream;dur=12.6",
        ),
        "Accept": (_TEXT, "The media types the route takes.", "application/json"),
    }
)

_PARAMETERS: Mapping[str, tuple[JsonObject, str]] = MappingProxyType(
    {
        CORRELATION_HEADER: (
            _TEXT,
            "A UUID of the caller's own for this request; anything else is replaced.",
        ),
        KEY_HEADER: (
            {"type": "string", "minLength": 1, "maxLength": MAX_KEY_LENGTH, "pattern": "^[!#-~]+$"},
            "Makes a repeat safe: the same key and body get the stored answer for 24 hours, nothing is done twice.",
        ),
        IF_NONE_MATCH: (_TEXT, "An `ETag` the caller has; 304 without a body when nothing changed."),
    }
)


def shared_components() -> dict[str, JsonObject]:
    """Return the sections of ``components`` beside the operations' own schemas."""
    return {
        "schemas": {**schemas_of(ErrorBody), **schemas_of(Problem)},
        "headers": {
            name: {"description": told, "schema": schema, "example": example}
            for name, (schema, told, example) in _HEADERS.items()
        },
        "parameters": {
            name: {"name": name, "in": "header", "required": False, "description": told, "schema": schema}
            for name, (schema, told) in _PARAMETERS.items()
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


def error_content(entries: Iterable[ErrorEntry]) -> JsonObject:
    """Return the ``content`` of a response that is one of ``entries``, in both forms."""
    listed = list(entries)
    return {
        "application/json": _body(ErrorBody, [entry.code.value for entry in listed], ""),
        "application/problem+json": _body(Problem, [entry.code.value for entry in listed], OF_PROBLEM),
    }


def schemas_of(model: type[BaseModel]) -> dict[str, JsonValue]:
    """Return the schema of ``model`` and of the models it refers to, by name."""
    schema = model.model_json_schema(ref_template=f"{SCHEMAS}{{model}}", mode="serialization")
    return {**schema.pop("$defs", {}), model.__name__: schema}


def share_errors(described: dict[str, dict[str, dict[str, object]]]) -> None:
    """Move the error responses of all operations to the components, each kind once, and refer to them there."""
    shared: dict[str, object] = described["components"].setdefault("responses", {})
    for path in described["paths"].values():
        for operation in path.values():
            responses = cast("dict[str, JsonObject]", cast("JsonObject", operation)["responses"])
            for status, response in responses.items():
                if ERROR_CODE_HEADER in cast("JsonObject", response["headers"]):
                    name = _name(status, response)
                    shared[name] = response
                    responses[status] = {"$ref": f"#/components/responses/{name}"}


def drop_unused_examples(described: dict[str, dict[str, dict[str, object]]]) -> None:
    """Remove the examples of codes that no operation ends in."""
    used = {reference.removeprefix(_EXAMPLES) for reference in _references(described)}
    examples = described["components"]["examples"]
    described["components"]["examples"] = {name: value for name, value in examples.items() if name in used}


def tidied(part: object, *, within: str = "") -> object:
    """Return ``part`` of a description as generators read it best.

    Left out are the titles that pydantic makes of field names (``info`` keeps its own) and defaults of null. A value
    that may be null has its type and ``null`` in one list, where it isn't of a schema with a name.
    """
    match part:
        case {"anyOf": [{"type": str(kind)} as schema, {"type": "null"}], **members} if not _WORDS & schema.keys():
            return tidied({**members, **schema, "type": [kind, "null"]}, within=within)
        case dict():
            return {
                name: value if name in _VERBATIM else tidied(value, within=name)
                for name, value in part.items()
                if not (name == "title" and isinstance(value, str) and within != "info")
                and not (name == "default" and value is None)
            }
        case list():
            return [tidied(item) for item in part]
        case _:
            return part


def _references(part: object) -> Iterator[str]:
    match part:
        case {"$ref": str(reference)}:
            yield reference
        case dict():
            for value in part.values():
                yield from _references(value)
        case list():
            for value in part:
                yield from _references(value)


def _name(status: str, response: JsonObject) -> str:
    content = cast("dict[str, dict[str, dict[str, JsonValue]]]", response["content"])
    return ".".join((status, *content["application/json"].get("examples", {})))


def _body(model: type[BaseModel], codes: list[str], suffix: str) -> JsonObject:
    examples: JsonObject = {code: {"$ref": f"#/components/examples/{code}{suffix}"} for code in codes}
    return {"schema": {"$ref": f"{SCHEMAS}{model.__name__}"}, **({"examples": examples} if examples else {})}


def _examples(entry: ErrorEntry) -> Iterable[tuple[str, JsonValue]]:
    yield entry.code.value, {"summary": entry.title, "value": house_example(entry)}
    yield f"{entry.code.value}{OF_PROBLEM}", {"summary": entry.title, "value": problem_example(entry)}
