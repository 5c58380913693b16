"""The platform at work: commands come in on Kafka, phases pass, notifications go out on Kafka."""

import asyncio
import logging
import random
from datetime import timedelta
from typing import NoReturn
from uuid import UUID

from aiokafka import AIOKafkaConsumer
from pydantic import JsonValue, ValidationError

from common.contracts.envelope import EventEnvelope
from common.contracts.notification import NotificationType
from common.contracts.pipeline_command import PipelineCommand, PipelineName
from sandbox.upstreams.matching import suggest
from sandbox.upstreams.notifications import News
from sandbox.upstreams.preflight import price
from sandbox.upstreams.records import Batch, BatchState, now
from sandbox.upstreams.surroundings import Surroundings

SOURCE = "pipeline_service"
PHASES: dict[PipelineName, tuple[str, ...]] = {
    PipelineName.SPELLCHECK: ("spellcheck",),
    PipelineName.NLP: ("spellcheck", "nlp"),
    PipelineName.CJ_ASSESSMENT: ("spellcheck", "nlp", "cj_assessment"),
    PipelineName.AI_FEEDBACK: ("spellcheck", "nlp", "ai_feedback"),
    PipelineName.STUDENT_MATCHING: (),
}
PHASE_DONE = {
    "spellcheck": NotificationType.BATCH_SPELLCHECK_COMPLETED,
    "nlp": NotificationType.BATCH_NLP_COMPLETED,
    "cj_assessment": NotificationType.BATCH_CJ_ASSESSMENT_COMPLETED,
    "ai_feedback": NotificationType.BATCH_RESULTS_READY,
}

logger = logging.getLogger(__name__)


class PipelineWorker:
    """Runs one pipeline a batch at a time, as commands ask for them."""

    def __init__(self, around: Surroundings) -> None:
        self._around = around

    async def run(self, consumer: AIOKafkaConsumer) -> NoReturn:
        """Carry out every command that ``consumer`` brings, until cancelled."""
        async with asyncio.TaskGroup() as running:
            while True:
                record = await consumer.getone()
                command = understood(record.value)
                if command is not None:
                    running.create_task(self.carry_out(command))

    async def carry_out(self, command: PipelineCommand) -> None:
        """Take one batch through the pipeline; a batch that is unknown or busy is left alone."""
        batch = self._around.platform.batches.get(command.batch_id)
        if batch is None or batch.locked or batch.user_id != command.user_id:
            logger.warning("pipeline.ignored batch_id=%s", command.batch_id)
            return
        run = PipelineRun(self._around, batch, command.client_correlation_id)
        if not batch.sound_essays:
            run.tell(NotificationType.BATCH_VALIDATION_FAILED, {"reason": "The batch has no essays."})
        elif command.requested_pipeline is PipelineName.STUDENT_MATCHING:
            await run.match_students()
        else:
            await run.assess(command.requested_pipeline, again=command.is_retry)


