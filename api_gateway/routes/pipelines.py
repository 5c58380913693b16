"""Pipelines: ask whether one may start, then hand the command to the platform."""

from http import HTTPStatus

from dishka import FromDishka
from quart import Blueprint, Response
from quart_dishka import inject
from quart_schema import document_response, tag_blueprint

from api_gateway import fail
from api_gateway.middleware.idempotency import event_id_for
from api_gateway.paths import path_segment
from api_gateway.pipelines import Pipelines, trace_context
from api_gateway.responses import json_response
from api_gateway.routes.json_body import validate_body
from api_gateway.routes.route_docs import WITH_BODY, WITH_UPSTREAM, RouteDocs, document_route
from api_gateway.schemas.pipelines import PipelineAccepted, StartPipeline
from common.correlation import correlation_id
from common.errors.codes import ErrorCode
from common.identity.principal import Principal
from common.web.quart_overrides.current import current_request

OF_PREFLIGHT_AND_COMMAND = frozenset(
    {
        ErrorCode.INSUFFICIENT_CREDITS,
        ErrorCode.RATE_LIMIT,
        ErrorCode.KAFKA_PUBLISH_ERROR,
    }
)

blueprint = Blueprint("pipelines", __name__, url_prefix="/v1/batches")
tag_blueprint(blueprint, ["Pipelines"])


@blueprint.post("/<batch_id>/pipelines")
@validate_body(StartPipeline)
@document_response(PipelineAccepted, 202)
@document_route(RouteDocs(errors=WITH_BODY | WITH_UPSTREAM | OF_PREFLIGHT_AND_COMMAND, headers=("Location",)))
@inject
async def start_pipeline(
    batch_id: str,
    data: StartPipeline,
    principal: FromDishka[Principal],
    pipelines: FromDishka[Pipelines],
) -> Response:
    """Start a pipeline on one of the caller's batches.

    202 means that the platform has durably stored the command; follow the batch at `Location`. With
    KAFKA_PUBLISH_ERROR, `details.outcome` says that the command was `not_sent`, or that this is `unknown`.
    """
    require_same_batch(data, batch_id)
    await pipelines.preflight(batch_id, data.requested_pipeline, principal)
    trace = trace_context(current_request().headers.to_wsgi_list())
    await pipelines.start(batch_id, data, principal, event_id=event_id_for(principal), trace=trace)
    accepted = PipelineAccepted(
        message=f"The {data.requested_pipeline} pipeline was sent to the platform.",
        batch_id=batch_id,
        correlation_id=correlation_id(),
    )
    return json_response(
        accepted, HTTPStatus.ACCEPTED, headers={"Location": f"/v1/batches/{path_segment(batch_id)}/status"}
    )


def require_same_batch(order: StartPipeline, batch_id: str) -> None:
    """Raise VALIDATION_ERROR when the body names another batch than the path."""
    if order.batch_id not in {None, batch_id}:
        raise fail.during("start_pipeline").validation_error("batch_id", "batch_id differs from the batch in the path.")
