"""The operations of the OpenAPI description: the routes', completed with what quart-schema can't know."""

from collections.abc import Iterable
from http import HTTPStatus

from pydantic import JsonValue
from werkzeug.routing.rules import Rule

from api_gateway.middleware.authentication import PUBLIC_ROUTES
from api_gateway.middleware.idempotency import KEY_HEADER, KEYED_ROUTES, REPLAYED_HEADER
from api_gateway.middleware.path_checks import REST_OF_PATH
from api_gateway.middleware.rate_limit import rate_class_of
from api_gateway.openapi.components import (
    ACCEPT_LANGUAGE,
    ERROR_CODE_HEADER,
    ETAG_HEADER,
    IF_NONE_MATCH,
    LANGUAGE_HEADER,
    TIMING_HEADER,
    JsonObject,
    by_status,
    error_response,
    header_references,
    objects_in,
    parameter_reference,
    sendable_parameter,
)
from api_gateway.routes.route_docs import ANY_ROUTE, KEYED, LIMITED, PROTECTED, WITH_PARAMETERS, RouteDocs
from common.correlation import CORRELATION_HEADER
from common.errors.codes import AnyErrorCode, ErrorCode
from common.web.serving.health import HEALTH_PATHS

BEARER = "bearer"
METHODS_WITH_BODY = frozenset({"post", "put", "patch"})
ERROR_HEADERS = (CORRELATION_HEADER, TIMING_HEADER, ERROR_CODE_HEADER, "Link")
LIMIT_HEADERS = ("RateLimit", "RateLimit-Policy")
HEADERS_OF_STATUS = {
    HTTPStatus.UNAUTHORIZED: ("WWW-Authenticate",),
    HTTPStatus.UNSUPPORTED_MEDIA_TYPE: ("Accept",),
    HTTPStatus.CONFLICT: ("Retry-After",),
    HTTPStatus.TOO_MANY_REQUESTS: (*LIMIT_HEADERS, "Retry-After"),
    HTTPStatus.BAD_GATEWAY: ("Proxy-Status",),
    HTTPStatus.SERVICE_UNAVAILABLE: ("Proxy-Status", "Retry-After"),
    HTTPStatus.GATEWAY_TIMEOUT: ("Proxy-Status",),
}


def complete_operation(operation: JsonObject, method: str, rule: Rule, docs: RouteDocs) -> JsonObject:
    """Return ``operation`` with its security, parameters, limits and every way it can end.

    Args:
        operation: what quart-schema made from the models.
        method: the HTTP method, lower case.
        rule: where the route is.
        docs: what the route says about itself.
    """
    done: JsonObject = {
        **operation,
        "parameters": _parameters(operation, method, rule, docs),
        "security": _security(rule, docs),
        "responses": _responses(operation, method, rule, docs),
    }
    if rule.rule not in HEALTH_PATHS:
        rate_class = rate_class_of(method.upper(), rule.rule).value
        counted = f"Counts as `{rate_class}` for the rate limit."
        done["description"] = f"{operation.get('description') or ''}\n\n{counted}".strip()
        done["x-rate-class"] = rate_class
    if docs.body is not None and method in METHODS_WITH_BODY:
        done["requestBody"] = docs.body
    if isinstance(body := done.get("requestBody"), dict) and docs.body is None:
        done["requestBody"] = {**body, "required": not docs.body_optional}
    return done


def codes_of(operation: JsonObject, method: str, rule: Rule, docs: RouteDocs) -> frozenset[AnyErrorCode]:
    """Return every code of our own that ``method`` on ``rule`` can end in."""
    codes = docs.errors | ANY_ROUTE
    if rule.rule in HEALTH_PATHS:
        return codes - {ErrorCode.SERVICE_UNAVAILABLE}
    codes |= LIMITED
    if rule.rule not in PUBLIC_ROUTES:
        codes |= PROTECTED
    if any(parameter["name"] != REST_OF_PATH for parameter in objects_in(operation["parameters"])):
        codes |= WITH_PARAMETERS
    return codes | KEYED if (method.upper(), rule.rule) in KEYED_ROUTES else codes


