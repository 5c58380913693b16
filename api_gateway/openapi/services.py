"""What the platform's services take and answer behind the routes that pass requests on, where it is known."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from http import HTTPStatus
from typing import cast

from pydantic import BaseModel, JsonValue

from api_gateway.openapi.components import SCHEMAS, JsonObject, schemas_of
from api_gateway.openapi.operations import as_sent
from api_gateway.schemas import classes
from api_gateway.schemas.services import DashboardQuery, TeacherDashboard

_CLASSES = "/v1/classes"
_BELOW_CLASSES = "/v1/classes/{path}"
_STUDENTS = "/v1/classes/students"
_STUDENT = "/v1/classes/students/{student_id}"
_DASHBOARD = "/bff/v1/teacher/dashboard"
_BELOW_TEACHER = "/bff/v1/teacher/{path}"
_TEMPLATED = re.compile(r"\{(\w+)\}")
_REFERENCE = f"{SCHEMAS}{{model}}"


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceOperation:
    """One operation of a service behind the gateway.

    Attributes:
        method: lower case.
        path: where clients call it.
        route: the path of the gateway's route that passes it on.
        name: its operationId.
        summary: what it does.
        query: the model of its query parameters.
        body: the model of its request body.
        status: of its success.
        answer: the model of its success.
    """

    method: str
    path: str
    route: str
    name: str
    summary: str
    answer: type[BaseModel]
    query: type[BaseModel] | None = None
    body: type[BaseModel] | None = None
    status: HTTPStatus = HTTPStatus.OK

    @property
    def models(self) -> Iterator[type[BaseModel]]:
        """The models whose schemas the operation refers to."""
        yield self.answer
        if self.body is not None:
            yield self.body


KNOWN = (
    ServiceOperation(
        method="get",
        path=_CLASSES,
        route=_CLASSES,
        name="get_list_classes",
        summary="List the caller's classes, a page at a time.",
        query=classes.ClassesQuery,
        answer=classes.ClassPage,
    ),
    ServiceOperation(
        method="post",
        path=_CLASSES,
        route=_CLASSES,
        name="post_create_class",
        summary="Create a class.",
        body=classes.NewClass,
        status=HTTPStatus.CREATED,
        answer=classes.CreatedClass,
    ),
    ServiceOperation(
        method="post",
        path=_STUDENTS,
        route=_BELOW_CLASSES,
        name="post_add_student",
        summary="Add a pupil, to classes if some are named.",
        body=classes.NewStudent,
        status=HTTPStatus.CREATED,
        answer=classes.CreatedStudent,
    ),
    ServiceOperation(
        method="get",
        path=_STUDENT,
        route=_BELOW_CLASSES,
        name="get_student",
        summary="Show a pupil.",
        answer=classes.Student,
    ),
    ServiceOperation(
        method="put",
        path=_STUDENT,
        route=_BELOW_CLASSES,
        name="put_change_student",
        summary="Change a pupil.",
        body=classes.StudentChange,
        answer=classes.Student,
    ),
    ServiceOperation(
        method="delete",
        path=_STUDENT,
        route=_BELOW_CLASSES,
        name="delete_student",
        summary="Remove a pupil.",
        answer=classes.Removed,
    ),
    ServiceOperation(
        method="get",
        path=_BELOW_CLASSES,
        route=_BELOW_CLASSES,
        name="get_class",
        summary="Show a class: the path is its id.",
        answer=classes.SchoolClass,
    ),
    ServiceOperation(
        method="put",
        path=_BELOW_CLASSES,
        route=_BELOW_CLASSES,
        name="put_change_class",
        summary="Change a class: the path is its id.",
        body=classes.ClassChange,
        answer=classes.SchoolClass,
    ),
    ServiceOperation(
        method="delete",
        path=_BELOW_CLASSES,
        route=_BELOW_CLASSES,
        name="delete_class",
        summary="Remove a class: the path is its id.",
        answer=classes.Removed,
    ),
    ServiceOperation(
        method="get",
        path=_DASHBOARD,
        route=_BELOW_TEACHER,
        name="get_teacher_dashboard",
        summary="Show the caller's batches as cards.",
        query=DashboardQuery,
        answer=TeacherDashboard,
    ),
)
"""In the order in which they are described; what lies below a prefix in front of the prefix itself."""


def describe_services(described: dict[str, dict[str, dict[str, object]]]) -> None:
    """Add to ``described`` what the services take and answer; whatever else they know stays described by its prefix."""
    for known in KNOWN:
        relayed = cast("JsonObject", described["paths"][known.route][known.method])
        for model in known.models:
            described["components"]["schemas"] |= schemas_of(model)
        if known.query is not None:
            described["components"]["schemas"] |= known.query.model_json_schema(ref_template=_REFERENCE).get(
                "$defs", {}
            )
        described["paths"].setdefault(known.path, {})[known.method] = _operation(known, relayed)


def _operation(known: ServiceOperation, relayed: JsonObject) -> JsonObject:
    responses = cast("dict[str, JsonObject]", relayed["responses"])
    done: JsonObject = {
        **relayed,
        "operationId": known.name,
        "summary": known.summary,
        "parameters": [*_parameters(known, cast("list[JsonObject]", relayed["parameters"]))],
        "responses": {
            str(known.status.value): {
                "description": (known.answer.__doc__ or "").splitlines()[0],
                "headers": responses["2XX"]["headers"],
                "content": _content(known.answer),
            },
            **{status: response for status, response in responses.items() if status != "2XX"},
        },
    }
    if known.body is not None:
        done["requestBody"] = {"required": True, "content": _content(known.body)}
    return done


def _parameters(known: ServiceOperation, relayed: list[JsonObject]) -> Iterator[JsonObject]:
    kept = [each for each in relayed if known.path == known.route or each.get("in") != "path"]
    if known.path != known.route:
        for name in _TEMPLATED.findall(known.path):
            yield as_sent({"name": name, "in": "path", "required": True})
    if known.query is not None:
        schemas: dict[str, JsonObject] = known.query.model_json_schema(ref_template=_REFERENCE)["properties"]
        for name, schema in schemas.items():
            told = {member: value for member, value in schema.items() if member != "description"}
            described: JsonObject = {"name": name, "in": "query", "required": False, "schema": told}
            yield as_sent(described | {"description": schema["description"]})
    yield from kept


def _content(model: type[BaseModel]) -> dict[str, JsonValue]:
    return {"application/json": {"schema": {"$ref": f"{SCHEMAS}{model.__name__}"}}}
