"""Tickets for the live feed, for clients that can send no header with a socket."""

from http import HTTPStatus

from dishka import FromDishka
from quart import Blueprint, Response
from quart_dishka import inject
from quart_schema import document_response, tag_blueprint

from api_gateway.ports import Tickets
from api_gateway.responses import json_answer
from api_gateway.routes.route_docs import WITH_STORE, RouteDocs, documented
from api_gateway.schemas.authentication import Ticket
from common.identity.principal import Principal

blueprint = Blueprint("tickets", __name__, url_prefix="/v1/ws")
tag_blueprint(blueprint, ["Notifications"])


@blueprint.post("/tickets")
@document_response(Ticket, 201)
@documented(RouteDocs(errors=WITH_STORE))
@inject
async def issue_ticket(principal: FromDishka[Principal], tickets: FromDishka[Tickets]) -> Response:
    """Issue a ticket that opens one connection to the live feed in the caller's name.

    Open it with `?ticket=` within `expires_in` seconds; a second use is refused. The connection ends when the access
    token would, and a token with less than a second left is 401 `token_expired`.
    """
    issued = await tickets.issue(principal)
    return json_answer(Ticket(ticket=issued.ticket, expires_in=issued.expires_in_s), HTTPStatus.CREATED)
