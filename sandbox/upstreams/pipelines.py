"""The platform at work: commands come in on Kafka, phases pass, notifications go out."""

import asyncio
import hashlib
import json
import logging
import random
from collections.abc import Sequence
from datetime import timedelta
from typing import NoReturn, TypeAlias
from uuid import UUID, uuid4

from aiokafka import AIOKafkaConsumer
from pydantic import JsonValue, ValidationError

from common.contracts.envelope import EventEnvelope
from common.contracts.notification import NotificationType
from common.contracts.pipeline_command import PipelineCommand
from sandbox.upstreams.matching import suggest
from sandbox.upstreams.notifications import News
from sandbox.upstreams.preflight import RESOLVED, price
from sandbox.upstreams.records import Batch, BatchState, now
from sandbox.upstreams.references import StorageReference
from sandbox.upstreams.settings import BATCH_REGISTERED_TOPIC
from sandbox.upstreams.surroundings import Surroundings

SOURCE = "batch_orchestrator_service"
EVENT_ID = "event_id"
PHASE_DONE = {
    "spellcheck": NotificationType.BATCH_SPELLCHECK_COMPLETED,
    "nlp": NotificationType.BATCH_NLP_COMPLETED,
    "cj_assessment": NotificationType.BATCH_CJ_ASSESSMENT_COMPLETED,
    "ai_feedback": NotificationType.BATCH_RESULTS_READY,
}
PHASE_INITIATED = "batch_phase_initiated"
"""The batch orchestrator publishes it to the user's channel."""

PHASE_CONCLUDED = "batch_phase_concluded"
"""The essay lifecycle service publishes it to the user's channel."""

Headers: TypeAlias = Sequence[tuple[str, bytes]]

logger = logging.getLogger(__name__)


class PipelineWorker:
    """Consumes what the platform puts on Kafka: commands, and what the result aggregator hears of new batches."""

    def __init__(self, around: Surroundings) -> None:
        self._around = around
        self._seen: set[str] = set()

    async def run(self, consumer: AIOKafkaConsumer) -> NoReturn:
        """Carry out every command that ``consumer`` brings, and match each complete batch, until cancelled."""
        async with asyncio.TaskGroup() as running:
            running.create_task(self._match_complete_batches(running))
            while True:
                record = await consumer.getone()
                if record.topic == BATCH_REGISTERED_TOPIC:
                    self.learn(record.value)
                    continue
                command = self.take(record.value, record.headers)
                if command is not None:
                    running.create_task(self.carry_out(command))

    def learn(self, value: bytes | None) -> None:
        """Have the result aggregator know the batch that a record tells of."""
        told = json.loads(value or b"{}").get("data", {})
        batch = self._around.platform.batches.get(told.get("batch_id"))
        if batch is not None:
            batch.known_to_aggregator = True

    def take(self, value: bytes | None, headers: Headers) -> PipelineCommand | None:
        """Return the command in a record, or None for what is no command or a repeat; both are committed past."""
        command = parse_command(value)
        if command is None or value is None:
            return None
        identity = identity_of(value, headers)
        if identity in self._seen:
            logger.info("pipeline.repeat batch_id=%s", command.batch_id)
            return None
        self._seen.add(identity)
        return command

    async def carry_out(self, command: PipelineCommand) -> None:
        """Take one batch through the pipeline; one that is unknown or busy, or another's, is left alone."""
        batch = self._around.platform.batches.get(command.batch_id)
        pipeline = command.requested_pipeline.value
        if batch is None or batch.busy or batch.user_id != command.user_id or pipeline not in RESOLVED:
            logger.warning("pipeline.ignored batch_id=%s pipeline=%s", command.batch_id, pipeline)
            return
        run = PipelineRun(self._around, batch, command.client_correlation_id)
        if not batch.sound_essays:
            run.tell(NotificationType.BATCH_VALIDATION_FAILED, {"reason": "The batch has no essays."})
        else:
            await run.assess(pipeline, again=command.is_retry)

    async def _match_complete_batches(self, running: asyncio.TaskGroup) -> NoReturn:
        while True:
            batch = await self._around.complete.get()
            running.create_task(PipelineRun(self._around, batch, uuid4()).match_students())


