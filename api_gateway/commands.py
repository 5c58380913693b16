"""The pipeline command as it leaves for the platform: who asks for what, under which correlation id and trace."""

from collections.abc import Mapping
from uuid import UUID

from pydantic import JsonValue

from api_gateway.domain import SERVICE_NAME
from api_gateway.forwarding import HeaderPairs, has_sound_traceparent
from api_gateway.schemas.pipelines import StartPipeline
from common.clock import Clock
from common.contracts.envelope import EventEnvelope
from common.contracts.pipeline_command import PipelineCommand
from common.contracts.topics import PIPELINE_COMMAND_TOPIC
from common.correlation import correlation_id
from common.identity.principal import Principal
from common.observability.tracing import TRACE_FIELDS, trace_metadata


def pipeline_command(
    batch_id: str,
    order: StartPipeline,
    principal: Principal,
    *,
    event_id: UUID,
    trace: Mapping[str, str],
    clock: Clock,
) -> EventEnvelope[PipelineCommand]:
    """Return the envelope of the command by which ``principal`` starts a pipeline on a batch."""
    metadata: dict[str, JsonValue] = {**trace, **({"org_id": principal.org_id} if principal.org_id else {})}
    return EventEnvelope[PipelineCommand](
        event_id=event_id,
        event_type=PIPELINE_COMMAND_TOPIC,
        event_timestamp=clock.now(),
        source_service=SERVICE_NAME,
        correlation_id=correlation_id(),
        data=PipelineCommand(
            batch_id=batch_id,
            requested_pipeline=order.requested_pipeline,
            client_correlation_id=correlation_id(),
            user_id=principal.user_id,
            is_retry=order.is_retry,
            retry_reason=order.retry_reason,
            prompt_payload=order.prompt_payload,
        ),
        metadata=metadata or None,
    )


def trace_context(inbound: HeaderPairs) -> dict[str, str]:
    """Return the W3C trace context that goes on: the current span's, else the caller's if it is well formed."""
    traced = trace_metadata()
    if traced or not has_sound_traceparent(inbound):
        return traced
    return {name.lower(): value for name, value in inbound if name.lower() in TRACE_FIELDS}