class PipelineRun:
    """One batch on its way through one pipeline."""

    def __init__(self, around: Surroundings, batch: Batch, correlation_id: UUID) -> None:
        self._around = around
        self._batch = batch
        self._correlation_id = correlation_id

    async def assess(self, pipeline: PipelineName, *, again: bool) -> None:
        """Pass every phase; one that was passed before is skipped unless the teacher asks ``again``."""
        batch = self._batch
        self._begin(pipeline)
        self._around.platform.credits[batch.user_id] = self._around.platform.credits_of(batch.user_id) - price(
            batch, pipeline
        )
        for phase in PHASES[pipeline]:
            if phase in batch.finished_phases and not again:
                self.tell(NotificationType.PHASE_SKIPPED, {"phase": phase, "reason": "already_completed"})
            else:
                await self._pass(phase)
        self._finish(pipeline)

    async def match_students(self) -> None:
        """Guess who wrote what and ask the teacher; go on without an answer after the deadline."""
        batch = self._batch
        school_class = self._around.platform.classes.get(batch.class_id or "")
        if school_class is None:
            self.tell(NotificationType.PHASE_SKIPPED, {"phase": "student_matching", "reason": "no_class"})
            return
        self._begin(PipelineName.STUDENT_MATCHING)
        await asyncio.sleep(self._around.settings.phase_s)
        timeout_s = self._around.settings.validation_timeout_s
        found = suggest(batch, school_class)
        batch.moved_to(BatchState.AWAITING_STUDENT_VALIDATION)
        facts: dict[str, JsonValue] = {"essay_count": len(batch.sound_essays), "matched_count": found}
        self.tell(NotificationType.STUDENT_MATCHING_CONFIRMATION_REQUIRED, facts, deadline_in_s=timeout_s)
        await asyncio.sleep(timeout_s)
        if batch.state is BatchState.AWAITING_STUDENT_VALIDATION:
            batch.moved_to(BatchState.VALIDATION_TIMED_OUT)
            self.tell(NotificationType.VALIDATION_TIMEOUT_PROCESSED, {"auto_confirmed_count": found})

    def tell(
        self, kind: NotificationType, payload: dict[str, JsonValue], *, deadline_in_s: float | None = None
    ) -> None:
        """Tell the batch's teacher; with a deadline she has to act."""
        self._around.notifier.tell(
            News(
                type=kind,
                teacher_id=self._batch.user_id,
                correlation_id=self._correlation_id,
                source=SOURCE,
                batch_id=self._batch.batch_id,
                class_id=self._batch.class_id,
                payload=payload,
                deadline=None if deadline_in_s is None else now() + timedelta(seconds=deadline_in_s),
            )
        )

    def _begin(self, pipeline: PipelineName) -> None:
        batch = self._batch
        batch.requested_pipeline = pipeline.value
        batch.processing_started_at, batch.processing_completed_at = now(), None
        batch.moved_to(BatchState.PROCESSING)
        facts: dict[str, JsonValue] = {"requested_pipeline": pipeline.value, "essay_count": len(batch.sound_essays)}
        self.tell(NotificationType.BATCH_PROCESSING_STARTED, facts)

    async def _pass(self, phase: str) -> None:
        batch = self._batch
        batch.current_phase = phase
        await asyncio.sleep(self._around.settings.phase_s)
        for essay in batch.sound_essays:
            essay.phases[phase] = "completed"
            essay.last_updated = now()
        if phase == "cj_assessment":
            rank(batch)
        batch.finished_phases.add(phase)
        batch.last_updated = now()
        counts: dict[str, JsonValue] = {
            "completed_count": len(batch.sound_essays),
            "failed_count": len(batch.essays) - len(batch.sound_essays),
        }
        self.tell(PHASE_DONE[phase], {"phase": phase, **counts})

    def _finish(self, pipeline: PipelineName) -> None:
        batch = self._batch
        batch.current_phase = None
        batch.processing_completed_at = now()
        whole = len(batch.sound_essays) == len(batch.essays)
        batch.moved_to(BatchState.COMPLETED_SUCCESSFULLY if whole else BatchState.COMPLETED_WITH_FAILURES)
        if pipeline is PipelineName.CJ_ASSESSMENT:
            self.tell(NotificationType.BATCH_RESULTS_READY, {"essay_count": len(batch.sound_essays)})
            self.tell(NotificationType.BATCH_ASSESSMENT_COMPLETED, {"essay_count": len(batch.sound_essays)})
        facts: dict[str, JsonValue] = {"requested_pipeline": pipeline.value, "final_status": batch.state.value}
        self.tell(NotificationType.PIPELINE_COMPLETED, facts)


def understood(value: bytes | None) -> PipelineCommand | None:
    """Return the command in a record, or None for what is no command."""
    try:
        return EventEnvelope[PipelineCommand].model_validate_json(value or b"").data
    except ValidationError as failure:
        logger.warning("pipeline.not_a_command errors=%d", failure.error_count())
        return None


def rank(batch: Batch) -> None:
    """Give every sound essay a rank and a score, the same for the same text."""
    essays = batch.sound_essays
    strengths = {essay.essay_id: random.Random(essay.content_hash).random() for essay in essays}
    ordered = sorted(essays, key=lambda essay: strengths[essay.essay_id], reverse=True)
    for place, essay in enumerate(ordered, start=1):
        essay.cj_rank = place
        essay.cj_score = round(strengths[essay.essay_id], 3)
