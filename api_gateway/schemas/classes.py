"""Classes, pupils and the writers of essays, as Class Management takes and answers them. Described only."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from api_gateway.schemas import EXAMPLE_ID
from api_gateway.schemas.batches import CourseCode

EXAMPLE_STUDENT_ID = "b7d1a0c2-6f3e-4a59-8d10-5c2e9f7b3a66"
EXAMPLE_ESSAY_ID = "c1a9e8d7-2b4f-4c63-9e75-0d6f8a1b2c33"
DEFAULT_CLASSES = 20

Name = Annotated[str, Field(min_length=1, max_length=100)]
ClassId = Annotated[str, Field(examples=[EXAMPLE_ID])]
StudentId = Annotated[str, Field(examples=[EXAMPLE_STUDENT_ID])]
EssayId = Annotated[str, Field(examples=[EXAMPLE_ESSAY_ID])]
Courses = Annotated[
    list[CourseCode], Field(min_length=1, max_length=1, description="The class's course; more than one is refused.")
]

OPEN = ConfigDict(extra="allow")
"""Class Management may take and answer more than is known here."""


class ClassesQuery(BaseModel):
    """Which of the caller's classes to list."""

    limit: Annotated[int, Field(ge=1, description="Maximum number of classes.")] = DEFAULT_CLASSES
    offset: Annotated[int, Field(ge=0, description="Number of classes to skip.")] = 0


class NewClass(BaseModel):
    """A class to create."""

    model_config = OPEN | ConfigDict(json_schema_extra={"examples": [{"name": "8B", "course_codes": ["ENG5"]}]})

    name: Name
    course_codes: Courses


class ClassChange(BaseModel):
    """The changes to a class; an omitted member stays as it is."""

    model_config = OPEN | ConfigDict(
        json_schema_extra={"examples": [{"name": "9B"}, {"name": "9B", "course_codes": ["ENG6"]}]}
    )

    name: Name | None = None
    course_codes: Courses | None = None


class CreatedClass(BaseModel):
    """The class was created."""

    model_config = OPEN | ConfigDict(json_schema_extra={"examples": [{"id": EXAMPLE_ID, "name": "8B"}]})

    id: ClassId
    name: str


class SchoolClass(BaseModel):
    """A class."""

    model_config = OPEN

    id: ClassId
    name: str
    course_code: str | None


class ListedClass(SchoolClass):
    """A class as the list shows it."""

    student_count: int
    created_at: Annotated[str, Field(description="In UTC, as Class Management writes it: without a zone.")]


class ClassPagination(BaseModel):
    """The position of the page; `returned` counts the classes on it."""

    model_config = OPEN

    limit: int
    offset: int
    returned: int


class ClassPage(BaseModel):
    """The caller's classes, a page at a time."""

    model_config = OPEN | ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "classes": [
                        {
                            "id": EXAMPLE_ID,
                            "name": "8B",
                            "course_code": "ENG5",
                            "student_count": 24,
                            "created_at": "2025-01-31T08:10:00",
                        }
                    ],
                    "pagination": {"limit": 20, "offset": 0, "returned": 1},
                }
            ]
        }
    )

    classes: list[ListedClass]
    pagination: ClassPagination


class PersonName(BaseModel):
    """A pupil's name."""

    model_config = OPEN

    first_name: Name
    last_name: Name


class NewStudent(BaseModel):
    """A pupil to add, to any number of classes."""

    model_config = OPEN | ConfigDict(
        json_schema_extra={
            "examples": [{"person_name": {"first_name": "Sara", "last_name": "Lind"}, "class_ids": [EXAMPLE_ID]}]
        }
    )

    person_name: PersonName
    email: Annotated[str, Field(examples=["sara.lind@skola.example"])] | None = None
    class_ids: list[ClassId] | None = None


class CreatedStudent(BaseModel):
    """The pupil was added."""

    model_config = OPEN

    id: StudentId
    full_name: str


class StudentChange(BaseModel):
    """The changes to a pupil; an omitted member stays as it is."""

    model_config = OPEN | ConfigDict(json_schema_extra={"examples": [{"add_class_ids": [EXAMPLE_ID]}]})

    person_name: PersonName | None = None
    email: str | None = None
    add_class_ids: list[ClassId] | None = None
    remove_class_ids: list[ClassId] | None = None


class Student(BaseModel):
    """A pupil."""

    model_config = OPEN

    id: StudentId
    first_name: str
    last_name: str
    email: str | None
    class_ids: list[ClassId]


class Removed(BaseModel):
    """It was removed."""

    model_config = OPEN

    message: str


class SuggestedAssociation(BaseModel):
    """The pupil who probably wrote an essay."""

    model_config = OPEN

    essay_id: EssayId
    suggested_student_id: StudentId


class SuggestedAssociations(BaseModel):
    """The suggestions for the essays of a batch; an essay without one isn't listed."""

    model_config = OPEN

    associations: list[SuggestedAssociation]


class Association(BaseModel):
    """The teacher's decision on one essay."""

    model_config = OPEN

    essay_id: EssayId
    student_id: StudentId
    confirmed: Annotated[bool, Field(description="Always send it; Class Management reads an absent value as false.")]


class ConfirmAssociations(BaseModel):
    """The teacher's decisions on a batch's essays."""

    model_config = OPEN | ConfigDict(
        json_schema_extra={
            "examples": [
                {"associations": [{"essay_id": EXAMPLE_ESSAY_ID, "student_id": EXAMPLE_STUDENT_ID, "confirmed": True}]}
            ]
        }
    )

    associations: list[Association]


class ConfirmedAssociations(BaseModel):
    """How many associations were confirmed and rejected."""

    model_config = OPEN

    status: str
    associations_confirmed: int
    associations_rejected: int
