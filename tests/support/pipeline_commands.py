"""Pipeline commands for tests."""

from datetime import UTC, datetime
from uuid import uuid4

import pytest

from common.contracts.envelope import PIPELINE_COMMAND_TOPIC, EventEnvelope
from common.contracts.pipeline_command import PipelineCommand, PipelineName
from common.correlation import correlation_id
from common.errors.exceptions import HuleEduError
from common.errors.factories import raise_kafka_publish_error


def a_command(batch_id: str = "batch-1") -> EventEnvelope[PipelineCommand]:
    """Return a command for ``batch_id`` as the gateway makes it."""
    correlation = uuid4()
    return EventEnvelope[PipelineCommand](
        event_type=PIPELINE_COMMAND_TOPIC,
        event_timestamp=datetime.now(UTC),
        source_service="api-gateway-service",
        correlation_id=correlation,
        data=PipelineCommand(
            batch_id=batch_id,
            requested_pipeline=PipelineName.SPELLCHECK,
            client_correlation_id=correlation,
            user_id="teacher-1",
        ),
    )


def not_published(outcome: str) -> HuleEduError:
    """Return the failure of a publish that ended in ``outcome`` (``not_sent`` or ``unknown``)."""
    with pytest.raises(HuleEduError) as failure:
        raise_kafka_publish_error(
            service="api-gateway-service",
            operation="publish",
            message="The command could not be handed over.",
            correlation_id=correlation_id(),
            topic=PIPELINE_COMMAND_TOPIC,
            retry_after_s=5,
            outcome=outcome,
        )
    return failure.value
