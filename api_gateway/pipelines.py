"""Decides whether a pipeline may start, by the batch's owner and BOS's preflight, and makes the command for it."""

from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import NoReturn
from uuid import UUID

import orjson
from pydantic import JsonValue

from api_gateway import SERVICE_NAME, fail
from api_gateway.batch_ownership import BatchOwnership, refuse_unknown_batch, require_possible_owner
from api_gateway.paths import path_segment
from api_gateway.ports import PipelineCommands
from api_gateway.schemas.pipelines import StartPipeline
from api_gateway.upstream.headers import HeaderPairs, has_sound_traceparent
from api_gateway.upstream.json_replies import JsonObject, json_object
from api_gateway.upstream.ports import (
    RouteDeadline,
    UpstreamName,
    UpstreamReply,
    UpstreamRequest,
    Upstreams,
    on_behalf_of,
)
from common.clock import Clock
from common.contracts.envelope import PIPELINE_COMMAND_TOPIC, EventEnvelope
from common.contracts.pipeline_command import PipelineCommand, PipelineName
from common.correlation import correlation_id
from common.errors.codes import ErrorCode
from common.identity.principal import Principal
from common.observability.tracing import TRACE_FIELDS, trace_metadata

_Envelope = EventEnvelope[PipelineCommand]


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
    return _Envelope(
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


PREFLIGHT_STATUSES = frozenset(
    {
        HTTPStatus.BAD_REQUEST,
        HTTPStatus.PAYMENT_REQUIRED,
        HTTPStatus.NOT_FOUND,
        HTTPStatus.TOO_MANY_REQUESTS,
        HTTPStatus.INTERNAL_SERVER_ERROR,
    }
)
"""Error statuses of the preflight that :func:`require_allowed` reads."""

STARTABLE = (PipelineName.AI_FEEDBACK, PipelineName.CJ_ASSESSMENT, PipelineName.NLP)
"""What the batch conductor knows as pipelines; the others are phases of these, and a preflight of one is a 500."""

DEFAULT_PAUSE_S = 60.0
LONGEST_PAUSE_S = 86_400.0
LONGEST_WORD_CHARACTERS = 100
MOST_ENTRIES = 100
OPERATION = "preflight_pipeline"


@dataclass(frozen=True, slots=True)
class Pipelines:
    """Starts pipelines; one for the process.

    ``timeout_s`` is for every call to an upstream together.
    """

    upstreams: Upstreams
    ownership: BatchOwnership
    commands: PipelineCommands
    clock: Clock
    timeout_s: float

    async def preflight(self, batch_id: str, pipeline: PipelineName, principal: Principal) -> None:
        """Return when the batch is the caller's and the preflight allows the pipeline.

        Raises:
            HuleEduError: as :meth:`BatchOwnership.require` and :func:`require_allowed` do.
        """
        deadline = RouteDeadline(self.timeout_s, self.clock)
        require_possible_owner(principal)
        await self.ownership.require(batch_id, principal, within_s=deadline.left_s)
        reply = await self.upstreams.fetch(
            UpstreamRequest(
                upstream=UpstreamName.BOS,
                method="POST",
                path=f"/internal/v1/batches/{path_segment(batch_id)}/pipelines/{pipeline}/preflight",
                headers=on_behalf_of(principal),
                answers=PREFLIGHT_STATUSES,
                within_s=deadline.left_s,
            )
        )
        require_allowed(reply, batch_id, pipeline)

    async def start(
        self, batch_id: str, order: StartPipeline, principal: Principal, *, event_id: UUID, trace: Mapping[str, str]
    ) -> None:
        """Hand the command to the platform; raises HuleEduError as :meth:`PipelineCommands.publish` does."""
        command = pipeline_command(batch_id, order, principal, event_id=event_id, trace=trace, clock=self.clock)
        await self.commands.publish(command)


def require_allowed(reply: UpstreamReply, batch_id: str, pipeline: PipelineName) -> None:
    """Return when the preflight allows the pipeline.

    Raises:
        HuleEduError: INSUFFICIENT_CREDITS with the preflight's figures, RATE_LIMIT, RESOURCE_NOT_FOUND;
            VALIDATION_ERROR for a pipeline that isn't one or has nothing to do; AUTHORIZATION_ERROR when the answer is
            200 but not ``allowed``; EXTERNAL_SERVICE_ERROR when the preflight failed, INVALID_RESPONSE when its answer
            can't be read.
    """
    match reply.status:
        case HTTPStatus.BAD_REQUEST:
            _refuse_pipeline(f"The {pipeline} pipeline has no work to do on this batch.")
        case HTTPStatus.PAYMENT_REQUIRED:
            raise fail.during(OPERATION).error(
                ErrorCode.INSUFFICIENT_CREDITS,
                "Not enough credits for this pipeline.",
                details=_figures(_facts(reply)),
            )
        case HTTPStatus.TOO_MANY_REQUESTS:
            raise fail.during(OPERATION).error(
                ErrorCode.RATE_LIMIT,
                "Too many pipelines were started; wait before you start another.",
                retry_after_s=_pause_s(reply),
            )
        case HTTPStatus.NOT_FOUND:
            refuse_unknown_batch(batch_id)
        case HTTPStatus.INTERNAL_SERVER_ERROR:
            _refuse_after_failure(pipeline)
    if json_object(reply, UpstreamName.BOS).get("allowed") is not True:
        raise fail.during(OPERATION).error(
            ErrorCode.AUTHORIZATION_ERROR, "This pipeline can't be started on this batch."
        )


def _refuse_after_failure(pipeline: PipelineName) -> NoReturn:
    """Raise for a 500 of the preflight, which it also answers for a pipeline that it can't start."""
    if pipeline not in STARTABLE:
        named = ", ".join(STARTABLE)
        _refuse_pipeline(f"The platform can't start {pipeline} on its own; it can start {named}.")
    raise fail.during(OPERATION).error(
        ErrorCode.EXTERNAL_SERVICE_ERROR,
        f"The platform could not check whether the {pipeline} pipeline may start; nothing was started. "
        "If the batch has no prompt, set one and try again.",
        details={"external_service": UpstreamName.BOS.value, "upstream_status": HTTPStatus.INTERNAL_SERVER_ERROR.value},
    )


def _refuse_pipeline(message: str) -> NoReturn:
    raise fail.during(OPERATION).validation_error("requested_pipeline", message)


def _figures(facts: JsonObject) -> JsonObject:
    """Return the figures of a denial, each only if it is what it should be: the route they come from is internal."""
    reason, breakdown, phases = (
        facts.get(name) for name in ("denial_reason", "resource_breakdown", "resolved_pipeline")
    )
    figures: JsonObject = {
        name: facts[name] for name in ("required_credits", "available_credits") if _is_number(facts.get(name))
    }
    if _is_word(reason):
        figures["denial_reason"] = reason
    if isinstance(breakdown, dict) and len(breakdown) <= MOST_ENTRIES:
        figures["resource_breakdown"] = {
            resource: figure for resource, figure in breakdown.items() if _is_word(resource) and _is_number(figure)
        }
    if isinstance(phases, list) and len(phases) <= MOST_ENTRIES:
        figures["resolved_pipeline"] = [phase for phase in phases if _is_word(phase)]
    return figures


def _pause_s(reply: UpstreamReply) -> float:
    header = reply.retry_after
    seconds = _facts(reply).get("retry_after_seconds")
    if header.isascii() and header.isdecimal():
        return min(float(header), LONGEST_PAUSE_S)
    if isinstance(seconds, int | float) and not isinstance(seconds, bool) and seconds >= 0:
        return min(seconds, LONGEST_PAUSE_S)
    return DEFAULT_PAUSE_S


def _facts(reply: UpstreamReply) -> JsonObject:
    """Return the facts of a refusal: the body's own, or those of the platform's error shape."""
    try:
        body: JsonValue = orjson.loads(reply.body)
    except orjson.JSONDecodeError:
        return {}
    match body:
        case {"error": {"details": dict() as details}}:
            return details
        case dict():
            return body
        case _:
            return {}


def _is_number(value: JsonValue) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_word(value: JsonValue) -> bool:
    return isinstance(value, str) and len(value) <= LONGEST_WORD_CHARACTERS and value.isprintable()
