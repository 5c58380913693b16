"""Batches: register, list, follow, and give a prompt."""

from http import HTTPStatus

from dishka import FromDishka
from quart import Blueprint, Response
from quart_dishka import inject
from quart_schema import document_response, tag_blueprint, validate_querystring

from api_gateway.batch_ownership import BatchOwnership, require_possible_owner
from api_gateway.batches import BatchList, status_view
from api_gateway.paths import path_segment
from api_gateway.responses import JSON, json_response
from api_gateway.routes.json_body import validate_body
from api_gateway.routes.route_docs import WITH_BODY, WITH_UPSTREAM, RouteDocs, document_route
from api_gateway.schemas.batches import (
    BatchPage,
    BatchStatus,
    ListBatches,
    PromptSet,
    RegisterBatch,
    RegisteredBatch,
    SetPrompt,
)
from api_gateway.upstream.json_replies import identifier_of, json_object
from api_gateway.upstream.ports import UpstreamName, UpstreamRequest, Upstreams, on_behalf_of
from common.correlation import correlation_id
from common.identity.principal import Principal

blueprint = Blueprint("batches", __name__, url_prefix="/v1/batches")
tag_blueprint(blueprint, ["Batches"])


@blueprint.get("/<batch_id>/status")
@document_response(BatchStatus)
@document_route(RouteDocs(errors=WITH_UPSTREAM))
@inject
async def batch_status(
    batch_id: str, principal: FromDishka[Principal], ownership: FromDishka[BatchOwnership]
) -> Response:
    """Show the progress of one of the caller's batches.

    Another user's batch gets 403, without naming its owner. A batch that was just registered may not be known yet and
    then gets 503 with `Retry-After`.
    """
    return json_response(status_view(await ownership.read_record(batch_id, principal)))


@blueprint.get("")
@validate_querystring(ListBatches)
@document_response(BatchPage)
@document_route(RouteDocs(errors=WITH_UPSTREAM))
@inject
async def list_batches(
    query_args: ListBatches, principal: FromDishka[Principal], batches: FromDishka[BatchList]
) -> Response:
    """List the caller's batches, newest first, a page at a time.

    A status filter returns every batch that the dashboard shows with that status.
    """
    return json_response(await batches.read_page(query_args, principal))


@blueprint.post("/register")
@validate_body(RegisterBatch)
@document_response(RegisteredBatch, 202)
@document_route(RouteDocs(errors=WITH_BODY | WITH_UPSTREAM))
@inject
async def register_batch(
    data: RegisterBatch,
    principal: FromDishka[Principal],
    upstreams: FromDishka[Upstreams],
    ownership: FromDishka[BatchOwnership],
) -> Response:
    """Register a batch of essays for a course; it belongs to the caller."""
    require_possible_owner(principal)
    owner = {"user_id": principal.user_id} | ({"org_id": principal.org_id} if principal.org_id else {})
    reply = await upstreams.fetch(
        UpstreamRequest(
            upstream=UpstreamName.BOS,
            method="POST",
            path="/v1/batches/register",
            headers=on_behalf_of(principal),
            json=data.model_dump(mode="json", exclude_none=True) | owner,
        )
    )
    answer = json_object(reply, UpstreamName.BOS)
    batch_id = identifier_of(answer, "batch_id", UpstreamName.BOS)
    await ownership.register(batch_id, principal)
    registered = RegisteredBatch(batch_id=batch_id, correlation_id=correlation_id())
    return json_response(registered, HTTPStatus.ACCEPTED)


@blueprint.patch("/<batch_id>/prompt")
@validate_body(SetPrompt)
@document_response(PromptSet)
@document_route(RouteDocs(errors=WITH_BODY | WITH_UPSTREAM, relays="the Batch Orchestrator"))
@inject
async def set_prompt(
    batch_id: str, data: SetPrompt, principal: FromDishka[Principal], upstreams: FromDishka[Upstreams]
) -> Response:
    """Set the prompt that the batch's essays answer."""
    reply = await upstreams.fetch(
        UpstreamRequest(
            upstream=UpstreamName.BOS,
            method="PATCH",
            path=f"/v1/batches/{path_segment(batch_id)}/prompt",
            headers=on_behalf_of(principal),
            json=data.model_dump(mode="json", exclude_none=True),
        )
    )
    return Response(reply.body, reply.status, content_type=JSON)
