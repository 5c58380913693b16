"""The operations of the OpenAPI description: the routes', completed with what quart-schema can't know, and services'.

Services' are those behind the routes that pass requests on, where what they take and answer is known.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from types import MappingProxyType
from typing import cast

from pydantic import BaseModel, JsonValue
from werkzeug.routing.rules import Rule

from api_gateway.middleware.authentication import PUBLIC_ROUTES
from api_gateway.middleware.idempotency import KEY_HEADER, KEYED_ROUTES, REPLAYED_HEADER
from api_gateway.middleware.path_checks import REST_OF_PATH
from api_gateway.middleware.rate_limit import rate_class_of
from api_gateway.openapi.components import (
    ERROR_CODE_HEADER,
    ETAG_HEADER,
    IF_NONE_MATCH,
    SCHEMAS,
    TIMING_HEADER,
    JsonObject,
    by_status,
    error_response,
    header_references,
    json_content,
    parameter_reference,
    schemas_of,
    sendable_parameter,
)
from api_gateway.routes.route_docs import ANY_ROUTE, KEYED, LIMITED, PROTECTED, WITH_PARAMETERS, RouteDocs
from api_gateway.schemas.classes import (
    ClassChange,
    ClassesQuery,
    ClassPage,
    CreatedClass,
    CreatedStudent,
    NewClass,
    NewStudent,
    Removed,
    SchoolClass,
    Student,
    StudentChange,
)
from api_gateway.schemas.services import DashboardQuery, TeacherDashboard
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
    if any(parameter["name"] != REST_OF_PATH for parameter in _objects(operation["parameters"])):
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
    own: list[JsonValue] = [sendable_parameter(parameter) for parameter in _objects(operation["parameters"])]
    shared = [CORRELATION_HEADER]
    if (method.upper(), rule.rule) in KEYED_ROUTES:
        shared.append(KEY_HEADER)
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


def _objects(value: JsonValue) -> list[JsonObject]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


_CLASSES = "/v1/classes"
_BELOW_CLASSES = "/v1/classes/{path}"
_STUDENTS = "/v1/classes/students"
_STUDENT = "/v1/classes/students/{student_id}"
_DASHBOARD = "/bff/v1/teacher/dashboard"
_BELOW_TEACHER = "/bff/v1/teacher/{path}"
_PATH_PARAMETER = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True, slots=True)
class ServiceOperation:
    """One operation of a service behind the gateway: ``method`` in lower case, and ``path`` where clients call it.

    ``response`` is the model of its success, ``query`` of its query parameters, ``body`` of its request body.
    """

    method: str
    path: str
    name: str
    summary: str
    response: type[BaseModel]
    query: type[BaseModel] | None = None
    body: type[BaseModel] | None = None

    @property
    def status(self) -> HTTPStatus:
        """Of its success."""
        return HTTPStatus.CREATED if self.method == "post" else HTTPStatus.OK


SERVICE_OPERATIONS: Mapping[str, tuple[ServiceOperation, ...]] = MappingProxyType(
    {
        _CLASSES: (
            ServiceOperation(
                "get", _CLASSES, "list_classes", "List the caller's classes, a page at a time.", ClassPage, ClassesQuery
            ),
            ServiceOperation("post", _CLASSES, "create_class", "Create a class.", CreatedClass, body=NewClass),
        ),
        _BELOW_CLASSES: (
            ServiceOperation(
                "post",
                _STUDENTS,
                "add_student",
                "Add a pupil, optionally to classes.",
                CreatedStudent,
                body=NewStudent,
            ),
            ServiceOperation("get", _STUDENT, "student", "Show a pupil.", Student),
            ServiceOperation("put", _STUDENT, "change_student", "Change a pupil.", Student, body=StudentChange),
            ServiceOperation("delete", _STUDENT, "student", "Remove a pupil.", Removed),
            ServiceOperation("get", _BELOW_CLASSES, "class", "Show a class; the path is its id.", SchoolClass),
            ServiceOperation(
                "put",
                _BELOW_CLASSES,
                "change_class",
                "Change a class; the path is its id.",
                SchoolClass,
                body=ClassChange,
            ),
            ServiceOperation("delete", _BELOW_CLASSES, "class", "Remove a class; the path is its id.", Removed),
        ),
        _BELOW_TEACHER: (
            ServiceOperation(
                "get",
                _DASHBOARD,
                "teacher_dashboard",
                "Show the caller's batches as cards.",
                TeacherDashboard,
                DashboardQuery,
            ),
        ),
    }
)
"""By the path of the gateway's route that passes them on; what lies below a prefix stands before the prefix itself."""


def describe_services(described: dict[str, dict[str, dict[str, object]]]) -> None:
    """Add to ``described`` what the services take and answer; whatever else they know stays described by its prefix."""
    schemas, paths = described["components"]["schemas"], described["paths"]
    for route, operations in SERVICE_OPERATIONS.items():
        for service in operations:
            schemas |= schemas_of(service.response)
            schemas |= schemas_of(service.body) if service.body else {}
            schemas |= _schema(service.query).get("$defs", {}) if service.query else {}
            passed_on = cast("JsonObject", paths[route][service.method])
            paths.setdefault(service.path, {})[service.method] = _service_operation(service, passed_on, route)


def _service_operation(service: ServiceOperation, passed_on: JsonObject, route: str) -> JsonObject:
    """Return ``passed_on``, the operation of the gateway's ``route``, with what is known of the service's."""
    responses = cast("dict[str, JsonObject]", passed_on["responses"])
    known: JsonObject = {
        str(service.status.value): {
            "description": (service.response.__doc__ or "").splitlines()[0],
            "headers": responses["2XX"]["headers"],
            "content": json_content(service.response),
        }
    }
    return {
        **passed_on,
        "operationId": f"{service.method}_{service.name}",
        "summary": service.summary,
        "parameters": [*_service_parameters(service, passed_on, route)],
        "responses": known | {status: response for status, response in responses.items() if status != "2XX"},
        **({"requestBody": {"required": True, "content": json_content(service.body)}} if service.body else {}),
    }


def _service_parameters(service: ServiceOperation, passed_on: JsonObject, route: str) -> Iterator[JsonObject]:
    if service.path != route:
        for name in _PATH_PARAMETER.findall(service.path):
            yield sendable_parameter({"name": name, "in": "path", "required": True})
    if service.query is not None:
        for name, schema in _schema(service.query)["properties"].items():
            text = schema.pop("description")
            parameter: JsonObject = {"name": name, "in": "query", "required": False, "schema": schema}
            yield sendable_parameter(parameter | {"description": text})
    shared = _objects(passed_on["parameters"])
    yield from (each for each in shared if service.path == route or each.get("in") != "path")


def _schema(model: type[BaseModel]) -> dict[str, dict[str, JsonObject]]:
    schema: dict[str, dict[str, JsonObject]] = model.model_json_schema(ref_template=f"{SCHEMAS}{{model}}")
    return schema