def has_etag(method: str, rule: Rule, docs: RouteDocs) -> bool:
    """Tell whether answers can be asked for conditionally."""
    return method == "get" and (rule.rule not in PUBLIC_ROUTES or ETAG_HEADER in docs.headers)


def _security(rule: Rule, docs: RouteDocs) -> list[JsonValue]:
    if docs.bearer_optional:
        return [{}, {BEARER: []}]
    return [] if rule.rule in PUBLIC_ROUTES else [{BEARER: []}]


def _parameters(operation: JsonObject, method: str, rule: Rule, docs: RouteDocs) -> list[JsonValue]:
    own: list[JsonValue] = [sendable_parameter(parameter) for parameter in objects_in(operation["parameters"])]
    shared = [CORRELATION_HEADER]
    if (method.upper(), rule.rule) in KEYED_ROUTES:
        shared.append(KEY_HEADER)
    if LANGUAGE_HEADER in docs.headers:
        shared.append(ACCEPT_LANGUAGE)
    if has_etag(method, rule, docs):
        shared.append(IF_NONE_MATCH)
    return own + [parameter_reference(name) for name in shared]


def _responses(operation: JsonObject, method: str, rule: Rule, docs: RouteDocs) -> JsonObject:
    responses: JsonObject = {}
    headers = _headers_of_success(method, rule, docs)
    for status, response in _own_responses(operation, docs):
        responses[status] = {**response, "headers": header_references(headers)}
    if has_etag(method, rule, docs):
        responses["304"] = {"description": "Nothing changed.", "headers": header_references(headers)}
    if docs.relays:
        responses["4XX"] = error_response(
            "The service behind the gateway refused the request, with its own code.", (), ERROR_HEADERS
        )
        responses["5XX"] = error_response(
            "The service behind the gateway failed, with its own code.", (), ERROR_HEADERS
        )
    for status_code, entries in by_status(codes_of(operation, method, rule, docs)).items():
        text = "\n".join(f"- `{entry.code}`: {entry.meaning}" for entry in entries)
        more = HEADERS_OF_STATUS.get(HTTPStatus(status_code), ())
        responses[str(status_code)] = error_response(text, entries, (*ERROR_HEADERS, *more))
    return dict(sorted(responses.items()))


def _own_responses(operation: JsonObject, docs: RouteDocs) -> Iterable[tuple[str, JsonObject]]:
    """Yield the successes: those of the models, those of other media types, and what is passed on."""
    modelled = operation["responses"]
    described = {str(status): response for status, response in modelled.items()} if isinstance(modelled, dict) else {}
    pages: JsonObject = {media: {"schema": {"type": "string"}} for media in docs.media}
    for status, response in described.items():
        if isinstance(response, dict) and isinstance(content := response["content"], dict):
            yield status, {**response, "content": {**content, **pages}}
    if described:
        return
    if docs.relays:
        yield "2XX", {"description": f"The response of {docs.relays}.", "content": {"application/json": {"schema": {}}}}
    else:
        yield "200", {"description": docs.answer, "content": pages}


def _headers_of_success(method: str, rule: Rule, docs: RouteDocs) -> tuple[str, ...]:
    if rule.rule in HEALTH_PATHS:
        return (CORRELATION_HEADER, TIMING_HEADER)
    tag = (ETAG_HEADER,) if has_etag(method, rule, docs) else ()
    replayed = (REPLAYED_HEADER,) if (method.upper(), rule.rule) in KEYED_ROUTES else ()
    own = (name for name in docs.headers if name != ETAG_HEADER)
    return (CORRELATION_HEADER, TIMING_HEADER, *LIMIT_HEADERS, *tag, *replayed, *own)
