"""Responses of the gateway: JSON of its own, encoded once, and an upstream's, passed on as it comes."""

from collections.abc import AsyncIterable, AsyncIterator
from types import TracebackType
from typing import Self, cast

import orjson
from pydantic import BaseModel
from quart import Response
from quart.wrappers.response import DataBody, ResponseBody
from werkzeug.datastructures import Headers

from api_gateway.middleware.stream_closer import close_after_exchange
from api_gateway.upstream.ports import UpstreamStream

JSON = "application/json"


def json_response(body: object, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    """Return ``body``, a model or plain JSON values, as a JSON response."""
    encoded = body.model_dump_json().encode() if isinstance(body, BaseModel) else orjson.dumps(body)
    return Response(encoded, status, headers, content_type=JSON)


def stream_response(stream: UpstreamStream) -> Response:
    """Return the response that passes ``stream`` on, headers as they are; the end of the exchange closes the stream."""
    close_after_exchange(stream)
    headers = Headers(list(stream.headers))
    has_type = "Content-Type" in headers
    whole = stream.whole
    response = Response(_StreamBody(stream.body) if whole is None else whole, stream.status, headers)
    if not has_type:
        del response.headers["Content-Type"]  # which Quart adds
    return response


async def buffer_small(response: Response, max_bytes: int) -> bytes | None:
    """Read the body of ``response`` into memory and return it; None for a larger one, which streams on as before."""
    if isinstance(response.response, DataBody):
        return response.response.data
    body = aiter(cast("AsyncIterable[bytes]", response.response))  # as Quart itself reads it; its types are wider
    chunks, size = [], 0
    async for chunk in body:
        chunks.append(chunk)
        size += len(chunk)
        if size > max_bytes:
            response.response = _StreamBody(_chain(chunks, body))
            return None
    whole = b"".join(chunks)
    response.set_data(whole)
    return whole


async def _chain(read: list[bytes], rest: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    for chunk in read:
        yield chunk
    async for chunk in rest:
        yield chunk


class _StreamBody(ResponseBody):
    """A body that is read from the upstream no faster than the client takes it."""

    def __init__(self, chunks: AsyncIterator[bytes]) -> None:
        self._chunks = chunks

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Leave the closing to the :class:`~api_gateway.middleware.stream_closer.StreamCloser`."""

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self._chunks
