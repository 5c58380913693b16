"""The dashboard's own views: whatever the Teacher BFF offers below its prefix, the documented one in UTC."""

from http import HTTPStatus
from typing import Final

import orjson
from dishka import FromDishka
from pydantic import JsonValue
from quart import Blueprint, Response
from quart_dishka import inject
from quart_schema import tag

from api_gateway.batches import with_utc_times
from api_gateway.proxy import Proxy
from api_gateway.responses import buffer_small
from api_gateway.routes.classes import ALL_METHODS
from api_gateway.routes.route_docs import OPEN_BODY, WITH_BODY, WITH_UPSTREAM, RouteDocs, document_route
from api_gateway.upstream.ports import UpstreamName
from common.identity.principal import Principal
from common.web.quart_overrides.current import current_request

MAX_BUFFERED_BYTES: Final = 1_048_576
"""Thirty times what a hundred batches take. A larger response streams as the Teacher BFF wrote it."""

_DIGESTS: Final = ("Content-Digest", "Repr-Digest", "Digest", "Content-MD5")


async def show_times_in_utc(response: Response) -> None:
    """Show the times of the batches in ``response``, the Teacher BFF's to a GET, in UTC; leave any other alone."""
    plain = response.status_code == HTTPStatus.OK and response.is_json and "Content-Encoding" not in response.headers
    if not plain or (whole := await buffer_small(response, MAX_BUFFERED_BYTES)) is None:
        return
    dashboard = _with_times_in_utc(whole)
    if dashboard is None:
        return
    response.set_data(dashboard)
    for header in _DIGESTS:
        response.headers.pop(header, None)


def _with_times_in_utc(body: bytes) -> bytes | None:
    """Return the dashboard with its times in UTC; None when it is no dashboard, or has them so already."""
    try:
        dashboard: JsonValue = orjson.loads(body)
    except orjson.JSONDecodeError:
        return None
    if not isinstance(dashboard, dict) or not isinstance(batches := dashboard.get("batches"), list):
        return None
    shown: list[JsonValue] = [with_utc_times(batch) if isinstance(batch, dict) else batch for batch in batches]
    return None if shown == batches else orjson.dumps({**dashboard, "batches": shown})


DASHBOARD = "dashboard"

blueprint = Blueprint("teacher", __name__)


@blueprint.route("/bff/v1/teacher/<path:path>", methods=ALL_METHODS)
@tag(["Teacher dashboard"])
@document_route(RouteDocs(errors=WITH_BODY | WITH_UPSTREAM, relays="the Teacher BFF", body=OPEN_BODY))
@inject
async def teacher_view(path: str, principal: FromDishka[Principal], proxy: FromDishka[Proxy]) -> Response:
    """Forward a request to the Teacher BFF on the caller's behalf."""
    request = current_request()
    if path != DASHBOARD or request.method not in {"GET", "HEAD"}:
        return await proxy.forward(request, UpstreamName.BFF, principal)
    response = await proxy.forward(request, UpstreamName.BFF, principal, uncompressed=True)
    if request.method == "GET":
        await show_times_in_utc(response)
    else:
        response.headers.pop("Content-Length", None)  # of the body as the Teacher BFF writes it
    return response
