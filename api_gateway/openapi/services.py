"""What the platform's services take and answer behind the routes that pass requests on, where it is known."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from types import MappingProxyType
from typing import cast

from pydantic import BaseModel

from api_gateway.openapi.components import (
    SCHEMAS,
    JsonObject,
    json_content,
    objects_in,
    schemas_of,
    sendable_parameter,
)
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
    shared = objects_in(passed_on["parameters"])
    yield from (each for each in shared if service.path == route or each.get("in") != "path")


def _schema(model: type[BaseModel]) -> dict[str, dict[str, JsonObject]]:
    schema: dict[str, dict[str, JsonObject]] = model.model_json_schema(ref_template=f"{SCHEMAS}{{model}}")
    return schema
