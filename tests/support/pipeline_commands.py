"""Pipeline commands for tests."""

from datetime import UTC, datetime
from uuid import uuid4

from common.contracts.envelope import EventEnvelope
from common.contracts.pipeline_command import PipelineCommand, PipelineName
from common.contracts.topics import PIPELINE_COMMAND_TOPIC


def a_command(batch_id: str = "batch-1") -> EventEnvelope[PipelineCommand]:
    """Return a command for ``batch_id`` as the gateway makes it."""
    correlation_id = uuid4()
    return EventEnvelope[PipelineCommand](
        event_type=PIPELINE_COMMAND_TOPIC,
        event_timestamp=datetime.now(UTC),
        source_service="api-gateway-service",
        correlation_id=correlation_id,
        data=PipelineCommand(
            batch_id=batch_id,
            requested_pipeline=PipelineName.SPELLCHECK,
            client_correlation_id=correlation_id,
            user_id="teacher-1",
        ),
    )
