"""Which pupil wrote which essay: a guess by file name, then the teacher's word."""

import unicodedata

from pydantic import JsonValue

from common.contracts.notification import NotificationType
from sandbox.upstreams.notifications import News
from sandbox.upstreams.records import Batch, BatchState, Essay, Platform, Student, now
from sandbox.upstreams.refusals import crash
from sandbox.upstreams.surroundings import Surroundings

SERVICE_NAME = "class_management_service"
CONFIDENCE = 0.95


def plain(text: str) -> str:
    """Return ``text`` in lower case without diacritics, so that ``Åsa`` is found in ``asa_berg.txt``."""
    decomposed = unicodedata.normalize("NFKD", text.lower())
    return "".join(character for character in decomposed if not unicodedata.combining(character))


def guess(essay: Essay, students: list[Student]) -> Student | None:
    """Return the pupil whose first and last name stand in the essay's file name."""
    name = plain(essay.filename)
    return next((one for one in students if plain(one.first_name) in name and plain(one.last_name) in name), None)


def suggest(batch: Batch, students: list[Student]) -> int:
    """Guess the author of every sound essay; return how many were found."""
    found = 0
    for essay in batch.sound_essays:
        author = guess(essay, students)
        essay.suggested_student_id = author.student_id if author else None
        essay.suggested_at = now()
        found += author is not None
    return found


class Associations:
    """Tells what was guessed and takes any teacher's word."""

    def __init__(self, around: Surroundings) -> None:
        self._platform: Platform = around.platform
        self._notifier = around.notifier

    def suggestions_for(self, batch_id: str) -> list[JsonValue]:
        """Return the guesses; an unknown batch has none."""
        batch = self._platform.batches.get(batch_id)
        essays = [] if batch is None else batch.sound_essays
        return [
            {
                "essay_id": essay.essay_id,
                "suggested_student_id": essay.suggested_student_id,
                "confidence_score": CONFIDENCE,
                "match_reasons": ["Name extracted from essay header"],
                "created_at": essay.suggested_at.isoformat(),
            }
            for essay in essays
            if essay.suggested_student_id is not None and essay.suggested_at is not None
        ]

    def confirm(self, batch_id: str, body: dict[str, JsonValue]) -> dict[str, JsonValue]:
        """Take the teacher's word on each essay she names; the batch is ready then. Nothing is checked.

        Raises:
            RefusedError: 500 when an association isn't what the service expects.
        """
        said = body.get("associations", [])
        if not isinstance(said, list):
            crash()
        confirmed: list[dict[str, JsonValue]] = []
        for one in said:
            if not isinstance(one, dict) or not {"essay_id", "student_id"} <= one.keys():
                crash()
            if one.get("confirmed", False):
                confirmed.append({"essay_id": one["essay_id"], "student_id": one["student_id"]})
        batch = self._platform.batches.get(batch_id)
        if batch is not None:
            self._take(batch, confirmed, rejected=len(said) - len(confirmed))
        return {
            "status": "confirmed",
            "associations_confirmed": len(confirmed),
            "associations_rejected": len(said) - len(confirmed),
        }

    def _take(self, batch: Batch, confirmed: list[dict[str, JsonValue]], *, rejected: int) -> None:
        by_essay = {str(one["essay_id"]): str(one["student_id"]) for one in confirmed}
        for essay in batch.sound_essays:
            essay.confirmed_student_id = by_essay.get(essay.essay_id, essay.confirmed_student_id)
        if batch.state is BatchState.AWAITING_STUDENT_VALIDATION:
            batch.move_to(BatchState.READY)
        school_class = self._platform.classes.get(batch.class_id or "")
        if school_class is None:
            return
        essays: list[JsonValue] = [
            {**one, "validation_method": "human", "confidence_score": CONFIDENCE} for one in confirmed
        ]
        payload: dict[str, JsonValue] = {
            "batch_id": batch.batch_id,
            "confirmed_count": len(confirmed),
            "message": f"Successfully confirmed {len(confirmed)} student associations",
            "associations": essays,
            "validation_summary": {
                "total_associations": len(confirmed) + rejected,
                "confirmed": len(confirmed),
                "rejected": rejected,
            },
            "timeout_triggered": False,
        }
        self._notifier.tell(
            News(
                type=NotificationType.STUDENT_ASSOCIATIONS_CONFIRMED,
                teacher_id=school_class.user_id,
                correlation_id=batch.batch_id,
                source=SERVICE_NAME,
                batch_id=batch.batch_id,
                class_id=school_class.class_id,
                payload=payload,
            )
        )
