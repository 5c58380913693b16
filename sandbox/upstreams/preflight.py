"""Whether a pipeline may start: what the batch orchestrator asks itself before the edge sends the command."""

from collections import deque
from enum import StrEnum
from itertools import repeat

from pydantic import BaseModel, JsonValue, PositiveInt

from common.contracts.notification import NotificationType
from common.contracts.pipeline_command import PipelineName
from common.correlation import correlation_id
from common.errors.factories import raise_resource_not_found
from sandbox.upstreams.application import refuse
from sandbox.upstreams.notifications import News
from sandbox.upstreams.records import Batch
from sandbox.upstreams.surroundings import Surroundings

SERVICE_NAME = "batch_orchestrator_service"
CREDITS_PER_ESSAY = {PipelineName.CJ_ASSESSMENT: 2, PipelineName.AI_FEEDBACK: 3}
RETRY_AFTER_S = 30


class Outcome(StrEnum):
    """What a preflight can come to."""

    ALLOWED = "allowed"
    NOT_ALLOWED = "not_allowed"
    INSUFFICIENT_CREDITS = "insufficient_credits"
    RATE_LIMIT = "rate_limit"
    NOT_FOUND = "not_found"


class PreflightSetting(BaseModel):
    """Forces the next preflights to an outcome, whatever the user's credits."""

    outcome: Outcome
    for_next: PositiveInt = 1


def price(batch: Batch, pipeline: PipelineName) -> int:
    """Return what the pipeline costs for the batch, in credits."""
    return CREDITS_PER_ESSAY.get(pipeline, 0) * max(1, len(batch.sound_essays))


def known_pipeline(phase: str) -> PipelineName:
    """Return the pipeline of that name.

    Raises:
        HuleEduError: RESOURCE_NOT_FOUND.
    """
    try:
        return PipelineName(phase)
    except ValueError:
        refuse(raise_resource_not_found, "No such pipeline.", resource_type="pipeline", resource_id=phase)


class Preflights:
    """Judges by the user's credits, unless an outcome was forced."""

    def __init__(self, around: Surroundings) -> None:
        self._around = around
        self._forced: deque[Outcome] = deque()

    def force(self, setting: PreflightSetting) -> None:
        """Have the next preflights come to the outcome of ``setting``."""
        self._forced.clear()
        self._forced.extend(repeat(setting.outcome, setting.for_next))

    def judge(self, batch: Batch, pipeline: PipelineName) -> tuple[dict[str, JsonValue], int]:
        """Return body and status of the answer (platform contract, "pipelines"); a denial is also told the teacher.

        Raises:
            HuleEduError: RESOURCE_NOT_FOUND when that outcome was forced.
        """
        required, available = price(batch, pipeline), self._around.platform.credits_of(batch.user_id)
        figures: dict[str, JsonValue] = {"required_credits": required, "available_credits": available}
        outcome = self._outcome(affordable=required <= available)
        if outcome is Outcome.NOT_FOUND:
            refuse(raise_resource_not_found, "No such batch.", resource_type="batch", resource_id=batch.batch_id)
        match outcome:
            case Outcome.ALLOWED:
                return {"allowed": True, **figures}, 200
            case Outcome.NOT_ALLOWED:
                return {"allowed": False, "denial_reason": outcome.value}, 200
            case Outcome.INSUFFICIENT_CREDITS:
                self._tell(batch, pipeline, NotificationType.PIPELINE_DENIED_INSUFFICIENT_CREDITS, figures)
                return {"allowed": False, "denial_reason": outcome.value, **figures}, 402
            case Outcome.RATE_LIMIT:
                wait: dict[str, JsonValue] = {"retry_after_seconds": RETRY_AFTER_S}
                self._tell(batch, pipeline, NotificationType.PIPELINE_DENIED_RATE_LIMIT, wait)
                return {"allowed": False, "denial_reason": outcome.value, **wait}, 429

    def _outcome(self, *, affordable: bool) -> Outcome:
        if self._forced:
            return self._forced.popleft()
        return Outcome.ALLOWED if affordable else Outcome.INSUFFICIENT_CREDITS

    def _tell(self, batch: Batch, pipeline: PipelineName, kind: NotificationType, facts: dict[str, JsonValue]) -> None:
        self._around.notifier.tell(
            News(
                type=kind,
                teacher_id=batch.user_id,
                correlation_id=correlation_id(),
                source=SERVICE_NAME,
                batch_id=batch.batch_id,
                payload={"requested_pipeline": pipeline.value, **facts},
            )
        )
