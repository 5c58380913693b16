"""The health of the feed's own parts; ``common.web`` serves ``/livez``, ``/readyz``, ``/healthz`` and ``/metrics``."""

from collections.abc import Mapping

import orjson
from dishka import FromDishka
from pydantic import JsonValue
from quart import Blueprint, Response
from quart_dishka import inject

from websocket_service.health import FeedHealth

blueprint = Blueprint("feed_health", __name__)


@blueprint.get("/healthz/redis")
@inject
async def redis(health: FromDishka[FeedHealth]) -> Response:
    """Tell whether Redis answers and this process is subscribed to its channels; 503 when not."""
    sound, report = await health.redis()
    return _reply(report, sound=sound)


@blueprint.get("/healthz/websocket")
@inject
async def websocket(health: FromDishka[FeedHealth]) -> Response:
    """Tell how many connections there are; 503 when new ones can't be served."""
    sound, report = health.connections()
    return _reply(report, sound=sound)


def _reply(report: Mapping[str, JsonValue], *, sound: bool) -> Response:
    body = {"status": "healthy" if sound else "unhealthy", **report}
    return Response(orjson.dumps(body), 200 if sound else 503, content_type="application/json")
