"""Pupils are found by the names of their files."""

import pytest

from sandbox.upstreams.matching import guess
from sandbox.upstreams.records import Essay, Student

PUPILS = [
    Student(first_name="Åsa", last_name="Nyström", student_id="asa"),
    Student(first_name="Ella", last_name="Berg", student_id="ella"),
]


@pytest.mark.parametrize(
    ("filename", "student_id"),
    [
        ("ella_berg_my_essay.txt", "ella"),
        ("ENG5 Berg, Ella.docx", "ella"),
        ("asa_nystrom.pdf", "asa"),
        ("Åsa Nyström.pdf", "asa"),
        ("A\u030asa Nystro\u0308m.pdf", "asa"),
        ("ella_lund.txt", None),
        ("essay.txt", None),
    ],
)
def test_first_and_last_name_must_both_be_there(filename: str, student_id: str | None) -> None:
    """In any order and case, with or without diacritics, composed or not."""
    found = guess(Essay(filename=filename, size_bytes=1, content_hash=""), PUPILS)

    assert (found.student_id if found else None) == student_id
