"""A command takes its batch through the phases and tells the teacher of each."""

import json
from uuid import uuid4

import pytest

from common.contracts.envelope import PIPELINE_COMMAND_TOPIC, EventEnvelope
from common.contracts.pipeline_command import PipelineCommand, PipelineName
from sandbox.options import SigningAlgorithm
from sandbox.tokens import TokenMint
from sandbox.upstreams.pipelines import PipelineRun, PipelineWorker, parse_command
from sandbox.upstreams.records import Batch, BatchState, Essay, Platform, SchoolClass, now
from sandbox.upstreams.settings import UpstreamSettings
from sandbox.upstreams.surroundings import Surroundings
from tests.fakes.notifier import RecordingNotifier


class Works:
    """A worker, its platform and what it told."""

    def __init__(self) -> None:
        self.notifier = RecordingNotifier()
        self.platform = Platform()
        settings = UpstreamSettings(
            ports={},
            redis_url="",
            kafka_bootstrap="",
            internal_api_key="",
            algorithm=SigningAlgorithm.HS256,
            token_lifetime_s=60,
            phase_s=0,
            validation_timeout_s=0,
        )
        self.around = Surroundings(settings=settings, platform=self.platform, notifier=self.notifier, mint=TokenMint())
        self.worker = PipelineWorker(self.around)

    def batch(self, *, essays: int = 2, unsound: int = 0, class_id: str | None = None) -> Batch:
        """Add a batch of u1's that is ready."""
        batch = Batch(user_id="u1", course_code="ENG5", expected_essay_count=essays, class_id=class_id)
        batch.state = BatchState.READY
        faults = [None] * essays + ["EMPTY_CONTENT"] * unsound
        made = [Essay(filename=f"{n}.txt", size_bytes=1, content_hash=str(n), failure=f) for n, f in enumerate(faults)]
        batch.essays = {essay.file_upload_id: essay for essay in made}
        self.platform.batches[batch.batch_id] = batch
        return batch


def command(batch: Batch, pipeline: PipelineName, *, user_id: str = "u1", is_retry: bool = False) -> PipelineCommand:
    """Return the command that starts ``pipeline``."""
    return PipelineCommand(
        batch_id=batch.batch_id,
        requested_pipeline=pipeline,
        client_correlation_id=uuid4(),
        user_id=user_id,
        is_retry=is_retry,
    )


@pytest.fixture
def works() -> Works:
    """A fresh platform."""
    return Works()


async def test_an_assessment_goes_through_its_phases_and_ranks_the_essays(works: Works) -> None:
    """The whole story, in order, under the command's correlation id."""
    batch = works.batch()
    asked = command(batch, PipelineName.CJ_ASSESSMENT)

    await works.worker.carry_out(asked)

    assert works.notifier.types == [
        "batch_processing_started",
        "batch_spellcheck_completed",
        "batch_nlp_completed",
        "batch_cj_assessment_completed",
        "batch_results_ready",
        "batch_assessment_completed",
        "pipeline_completed",
    ]
    assert {news.correlation_id for news in works.notifier.told} == {str(asked.client_correlation_id)}
    assert len({news.envelope_correlation_id for news in works.notifier.told}) == 1
    assert batch.state is BatchState.COMPLETED_SUCCESSFULLY
    assert sorted(essay.cj_rank or 0 for essay in batch.essays.values()) == [1, 2]


async def test_finished_phases_are_skipped_unless_it_is_a_retry(works: Works) -> None:
    """phase_skipped tells what was done before; a retry does it again."""
    batch = works.batch()
    await works.worker.carry_out(command(batch, PipelineName.NLP))
    works.notifier.told.clear()

    await works.worker.carry_out(command(batch, PipelineName.AI_FEEDBACK))
    await works.worker.carry_out(command(batch, PipelineName.NLP, is_retry=True))

    assert works.notifier.types == [
        "batch_processing_started",
        "phase_skipped",
        "phase_skipped",
        "batch_results_ready",
        "pipeline_completed",
        "batch_processing_started",
        "batch_spellcheck_completed",
        "batch_nlp_completed",
        "pipeline_completed",
    ]


async def test_each_phase_is_told_directly_too(works: Works) -> None:
    """On the user's channel, by the batch orchestrator and the essay lifecycle service."""
    batch = works.batch()

    await works.worker.carry_out(command(batch, PipelineName.NLP))

    assert [(user, event, data["phase"]) for user, event, data in works.notifier.direct] == [
        ("u1", "batch_phase_initiated", "spellcheck"),
        ("u1", "batch_phase_concluded", "spellcheck"),
        ("u1", "batch_phase_initiated", "nlp"),
        ("u1", "batch_phase_concluded", "nlp"),
    ]


