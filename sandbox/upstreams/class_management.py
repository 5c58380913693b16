"""Class management: classes, their pupils, and which pupil wrote which essay. It looks at owners only to list."""

from http import HTTPStatus
from uuid import uuid4

from pydantic import BaseModel, Field, JsonValue
from quart import Quart, request

from common.contracts.notification import NotificationType
from sandbox.upstreams.application import add_outbox_controls, caller_id, json_body, parse_body, service_app
from sandbox.upstreams.classes import (
    SERVICE_NAME,
    ClassBody,
    ClassChange,
    Classes,
    StudentBody,
    StudentChange,
    parse_id,
)
from sandbox.upstreams.dials import CONTROL_PREFIX
from sandbox.upstreams.listener import Listener
from sandbox.upstreams.matching import Associations
from sandbox.upstreams.notifications import News, Notifier
from sandbox.upstreams.records import SchoolClass, Student, without_zone
from sandbox.upstreams.refusals import crash
from sandbox.upstreams.surroundings import Surroundings

DEFAULT_PAGE = 20


class Burst(BaseModel):
    """How many notifications a teacher is sent at once."""

    user_id: str
    count: int = Field(ge=1, le=500)


def class_management_app(around: Surroundings, listener: Listener) -> Quart:
    """Return class management."""
    app = service_app(SERVICE_NAME, listener)
    add_outbox_controls(app, around.notifier)
    _add_notification_control(app, around.notifier)
    classes, associations = Classes(around), Associations(around)
    _add_class_routes(app, classes)
    _add_student_routes(app, classes)

    @app.get("/v1/batches/<batch_id>/student-associations")
    async def tell_associations(batch_id: str) -> dict[str, JsonValue]:
        caller_id()
        return {"associations": associations.suggestions_for(parse_id(batch_id, "batch"))}

    @app.post("/v1/batches/<batch_id>/student-associations/confirm")
    async def confirm_associations(batch_id: str) -> dict[str, JsonValue]:
        caller_id()
        known = parse_id(batch_id, "batch")
        body = await json_body()
        if not isinstance(body, dict):
            crash()
        return associations.confirm(known, body)

    return app


def _add_notification_control(app: Quart, notifier: Notifier) -> None:
    """Have the service obey ``PUT /_sandbox/notifications``: send a teacher so many notifications."""

    @app.put(f"{CONTROL_PREFIX}notifications")
    async def send_notifications() -> dict[str, JsonValue]:
        burst = await parse_body(Burst)
        for number in range(1, burst.count + 1):
            notifier.tell(
                News(
                    type=NotificationType.STUDENT_ADDED_TO_CLASS,
                    teacher_id=burst.user_id,
                    correlation_id=str(uuid4()),
                    source=SERVICE_NAME,
                    class_id=str(uuid4()),
                    payload={"student_name": f"Elev {number}", "class_designation": "Try it"},
                )
            )
        return burst.model_dump(mode="json")


def _add_class_routes(app: Quart, classes: Classes) -> None:
    @app.get("/v1/classes/")
    async def list_classes() -> dict[str, JsonValue]:
        own = classes.owned_by(caller_id())
        limit, offset = request.args.get("limit", DEFAULT_PAGE, type=int), request.args.get("offset", 0, type=int)
        page: list[JsonValue] = [list_entry(classes, one) for one in own[offset : offset + limit]]
        return {"classes": page, "pagination": {"limit": limit, "offset": offset, "returned": len(page)}}

    @app.post("/v1/classes/")
    async def create_class() -> tuple[dict[str, JsonValue], int]:
        created = classes.create(caller_id(), await parse_body(ClassBody))
        return {"id": created.class_id, "name": created.name}, HTTPStatus.CREATED

    @app.get("/v1/classes/<class_id>")
    async def show_class(class_id: str) -> dict[str, JsonValue]:
        caller_id()
        return shown(classes.find_class(class_id))

    @app.put("/v1/classes/<class_id>")
    async def change_class(class_id: str) -> dict[str, JsonValue]:
        caller_id()
        return shown(classes.change(class_id, await parse_body(ClassChange)))

    @app.delete("/v1/classes/<class_id>")
    async def remove_class(class_id: str) -> dict[str, JsonValue]:
        caller_id()
        classes.remove(class_id)
        return {"message": "Class deleted successfully"}


def _add_student_routes(app: Quart, classes: Classes) -> None:
    @app.post("/v1/classes/students")
    async def add_student() -> tuple[dict[str, JsonValue], int]:
        caller_id()
        student = classes.add_student(await parse_body(StudentBody))
        return {"id": student.student_id, "full_name": student.name}, HTTPStatus.CREATED

    @app.get("/v1/classes/students/<student_id>")
    async def show_student(student_id: str) -> dict[str, JsonValue]:
        caller_id()
        return shown_student(classes.find_student(student_id))

    @app.put("/v1/classes/students/<student_id>")
    async def change_student(student_id: str) -> dict[str, JsonValue]:
        caller_id()
        return shown_student(classes.change_student(student_id, await parse_body(StudentChange)))

    @app.delete("/v1/classes/students/<student_id>")
    async def remove_student(student_id: str) -> dict[str, JsonValue]:
        caller_id()
        classes.remove_student(student_id)
        return {"message": "Student deleted successfully"}


def list_entry(classes: Classes, school_class: SchoolClass) -> dict[str, JsonValue]:
    """Return a class as the list shows it."""
    return {
        **shown(school_class),
        "student_count": classes.student_count(school_class),
        "created_at": without_zone(school_class.created_at),
    }


def shown(school_class: SchoolClass) -> dict[str, JsonValue]:
    """Return a class by itself."""
    return {"id": school_class.class_id, "name": school_class.name, "course_code": school_class.course_code}


def shown_student(student: Student) -> dict[str, JsonValue]:
    """Return a pupil as the dashboard gets it."""
    return {
        "id": student.student_id,
        "first_name": student.first_name,
        "last_name": student.last_name,
        "email": student.email,
        "class_ids": [*student.class_ids],
    }
