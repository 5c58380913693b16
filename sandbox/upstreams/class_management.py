"""Class management: classes, their pupils, and which pupil wrote which essay."""

from pydantic import JsonValue
from quart import Quart

from sandbox.upstreams.application import body_as, owned_batch, service_app
from sandbox.upstreams.classes import SERVICE_NAME, ClassBody, ClassChange, Classes, StudentBody
from sandbox.upstreams.listener import Listener
from sandbox.upstreams.matching import Confirmation, associations, known_student
from sandbox.upstreams.records import SchoolClass, Student
from sandbox.upstreams.surroundings import Surroundings


def class_management_app(around: Surroundings, listener: Listener) -> Quart:
    """Return class management."""
    app = service_app(SERVICE_NAME, listener)
    classes = Classes(around)
    _add_class_routes(app, classes)
    _add_student_routes(app, classes)

    @app.get("/v1/batches/<batch_id>/student-associations")
    async def tell_associations(batch_id: str) -> dict[str, JsonValue]:
        batch = owned_batch(around.platform, batch_id)
        return associations(batch, classes.of(batch))

    @app.post("/v1/batches/<batch_id>/student-associations/confirm")
    async def confirm_associations(batch_id: str) -> dict[str, JsonValue]:
        confirmation = await body_as(Confirmation)
        batch = owned_batch(around.platform, batch_id)
        return {"batch_id": batch_id, "confirmed": classes.confirm(batch, confirmation), "status": "confirmed"}

    return app


def _add_class_routes(app: Quart, classes: Classes) -> None:
    @app.get("/v1/classes")
    async def list_classes() -> dict[str, JsonValue]:
        return {"classes": [shown(one) for one in classes.own()]}

    @app.post("/v1/classes")
    async def create_class() -> tuple[dict[str, JsonValue], int]:
        return shown(classes.create(await body_as(ClassBody))), 201

    @app.get("/v1/classes/<class_id>")
    async def show_class(class_id: str) -> dict[str, JsonValue]:
        return shown(classes.known(class_id))

    @app.route("/v1/classes/<class_id>", methods=["PUT", "PATCH"])
    async def change_class(class_id: str) -> dict[str, JsonValue]:
        changed = classes.known(class_id)
        changed.name = (await body_as(ClassChange)).name
        return shown(changed)

    @app.delete("/v1/classes/<class_id>")
    async def remove_class(class_id: str) -> tuple[str, int]:
        classes.remove(class_id)
        return "", 204


def _add_student_routes(app: Quart, classes: Classes) -> None:
    @app.get("/v1/classes/<class_id>/students")
    async def list_students(class_id: str) -> dict[str, JsonValue]:
        return {"students": [shown_student(one) for one in classes.known(class_id).students.values()]}

    @app.post("/v1/classes/<class_id>/students")
    async def add_student(class_id: str) -> tuple[dict[str, JsonValue], int]:
        return shown_student(classes.add_student(class_id, await body_as(StudentBody))), 201

    @app.get("/v1/classes/<class_id>/students/<student_id>")
    async def show_student(class_id: str, student_id: str) -> dict[str, JsonValue]:
        return shown_student(known_student(classes.known(class_id), student_id))

    @app.put("/v1/classes/<class_id>/students/<student_id>")
    async def change_student(class_id: str, student_id: str) -> dict[str, JsonValue]:
        body = await body_as(StudentBody)
        student = known_student(classes.known(class_id), student_id)
        student.first_name, student.last_name, student.email = body.first_name, body.last_name, body.email
        return shown_student(student)

    @app.delete("/v1/classes/<class_id>/students/<student_id>")
    async def remove_student(class_id: str, student_id: str) -> tuple[str, int]:
        school_class = classes.known(class_id)
        del school_class.students[known_student(school_class, student_id).student_id]
        return "", 204


def shown(school_class: SchoolClass) -> dict[str, JsonValue]:
    """Return a class as the dashboard gets it."""
    return {
        "class_id": school_class.class_id,
        "name": school_class.name,
        "course_code": school_class.course_code,
        "student_count": len(school_class.students),
        "created_at": school_class.created_at.isoformat(),
    }


def shown_student(student: Student) -> dict[str, JsonValue]:
    """Return a pupil as the dashboard gets it."""
    return {
        "student_id": student.student_id,
        "first_name": student.first_name,
        "last_name": student.last_name,
        "email": student.email,
    }
