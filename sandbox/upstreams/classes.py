"""The classes and pupils that class management keeps. Whose they are decides only what a list shows."""

from http import HTTPStatus
from typing import Annotated, NoReturn
from uuid import UUID

from pydantic import BaseModel, JsonValue, StringConstraints

from common.contracts.notification import NotificationType
from sandbox.upstreams.notifications import News
from sandbox.upstreams.records import SchoolClass, Student
from sandbox.upstreams.refusals import refuse, refuse_in_detail
from sandbox.upstreams.surroundings import Surroundings

SERVICE_NAME = "class_management_service"
COURSES = ("ENG5", "ENG6", "ENG7", "SV1", "SV2", "SV3")

Name = Annotated[str, StringConstraints(min_length=1, max_length=100)]


class ClassBody(BaseModel):
    """A class as the dashboard sends it."""

    name: Name
    course_codes: list[str]


class ClassChange(BaseModel):
    """What may change about a class."""

    name: Name | None = None
    course_codes: list[str] | None = None


class PersonName(BaseModel):
    """A pupil's name."""

    first_name: Name
    last_name: Name


class StudentBody(BaseModel):
    """A pupil as the dashboard sends it."""

    person_name: PersonName
    email: str | None = None
    class_ids: list[UUID] | None = None


class StudentChange(BaseModel):
    """What may change about a pupil."""

    person_name: PersonName | None = None
    email: str | None = None
    add_class_ids: list[UUID] | None = None
    remove_class_ids: list[UUID] | None = None


class Classes:
    """Every class and pupil."""

    def __init__(self, around: Surroundings) -> None:
        self._platform = around.platform
        self._notifier = around.notifier

    def owned_by(self, user_id: str) -> list[SchoolClass]:
        """Return a user's classes."""
        return [one for one in self._platform.classes.values() if one.user_id == user_id]

    def find_class(self, class_id: str) -> SchoolClass:
        """Return the class; its owner isn't checked.

        Raises:
            RefusedError: 400 for what can't be an id, 404.
        """
        found = self._platform.classes.get(parse_id(class_id, "class"))
        if found is None:
            refuse(HTTPStatus.NOT_FOUND, "Class not found")
        return found

    def create(self, user_id: str, body: ClassBody) -> SchoolClass:
        """Create a class and tell the teacher.

        Raises:
            RefusedError: 400 when it has more than one course, or an unknown one.
        """
        course = single_course(body.course_codes, operation="create_class")
        created = SchoolClass(user_id=user_id, name=body.name, course_code=course)
        self._platform.classes[created.class_id] = created
        payload: dict[str, JsonValue] = {
            "class_id": created.class_id,
            "class_designation": created.name,
            "course_codes": [course],
            "message": f"Class '{created.name}' created successfully",
        }
        self._tell(NotificationType.CLASS_CREATED, created, payload, correlation_id=created.class_id)
        return created

    def change(self, class_id: str, change: ClassChange) -> SchoolClass:
        """Change the class; its owner isn't checked.

        Raises:
            RefusedError: as :meth:`find_class` and :meth:`create`.
        """
        school_class = self.find_class(class_id)
        if change.course_codes is not None:
            school_class.course_code = single_course(change.course_codes, operation="update_class")
        school_class.name = change.name or school_class.name
        return school_class

    def remove(self, class_id: str) -> None:
        """Remove the class; its owner isn't checked."""
        del self._platform.classes[self.find_class(class_id).class_id]

    def student_count(self, school_class: SchoolClass) -> int:
        """Return how many pupils the class has."""
        return len(self._platform.students_of(school_class.class_id))

    def add_student(self, body: StudentBody) -> Student:
        """Add a pupil to classes and tell the first one's teacher.

        Raises:
            RefusedError: 400 when a class is unknown.
        """
        class_ids = self._existing([*map(str, body.class_ids or [])], operation="create_student")
        student = Student(**body.person_name.model_dump(), email=body.email, class_ids=class_ids)
        self._platform.students[student.student_id] = student
        if class_ids:
            school_class = self._platform.classes[class_ids[0]]
            payload: dict[str, JsonValue] = {
                "student_id": student.student_id,
                "student_name": student.name,
                "class_id": school_class.class_id,
                "class_designation": school_class.name,
                "message": f"Student '{student.name}' added to class '{school_class.name}'",
            }
            kind = NotificationType.STUDENT_ADDED_TO_CLASS
            self._tell(kind, school_class, payload, correlation_id=student.student_id)
        return student

    def find_student(self, student_id: str) -> Student:
        """Return a pupil.

        Raises:
            RefusedError: 400 for what can't be an id, 404.
        """
        found = self._platform.students.get(parse_id(student_id, "student"))
        if found is None:
            refuse(HTTPStatus.NOT_FOUND, "Student not found")
        return found

    def change_student(self, student_id: str, change: StudentChange) -> Student:
        """Change a pupil.

        Raises:
            RefusedError: as :meth:`find_student` and :meth:`add_student`.
        """
        student = self.find_student(student_id)
        added = self._existing([*map(str, change.add_class_ids or [])], operation="update_student")
        removed = {*map(str, change.remove_class_ids or [])}
        student.class_ids = [one for one in dict.fromkeys([*student.class_ids, *added]) if one not in removed]
        if change.person_name is not None:
            student.first_name, student.last_name = change.person_name.first_name, change.person_name.last_name
        student.email = change.email or student.email
        return student

    def remove_student(self, student_id: str) -> None:
        """Remove a pupil."""
        del self._platform.students[self.find_student(student_id).student_id]

    def _existing(self, class_ids: list[str], *, operation: str) -> list[str]:
        for class_id in class_ids:
            if class_id not in self._platform.classes:
                _refuse("CLASS_NOT_FOUND", f"Class {class_id} not found", operation, {"class_id": class_id})
        return class_ids

    def _tell(
        self, kind: NotificationType, school_class: SchoolClass, payload: dict[str, JsonValue], *, correlation_id: str
    ) -> None:
        self._notifier.tell(
            News(
                type=kind,
                teacher_id=school_class.user_id,
                correlation_id=correlation_id,
                source=SERVICE_NAME,
                class_id=school_class.class_id,
                payload=payload,
            )
        )


def single_course(course_codes: list[str], *, operation: str) -> str:
    """Return the one course of a class.

    Raises:
        RefusedError: 400 when there is another number of them, or it is unknown.
    """
    if len(course_codes) > 1:
        message = f"Multiple courses provided ({', '.join(course_codes)}), but only one course per class is supported"
        _refuse("MULTIPLE_COURSE_ERROR", message, operation, {"provided_course_codes": [*course_codes]})
    code = course_codes[0] if course_codes else ""
    if code not in COURSES:
        _refuse("COURSE_NOT_FOUND", f"Course with code '{code}' not found", operation, {"course_code": code})
    return code


def parse_id(text: str, kind: str) -> str:
    """Return an id as the database spells it.

    Raises:
        RefusedError: 400 when it is no UUID.
    """
    try:
        return str(UUID(text))
    except ValueError:
        refuse(HTTPStatus.BAD_REQUEST, f"Invalid {kind} ID format")


def _refuse(code: str, message: str, operation: str, details: dict[str, JsonValue]) -> NoReturn:
    refuse_in_detail(HTTPStatus.BAD_REQUEST, code, message, service=SERVICE_NAME, operation=operation, details=details)
