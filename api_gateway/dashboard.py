"""The documented answer of the teacher's dashboard, its times in UTC (docs/gateway.md, row 32)."""

from http import HTTPStatus
from typing import Final

import orjson
from pydantic import JsonValue
from quart import Response

from api_gateway.conditional import gather
from api_gateway.utc_times import with_utc_times

MOST_GATHERED_BYTES: Final = 1_048_576
"""A hundred batches are a thirtieth of it. A larger answer streams as the Teacher BFF wrote it."""

_DIGESTS: Final = ("Content-Digest", "Repr-Digest", "Digest", "Content-MD5")


async def tell_in_utc(response: Response) -> None:
    """Have the batches of ``response``, the Teacher BFF's to a GET, tell their times in UTC; leave any other alone."""
    plain = response.status_code == HTTPStatus.OK and response.is_json and "Content-Encoding" not in response.headers
    if not plain or (whole := await gather(response, MOST_GATHERED_BYTES)) is None:
        return
    told = _in_utc(whole)
    if told is None:
        return
    response.set_data(told)
    for header in _DIGESTS:
        response.headers.pop(header, None)


def _in_utc(body: bytes) -> bytes | None:
    """Return the dashboard with its times in UTC; None when it is no dashboard, or has them so already."""
    try:
        dashboard: JsonValue = orjson.loads(body)
    except orjson.JSONDecodeError:
        return None
    if not isinstance(dashboard, dict) or not isinstance(batches := dashboard.get("batches"), list):
        return None
    told: list[JsonValue] = [with_utc_times(batch) if isinstance(batch, dict) else batch for batch in batches]
    return None if told == batches else orjson.dumps({**dashboard, "batches": told})
