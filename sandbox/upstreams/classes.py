"""The classes and pupils that class management keeps for its callers."""

from typing import Annotated

from pydantic import BaseModel, JsonValue, StringConstraints

from common.contracts.notification import NotificationType
from common.correlation import correlation_id
from common.errors.codes import ClassManagementErrorCode
from common.errors.factories import raise_class_management_error, raise_conflict
from sandbox.upstreams.application import caller, refuse
from sandbox.upstreams.matching import Confirmation, confirm
from sandbox.upstreams.notifications import News
from sandbox.upstreams.records import Batch, BatchState, SchoolClass, Student
from sandbox.upstreams.surroundings import Surroundings

SERVICE_NAME = "class_management_service"
COURSES = ("ENG5", "ENG6", "ENG7", "SV1", "SV2", "SV3")

Name = Annotated[str, StringConstraints(min_length=1, max_length=200)]


class ClassBody(BaseModel):
    """A class as the dashboard sends it."""

    name: Name
    course_code: str


class ClassChange(BaseModel):
    """What may change about a class."""

    name: Name


class StudentBody(BaseModel):
    """A pupil as the dashboard sends it."""

    first_name: Name
    last_name: Name
    email: str | None = None


class Classes:
    """The classes and pupils of whoever is calling."""

    def __init__(self, around: Surroundings) -> None:
        self._platform = around.platform
        self._notifier = around.notifier

    def own(self) -> list[SchoolClass]:
        """Return the caller's classes."""
        user_id = caller().user_id
        return [one for one in self._platform.classes.values() if one.user_id == user_id]

    def known(self, class_id: str) -> SchoolClass:
        """Return one of the caller's classes; somebody else's is as good as none.

        Raises:
            HuleEduError: CLASS_NOT_FOUND.
        """
        found = next((one for one in self.own() if one.class_id == class_id), None)
        if found is None:
            code = ClassManagementErrorCode.CLASS_NOT_FOUND
            refuse(raise_class_management_error, "No such class.", code=code, class_id=class_id)
        return found

    def of(self, batch: Batch) -> SchoolClass:
        """Return the class of the caller's batch.

        Raises:
            HuleEduError: CLASS_NOT_FOUND, also when the batch has none.
        """
        return self.known(batch.class_id or "(none)")

    def create(self, body: ClassBody) -> SchoolClass:
        """Create a class and tell the teacher.

        Raises:
            HuleEduError: COURSE_NOT_FOUND.
        """
        if body.course_code not in COURSES:
            code = ClassManagementErrorCode.COURSE_NOT_FOUND
            refuse(raise_class_management_error, "No such course.", code=code, course_code=body.course_code)
        created = SchoolClass(user_id=caller().user_id, name=body.name, course_code=body.course_code)
        self._platform.classes[created.class_id] = created
        self.tell(NotificationType.CLASS_CREATED, created, {"class_name": created.name})
        return created

    def remove(self, class_id: str) -> None:
        """Remove one of the caller's classes."""
        del self._platform.classes[self.known(class_id).class_id]

    def add_student(self, class_id: str, body: StudentBody) -> Student:
        """Add a pupil to one of the caller's classes and tell the teacher."""
        school_class = self.known(class_id)
        student = Student(**body.model_dump())
        school_class.students[student.student_id] = student
        facts: dict[str, JsonValue] = {"student_id": student.student_id, "student_name": student.name}
        self.tell(NotificationType.STUDENT_ADDED_TO_CLASS, school_class, facts)
        return student

    def confirm(self, batch: Batch, confirmation: Confirmation) -> int:
        """Take the teacher's confirmation; return how many essays have an author.

        Raises:
            HuleEduError: CONFLICT when nothing awaits confirmation.
        """
        if batch.state is not BatchState.AWAITING_STUDENT_VALIDATION:
            refuse(raise_conflict, "This batch awaits no confirmation.", status=batch.state.value)
        school_class = self.of(batch)
        confirmed = confirm(batch, school_class, confirmation)
        batch.moved_to(BatchState.READY)
        facts: dict[str, JsonValue] = {"confirmed_count": confirmed}
        self.tell(NotificationType.STUDENT_ASSOCIATIONS_CONFIRMED, school_class, facts, batch_id=batch.batch_id)
        return confirmed

    def tell(
        self,
        kind: NotificationType,
        school_class: SchoolClass,
        payload: dict[str, JsonValue],
        *,
        batch_id: str | None = None,
    ) -> None:
        """Tell the class's teacher."""
        self._notifier.tell(
            News(
                type=kind,
                teacher_id=school_class.user_id,
                correlation_id=correlation_id(),
                source=SERVICE_NAME,
                batch_id=batch_id,
                class_id=school_class.class_id,
                payload=payload,
            )
        )
