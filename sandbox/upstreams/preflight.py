"""Whether a pipeline may start: what the batch orchestrator asks itself before the edge sends the command."""

import asyncio
from collections import deque
from enum import StrEnum
from http import HTTPStatus
from itertools import repeat

from pydantic import BaseModel, JsonValue, PositiveInt

from common.contracts.notification import NotificationType
from common.correlation import correlation_id
from sandbox.upstreams.notifications import News
from sandbox.upstreams.records import Batch
from sandbox.upstreams.refusals import crash, refuse
from sandbox.upstreams.surroundings import Surroundings

SERVICE_NAME = "batch_orchestrator_service"
CREDITS_PER_ESSAY = {"cj_assessment": 2, "ai_feedback": 3}
RESOLVED = {
    "nlp": ("spellcheck", "nlp"),
    "cj_assessment": ("spellcheck", "nlp", "cj_assessment"),
    "ai_feedback": ("spellcheck", "nlp", "ai_feedback"),
}
"""The batch conductor's pipelines: each phase that the asked one needs."""

NEED_PROMPT = ("cj_assessment", "ai_feedback")
PHASES = ("spellcheck", "student_matching", *RESOLVED)
FAILED = "Preflight evaluation failed"


class Outcome(StrEnum):
    """What a preflight can be forced to come to."""

    ALLOWED = "allowed"
    NOT_ALLOWED = "not_allowed"
    INSUFFICIENT_CREDITS = "insufficient_credits"
    RATE_LIMIT = "rate_limit"
    NOT_FOUND = "not_found"
    EMPTY_PIPELINE = "empty_pipeline"
    FAILED = "failed"


DENIED = {
    Outcome.NOT_ALLOWED: ("not_allowed", HTTPStatus.OK, None),
    Outcome.INSUFFICIENT_CREDITS: (
        "insufficient_credits",
        HTTPStatus.PAYMENT_REQUIRED,
        NotificationType.PIPELINE_DENIED_INSUFFICIENT_CREDITS,
    ),
    Outcome.RATE_LIMIT: (
        "rate_limit_exceeded",
        HTTPStatus.TOO_MANY_REQUESTS,
        NotificationType.PIPELINE_DENIED_RATE_LIMIT,
    ),
}
"""Each denial's reason, status, and what the teacher reads."""


class PreflightSetting(BaseModel):
    """Forces the next preflights to an outcome, whatever the user's credits."""

    outcome: Outcome
    for_next: PositiveInt = 1


def price(batch: Batch, pipeline: str) -> int:
    """Return what the pipeline costs for the batch, in credits."""
    return CREDITS_PER_ESSAY.get(pipeline, 0) * max(1, len(batch.sound_essays))


class Preflights:
    """Judges by the owner's credits, not the caller's, unless an outcome was forced."""

    def __init__(self, around: Surroundings) -> None:
        self._around = around
        self._forced: deque[Outcome] = deque()

    def force(self, setting: PreflightSetting) -> None:
        """Have the next preflights come to the outcome of ``setting``."""
        self._forced.clear()
        self._forced.extend(repeat(setting.outcome, setting.for_next))

    async def judge(self, batch_id: str, phase: str) -> tuple[dict[str, JsonValue], int]:
        """Return body and status of the answer; a denial is also told the teacher.

        Raises:
            RefusedError: 404 for an unknown batch, 400 for a word that is no phase or an empty pipeline, 500 for a
                phase that is no pipeline or lacks its prompt.
        """
        forced = self._forced.popleft() if self._forced else None
        batch = self._around.platform.batches.get(batch_id)
        if batch is None or forced is Outcome.NOT_FOUND:
            refuse(HTTPStatus.NOT_FOUND, "Batch not found", batch_id=batch_id)
        if phase not in PHASES:
            refuse(HTTPStatus.BAD_REQUEST, f"Invalid pipeline phase: {phase}")
        if forced is Outcome.EMPTY_PIPELINE:
            refuse(HTTPStatus.BAD_REQUEST, f"BCS returned empty pipeline for {phase}", details={"final_pipeline": []})
        if forced is Outcome.FAILED or phase not in RESOLVED:
            crash(FAILED, details=f"Batch Conductor Service returned 400: Unknown pipeline: {phase}")
        if forced is None and phase in NEED_PROMPT and batch.prompt_storage_id is None:
            await asyncio.sleep(self._around.settings.prompt_retries_s)
            crash(FAILED, details="Batch Conductor Service returned 400: prompt missing")
        return self._answer(batch, phase, forced)

    def _answer(self, batch: Batch, phase: str, forced: Outcome | None) -> tuple[dict[str, JsonValue], int]:
        required, available = price(batch, phase), self._around.platform.credits_of(batch.user_id)
        facts: dict[str, JsonValue] = {
            "batch_id": batch.batch_id,
            "requested_pipeline": phase,
            "resolved_pipeline": list(RESOLVED[phase]),
            "required_credits": required,
            "available_credits": available,
            "resource_breakdown": {phase: required},
            "correlation_id": str(correlation_id()),
        }
        outcome = forced or (Outcome.ALLOWED if required <= available else Outcome.INSUFFICIENT_CREDITS)
        if outcome not in DENIED:
            return {"allowed": True, **facts}, HTTPStatus.OK
        reason, status, kind = DENIED[outcome]
        if kind is not None:
            self._tell(batch, phase, kind, {"required_credits": required, "available_credits": available})
        return {"allowed": False, "denial_reason": reason, **facts}, status

    def _tell(self, batch: Batch, pipeline: str, kind: NotificationType, facts: dict[str, JsonValue]) -> None:
        self._around.notifier.tell(
            News(
                type=kind,
                teacher_id=batch.user_id,
                correlation_id=str(correlation_id()),
                source=SERVICE_NAME,
                batch_id=batch.batch_id,
                payload={"requested_pipeline": pipeline, **facts},
            )
        )