class PipelineRun:
    """One batch on its way through one pipeline."""

    def __init__(self, around: Surroundings, batch: Batch, correlation_id: UUID) -> None:
        self._around = around
        self._batch = batch
        self._correlation_id = correlation_id
        self._envelope_correlation_id = uuid4()

    async def assess(self, pipeline: str, *, again: bool) -> None:
        """Pass every phase; one that was passed before is skipped unless the teacher asks ``again``."""
        batch = self._batch
        self._begin(pipeline)
        self._around.platform.credits[batch.user_id] = self._around.platform.credits_of(batch.user_id) - price(
            batch, pipeline
        )
        for phase in RESOLVED[pipeline]:
            if phase in batch.finished_phases and not again:
                self.tell(NotificationType.PHASE_SKIPPED, {"phase": phase, "reason": "already_completed"})
            else:
                await self._pass(phase)
        self._finish(pipeline)

    async def match_students(self) -> None:
        """Guess who wrote what and ask the teacher; go on without an answer after the deadline."""
        batch = self._batch
        await asyncio.sleep(self._around.settings.phase_s)
        timeout_s = self._around.settings.validation_timeout_s
        found = suggest(batch, self._around.platform.students_of(batch.class_id or ""))
        batch.move_to(BatchState.AWAITING_STUDENT_VALIDATION)
        facts: dict[str, JsonValue] = {"essay_count": len(batch.sound_essays), "matched_count": found}
        self.tell(NotificationType.STUDENT_MATCHING_CONFIRMATION_REQUIRED, facts, deadline_in_s=timeout_s)
        await asyncio.sleep(timeout_s)
        if batch.state is BatchState.AWAITING_STUDENT_VALIDATION:
            batch.move_to(BatchState.VALIDATION_TIMED_OUT)
            self.tell(NotificationType.VALIDATION_TIMEOUT_PROCESSED, {"auto_confirmed_count": found})

    def tell(
        self, kind: NotificationType, payload: dict[str, JsonValue], *, deadline_in_s: float | None = None
    ) -> None:
        """Tell the batch's teacher; with a deadline she has to act."""
        self._around.notifier.tell(
            News(
                type=kind,
                teacher_id=self._batch.user_id,
                correlation_id=str(self._correlation_id),
                source=SOURCE,
                batch_id=self._batch.batch_id,
                class_id=self._batch.class_id,
                payload=payload,
                deadline=None if deadline_in_s is None else now() + timedelta(seconds=deadline_in_s),
                envelope_correlation_id=self._envelope_correlation_id,
            )
        )

    def _begin(self, pipeline: str) -> None:
        batch = self._batch
        batch.requested_pipeline = pipeline
        batch.processing_started_at, batch.processing_completed_at = now(), None
        batch.move_to(BatchState.PROCESSING)
        facts: dict[str, JsonValue] = {"requested_pipeline": pipeline, "essay_count": len(batch.sound_essays)}
        self.tell(NotificationType.BATCH_PROCESSING_STARTED, facts)

    async def _pass(self, phase: str) -> None:
        batch = self._batch
        batch.current_phase = phase
        facts: dict[str, JsonValue] = {"batch_id": batch.batch_id, "phase": phase}
        await self._around.notifier.tell_directly(batch.user_id, PHASE_INITIATED, facts)
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
        await self._around.notifier.tell_directly(batch.user_id, PHASE_CONCLUDED, {**facts, **counts})

    def _finish(self, pipeline: str) -> None:
        batch = self._batch
        batch.current_phase = None
        batch.processing_completed_at = now()
        whole = len(batch.sound_essays) == len(batch.essays)
        batch.move_to(BatchState.COMPLETED_SUCCESSFULLY if whole else BatchState.COMPLETED_WITH_FAILURES)
        if pipeline == "cj_assessment":
            self.tell(NotificationType.BATCH_RESULTS_READY, {"essay_count": len(batch.sound_essays)})
            self.tell(NotificationType.BATCH_ASSESSMENT_COMPLETED, {"essay_count": len(batch.sound_essays)})
        facts: dict[str, JsonValue] = {"requested_pipeline": pipeline, "final_status": batch.state.value}
        self.tell(NotificationType.PIPELINE_COMPLETED, facts)


def parse_command(value: bytes | None) -> PipelineCommand | None:
    """Return the command in a record, or None for what the batch orchestrator can't parse."""
    try:
        command = EventEnvelope[PipelineCommand].model_validate_json(value or b"").data
        if command.prompt_payload is not None and command.prompt_payload.cms_prompt_ref is not None:
            StorageReference.model_validate(command.prompt_payload.model_dump(mode="json")["cms_prompt_ref"])
    except ValidationError as failure:
        logger.warning("pipeline.not_a_command errors=%d", failure.error_count())
        return None
    return command


def identity_of(value: bytes, headers: Headers) -> str:
    """Return what tells a repeat: the header ``event_id``, or without it a hash over the envelope's id and data."""
    by_header = next((told.decode() for name, told in headers if name == EVENT_ID), None)
    if by_header is not None:
        return by_header
    envelope = json.loads(value)
    identity = json.dumps([envelope["event_id"], envelope["data"]], sort_keys=True)
    return hashlib.sha256(identity.encode()).hexdigest()


def rank(batch: Batch) -> None:
    """Give every sound essay a rank and a score, the same for the same text."""
    essays = batch.sound_essays
    strengths = {essay.essay_id: random.Random(essay.content_hash).random() for essay in essays}
    ordered = sorted(essays, key=lambda essay: strengths[essay.essay_id], reverse=True)
    for place, essay in enumerate(ordered, start=1):
        essay.cj_rank = place
        essay.cj_score = round(strengths[essay.essay_id], 3)
