"""Notifications: read the newest, catch up on what was missed, say how far one has seen, open the live feed."""

from http import HTTPStatus

from dishka import FromDishka
from quart import Blueprint, Response
from quart_dishka import inject
from quart_schema import document_response, tag_blueprint, validate_querystring

from api_gateway.ports import TicketIssuer
from api_gateway.responses import JSON, json_response
from api_gateway.routes.json_body import validate_body
from api_gateway.routes.route_docs import WITH_BODY, WITH_STORE, RouteDocs, document_route
from api_gateway.schemas.notifications import MarkSeen, NotificationPage, ReadNotifications, SeenMark, Ticket
from common.identity.principal import Principal
from common.notification_log import UNKNOWN_CURSOR, Cursor, Gap, NotificationLog, Page


def page_body(page: Page) -> bytes:
    """Return the JSON of ``page`` (:class:`api_gateway.schemas.notifications.NotificationPage`).

    Each item is its entry's frame byte for byte. Cursors hold nothing that JSON would escape.
    """
    items = b",".join(entry.payload for entry in page.entries)
    facts = b'"cursor":"%b","unread":%d,"outcome":"%b"' % (
        str(page.cursor).encode(),
        page.seen.unread,
        page.outcome.value.encode(),
    )
    return b'{"items":[%b],%b%b}' % (items, facts, _gap_member(page.gap))


def _gap_member(gap: Gap | None) -> bytes:
    if gap is None:
        return b""
    return b',"gap":{"from":"%b","to":"%b"}' % (str(gap.begin).encode(), str(gap.end).encode())


blueprint = Blueprint("notifications", __name__, url_prefix="/v1")

tag_blueprint(blueprint, ["Notifications"])


@blueprint.get("/notifications")
@validate_querystring(ReadNotifications)
@document_response(NotificationPage)
@document_route(RouteDocs(errors=WITH_STORE))
@inject
async def read_notifications(
    query_args: ReadNotifications, principal: FromDishka[Principal], log: FromDishka[NotificationLog]
) -> Response:
    """Read the caller's notifications, oldest first.

    Without `after`: the newest `limit` notifications that are kept, for a page that loads; a socket opened with
    `?cursor=` set to the response's `cursor` continues from there without a gap. With `after`: the notifications after
    that cursor. A page also ends before `limit` if its notifications would exceed 1 MB; continue until a page has no
    items. The feed uses the same cursors, in both directions.
    """
    user_id, limit = principal.user_id, query_args.limit
    if query_args.after:
        after = Cursor.parse(query_args.after) or UNKNOWN_CURSOR
        page = await log.read_after(user_id, after, limit=limit)
    else:
        page = await log.read_latest(user_id, limit=limit)
    return Response(page_body(page), content_type=JSON)


@blueprint.post("/notifications/seen")
@validate_body(MarkSeen)
@document_response(SeenMark)
@document_route(RouteDocs(errors=WITH_BODY | WITH_STORE))
@inject
async def mark_notifications_seen(
    data: MarkSeen, principal: FromDishka[Principal], log: FromDishka[NotificationLog]
) -> Response:
    """Mark everything up to and including one notification as seen by the caller.

    Each user has one seen-mark, for all devices. It never moves back, and a cursor of a history that no longer exists
    doesn't move it; the response gives its position. When it moves, every open connection of the caller that takes
    control frames gets `feed.seen`.
    """
    seen = await log.mark_seen(principal.user_id, data.id)
    return json_response(SeenMark(cursor=str(seen.cursor), unread=seen.unread))


@blueprint.post("/ws/tickets")
@document_response(Ticket, 201)
@document_route(RouteDocs(errors=WITH_STORE))
@inject
async def issue_ticket(principal: FromDishka[Principal], tickets: FromDishka[TicketIssuer]) -> Response:
    """Issue a ticket that opens one connection to the live feed in the caller's name.

    Open it with `?ticket=` within `expires_in` seconds; a second use is refused. The connection ends when the access
    token expires, and a token with less than a second left gets 401 `token_expired`.
    """
    issued = await tickets.issue(principal)
    return json_response(Ticket(ticket=issued.ticket, expires_in=issued.expires_in_s), HTTPStatus.CREATED)
