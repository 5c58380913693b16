"""Records as they travel through Kafka."""

import json
from datetime import UTC, datetime
from uuid import UUID

import pytest
from pydantic import JsonValue, ValidationError

from common.contracts.envelope import PIPELINE_COMMAND_TOPIC, EventEnvelope, dead_letter_topic
from common.contracts.pipeline_command import PipelineCommand, PipelineName, PromptPayload
from tests.support.prompts import PROMPT

ID = UUID("3f1b4e1c-9a5e-4a53-9b47-0c6b0e6f2d11")
RECORD: dict[str, JsonValue] = {
    "event_id": str(ID),
    "event_type": "huleedu.notification.teacher.requested.v1",
    "event_timestamp": "2026-03-02T08:00:00Z",
    "source_service": "batch-conductor",
    "schema_version": 1,
    "correlation_id": str(ID),
    "data": {"anything": [1, None]},
}


def test_a_command_is_written_as_the_contract_spells_it() -> None:
    """Consumers of other languages read these names; optional fields that say nothing are left out."""
    command = PipelineCommand(
        batch_id="b1",
        requested_pipeline=PipelineName.CJ_ASSESSMENT,
        client_correlation_id=ID,
        user_id="lärare",
        prompt_payload=PromptPayload(assignment_id="a1"),
    )
    envelope = EventEnvelope[PipelineCommand](
        event_id=ID,
        event_type=PIPELINE_COMMAND_TOPIC,
        event_timestamp=datetime(2026, 3, 2, 8, 0, tzinfo=UTC),
        source_service="api-gateway-service",
        correlation_id=ID,
        data=command,
        metadata={"org_id": "school-1", "traceparent": "00-1-2-01"},
    )

    record = json.loads(envelope.to_bytes())

    assert record == {
        "event_id": str(ID),
        "event_type": "huleedu.commands.batch.pipeline.v1",
        "event_timestamp": "2026-03-02T08:00:00Z",
        "source_service": "api-gateway-service",
        "schema_version": 1,
        "correlation_id": str(ID),
        "data": {
            "batch_id": "b1",
            "requested_pipeline": "cj_assessment",
            "client_correlation_id": str(ID),
            "user_id": "lärare",
            "is_retry": False,
            "prompt_payload": {"assignment_id": "a1"},
        },
        "metadata": {"org_id": "school-1", "traceparent": "00-1-2-01"},
    }


def test_what_was_written_is_read_back() -> None:
    """Nulls inside free-form data are data."""
    envelope = EventEnvelope[dict[str, JsonValue]].model_validate(RECORD)

    assert EventEnvelope[dict[str, JsonValue]].model_validate_json(envelope.to_bytes()) == envelope
    assert envelope.data == {"anything": [1, None]}


def test_fields_of_a_newer_producer_are_ignored() -> None:
    """The platform's services are deployed one by one."""
    envelope = EventEnvelope[JsonValue].model_validate(RECORD | {"priority_lane": "fast"})

    assert envelope.event_id == ID


@pytest.mark.parametrize(
    "wrong",
    [
        {"event_id": "not-a-uuid"},
        {"event_type": ""},
        {"event_timestamp": "yesterday"},
        {"schema_version": 0},
        {"correlation_id": None},
        {"source_service": None},
        {"metadata": "none"},
    ],
)
def test_a_record_that_breaks_the_contract_is_refused(wrong: dict[str, JsonValue]) -> None:
    """It can only go to the dead letters."""
    with pytest.raises(ValidationError):
        EventEnvelope[JsonValue].model_validate(RECORD | wrong)


def test_a_timestamp_without_a_zone_is_utc() -> None:
    """As some producers write it."""
    envelope = EventEnvelope[JsonValue].model_validate(RECORD | {"event_timestamp": "2026-03-02T08:00:00"})

    assert envelope.event_timestamp == datetime(2026, 3, 2, 8, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    "prompt",
    [
        {},
        {"assignment_id": "a1", "cms_prompt_ref": PROMPT},
        {"assignment_id": ""},
        {"assignment_id": "a" * 101},
        {"assignment_id": "a1 "},
        {"cms_prompt_ref": "stored-1"},
        {"cms_prompt_ref": 7},
        {"assignment_id": "a1", "extra": True},
    ],
)
def test_a_prompt_is_exactly_one_of_two(prompt: dict[str, JsonValue]) -> None:
    """An assignment or a stored text."""
    with pytest.raises(ValidationError):
        PromptPayload.model_validate(prompt)


def test_a_stored_prompt_is_written_as_it_was_read() -> None:
    """Every member of a reference is a string: the platform parses no null."""
    payload = PromptPayload.model_validate({"cms_prompt_ref": PROMPT})

    assert payload.model_dump(mode="json", exclude_none=True) == {"cms_prompt_ref": PROMPT}


@pytest.mark.parametrize("field", ["batch_id", "user_id"])
@pytest.mark.parametrize("wrong", ["", " ", " a", "a\u00a0", "a\n", "a" * 256])
def test_no_command_is_made_that_its_consumer_would_drop(field: str, wrong: str) -> None:
    """The consumer strips blanks and takes 255 characters: what it would drop or read as another id is none."""
    facts = {"batch_id": "b1", "user_id": "u1", "requested_pipeline": "nlp", "client_correlation_id": str(ID)}

    with pytest.raises(ValidationError):
        PipelineCommand.model_validate(facts | {field: wrong})


def test_a_retry_reason_has_a_bound() -> None:
    """500 characters."""
    with pytest.raises(ValidationError):
        PipelineCommand(
            batch_id="b1",
            requested_pipeline=PipelineName.NLP,
            client_correlation_id=ID,
            user_id="u1",
            is_retry=True,
            retry_reason="x" * 501,
        )


def test_dead_letters_have_a_topic_of_their_own() -> None:
    """Beside the one they came from."""
    assert dead_letter_topic("a.v1") == "a.v1.dlq"
