"""Where a teacher's day takes place, and what she has at hand: her pupils and their essays."""

from dataclasses import dataclass
from pathlib import Path

import aiohttp

ESSAYS = Path(__file__).parent / "essays"
# Their essays' file names spell them without diacritics, as pupils do.
PUPILS = {
    "ENG5": (("Åsa", "Nyström"), ("Ella", "Berg"), ("Omar", "Haddad")),
    "SV1": (("Lukas", "Ek"), ("Sara", "Lind")),
}
MEDIA_TYPES = {
    ".txt": "text/plain; charset=utf-8",
    ".pdf": "application/pdf",
    ".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """Where the day takes place, how the teacher logs in, and which course's essays she has."""

    gateway: str
    websocket: str
    email: str
    password: str
    course: str = "ENG5"

    @property
    def essays(self) -> list[Path]:
        """The files to hand in."""
        return sorted((ESSAYS / self.course).iterdir())

    @property
    def pupils(self) -> tuple[tuple[str, str], ...]:
        """First and last name of each essay's author."""
        return PUPILS[self.course]


def upload_form(batch_id: str, essays: list[Path]) -> aiohttp.FormData:
    """Return the form that hands ``essays`` in."""
    form = aiohttp.FormData()
    form.add_field("batch_id", batch_id)
    for essay in essays:
        form.add_field("files", essay.read_bytes(), filename=essay.name, content_type=MEDIA_TYPES[essay.suffix])
    return form