async def test_unsound_essays_make_it_completed_with_failures(works: Works) -> None:
    """What could not be read shows in the end."""
    batch = works.batch(essays=1, unsound=1)

    await works.worker.carry_out(command(batch, PipelineName.NLP))

    assert batch.state is BatchState.COMPLETED_WITH_FAILURES


async def test_a_batch_without_essays_is_told_so(works: Works) -> None:
    """Nothing starts."""
    batch = works.batch(essays=0)

    await works.worker.carry_out(command(batch, PipelineName.NLP))

    assert works.notifier.types == ["batch_validation_failed"]


async def test_somebody_elses_batch_is_left_alone(works: Works) -> None:
    """The worker checks the owner too."""
    batch = works.batch()

    await works.worker.carry_out(command(batch, PipelineName.NLP, user_id="u2"))

    assert works.notifier.types == []
    assert batch.state is BatchState.READY


@pytest.mark.parametrize("pipeline", [PipelineName.SPELLCHECK, PipelineName.STUDENT_MATCHING])
async def test_what_is_no_pipeline_starts_nothing(works: Works, pipeline: PipelineName) -> None:
    """The batch conductor calls none so."""
    batch = works.batch()

    await works.worker.carry_out(command(batch, pipeline))

    assert (works.notifier.types, batch.state) == ([], BatchState.READY)


async def test_matching_asks_the_teacher_and_goes_on_when_she_does_not_answer(works: Works) -> None:
    """A critical notification with a deadline; after it the guesses stand."""
    school_class = SchoolClass(user_id="u1", name="8B", course_code="ENG5")
    works.platform.classes[school_class.class_id] = school_class
    batch = works.batch(class_id=school_class.class_id)

    await PipelineRun(works.around, batch, uuid4()).match_students()

    assert works.notifier.types == [
        "student_matching_confirmation_required",
        "validation_timeout_processed",
    ]
    asked = works.notifier.told[0].row().data
    assert (asked["priority"], asked["action_required"], asked["deadline_timestamp"] is None) == (
        "critical",
        True,
        False,
    )
    assert batch.state is BatchState.VALIDATION_TIMED_OUT


async def test_the_pipeline_costs_credits(works: Works) -> None:
    """Two a compared essay."""
    batch = works.batch(essays=3)

    await works.worker.carry_out(command(batch, PipelineName.CJ_ASSESSMENT))

    assert works.platform.credits_of("u1") == 1000 - 6


@pytest.mark.parametrize("value", [None, b"", b"{", b'{"data": {}}'])
def test_a_record_that_is_no_command_is_passed_over(value: bytes | None) -> None:
    """One bad record does not stop the platform."""
    assert parse_command(value) is None


def enveloped(asked: PipelineCommand) -> EventEnvelope[PipelineCommand]:
    """Return the command as the gateway sends it."""
    return EventEnvelope[PipelineCommand](
        event_type=PIPELINE_COMMAND_TOPIC,
        event_timestamp=now(),
        source_service="api-gateway-service",
        correlation_id=uuid4(),
        data=asked,
    )


def test_a_command_is_understood_in_its_envelope(works: Works) -> None:
    """What the gateway sends is what the worker reads."""
    asked = command(works.batch(), PipelineName.NLP)

    assert parse_command(enveloped(asked).to_bytes()) == asked


def test_a_repeat_is_dropped_by_its_header(works: Works) -> None:
    """Whatever the envelope says; another event id is another command."""
    asked = command(works.batch(), PipelineName.NLP)
    first, second = enveloped(asked).to_bytes(), enveloped(asked).to_bytes()

    taken = [
        works.worker.take(value, [("event_id", event_id)])
        for value, event_id in [(first, b"e1"), (second, b"e1"), (first, b"e2")]
    ]

    assert taken == [asked, None, asked]


def test_a_repeat_without_headers_is_dropped_by_event_id_and_data(works: Works) -> None:
    """A hash over both: the same id with other data is another command."""
    asked = command(works.batch(), PipelineName.NLP)
    envelope = enveloped(asked)
    other = envelope.model_copy(update={"data": asked.model_copy(update={"is_retry": True})})

    taken = [works.worker.take(one.to_bytes(), []) for one in (envelope, envelope, other)]

    assert taken == [asked, None, other.data]


def test_the_aggregator_learns_of_a_batch_from_kafka(works: Works) -> None:
    """A batch of before a restart is passed over."""
    batch = works.batch()

    for batch_id in (batch.batch_id, "forgotten"):
        works.worker.learn(json.dumps({"data": {"batch_id": batch_id}}).encode())

    assert batch.known_to_aggregator
