"""Which pupil wrote which essay: a guess by file name, then the teacher's word."""

import unicodedata
from datetime import datetime

from pydantic import BaseModel, JsonValue

from common.errors.codes import ClassManagementErrorCode
from common.errors.factories import raise_class_management_error, raise_resource_not_found
from sandbox.upstreams.application import refuse
from sandbox.upstreams.records import Batch, Essay, SchoolClass, Student


class Association(BaseModel):
    """One pupil's essay, as the teacher confirms it."""

    essay_id: str
    student_id: str


class Confirmation(BaseModel):
    """What the teacher confirms; the guesses stand for every essay not named."""

    associations: list[Association] = []


def plain(text: str) -> str:
    """Return ``text`` in lower case without diacritics, so that ``Åsa`` is found in ``asa_berg.txt``."""
    decomposed = unicodedata.normalize("NFKD", text.lower())
    return "".join(character for character in decomposed if not unicodedata.combining(character))


def guess(essay: Essay, students: list[Student]) -> Student | None:
    """Return the pupil whose first and last name stand in the essay's file name."""
    name = plain(essay.filename)
    return next((one for one in students if plain(one.first_name) in name and plain(one.last_name) in name), None)


def suggest(batch: Batch, school_class: SchoolClass) -> int:
    """Guess the author of every sound essay; return how many were found."""
    students = list(school_class.students.values())
    found = 0
    for essay in batch.sound_essays:
        author = guess(essay, students)
        essay.suggested_student_id = author.student_id if author else None
        found += author is not None
    return found


def confirm(batch: Batch, school_class: SchoolClass, confirmation: Confirmation) -> int:
    """Take the teacher's word and, where she says nothing, the guess; return how many essays have an author now.

    Raises:
        HuleEduError: RESOURCE_NOT_FOUND for an essay, STUDENT_NOT_FOUND for a pupil that is not there.
    """
    essays = {essay.essay_id: essay for essay in batch.sound_essays}
    for said in confirmation.associations:
        if said.essay_id not in essays:
            refuse(raise_resource_not_found, "No such essay.", resource_type="essay", resource_id=said.essay_id)
        known_student(school_class, said.student_id)
    by_teacher = {said.essay_id: said.student_id for said in confirmation.associations}
    for essay in essays.values():
        essay.confirmed_student_id = by_teacher.get(essay.essay_id, essay.suggested_student_id)
    return sum(essay.confirmed_student_id is not None for essay in essays.values())


def known_student(school_class: SchoolClass, student_id: str) -> Student:
    """Return the pupil.

    Raises:
        HuleEduError: STUDENT_NOT_FOUND.
    """
    student = school_class.students.get(student_id)
    if student is None:
        code = ClassManagementErrorCode.STUDENT_NOT_FOUND
        refuse(raise_class_management_error, "No such pupil.", code=code, student_id=student_id)
    return student


def associations(batch: Batch, school_class: SchoolClass, deadline: datetime | None = None) -> dict[str, JsonValue]:
    """Return what the dashboard shows for the teacher to confirm."""
    return {
        "batch_id": batch.batch_id,
        "class_id": school_class.class_id,
        "deadline": deadline.isoformat() if deadline else None,
        "associations": [association(essay, school_class) for essay in batch.sound_essays],
    }


def association(essay: Essay, school_class: SchoolClass) -> JsonValue:
    """Return one essay with its guessed or confirmed author."""
    student = school_class.students.get(essay.confirmed_student_id or essay.suggested_student_id or "")
    return {
        "essay_id": essay.essay_id,
        "filename": essay.filename,
        "student_id": student.student_id if student else None,
        "student_name": student.name if student else None,
        "confidence": 0.95 if student else 0.0,
        "confirmed": essay.confirmed_student_id is not None,
    }
