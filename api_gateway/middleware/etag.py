"""ETags for answers that have none, so that a dashboard that polls is told "not modified" (RFC 9110, section 13).

A strong validator of what is sent: JSON with status 200, up to 256 KB. Larger answers stream without one.
Whoever made the tag, a private answer that has one may be kept by its caller alone; any other may not be kept.
An answer to HEAD says what the one to GET would (section 9.3.2), but for the tag of what an upstream alone has seen.
"""

from collections.abc import AsyncIterable, AsyncIterator
from hashlib import blake2b
from http import HTTPStatus
from math import inf
from types import TracebackType
from typing import Final, Self, cast

from quart import Quart, Response, request
from quart.wrappers.response import DataBody, ResponseBody
from werkzeug.http import parse_etags

from api_gateway.middleware.authentication import PUBLIC_ROUTES
from api_gateway.middleware.stream_closer import relayed
from api_gateway.upstream.ports import UpstreamStream
from common.web.middleware.request_head import sent_field

LARGEST_TAGGED_BYTES: Final = 262_144
_TAG_BYTES: Final = 16
_READS: Final = frozenset({"GET", "HEAD"})


def answer_conditionally(app: Quart) -> None:
    """Tag private answers and answer 304 to who has them already; call it first of what looks at answers."""

    @app.after_request
    async def tag(response: Response) -> Response:
        if not _is_private_read():
            return response
        if "ETag" not in response.headers:
            if not _is_taggable(response) or _size_of(response) > LARGEST_TAGGED_BYTES:
                return response
            _tag(response)
        return _revalidated(unless_known(response))


def unless_known(response: Response) -> Response:
    """Return ``response``, or 304 when its caller says that it has what the ETag names (RFC 9110 section 13.1.2)."""
    known = sent_field(request, b"if-none-match")
    etag, _ = response.get_etag()
    if known is None or etag is None:
        return response
    if not parse_etags(known.decode("latin-1")).contains_weak(etag):
        return response
    response.status_code = HTTPStatus.NOT_MODIFIED
    response.set_data(b"")
    return response


async def gathered(stream: UpstreamStream) -> Response:
    """Return the answer that passes ``stream`` on, whole and with its length if it is small enough to be tagged."""
    response = relayed(stream)
    length = response.content_length or 0
    if request.method != "GET" or not _is_taggable(response) or length > LARGEST_TAGGED_BYTES:
        return response
    await gather(response, LARGEST_TAGGED_BYTES)
    return response


async def gather(response: Response, most_bytes: int) -> bytes | None:
    """Return the body of ``response``, which has it whole then; None when it is larger, and streams on as before."""
    if isinstance(response.response, DataBody):
        return response.response.data
    body = aiter(cast("AsyncIterable[bytes]", response.response))  # as Quart itself reads it; its types are wider
    chunks, size = [], 0
    async for chunk in body:
        chunks.append(chunk)
        size += len(chunk)
        if size > most_bytes:
            response.response = _Continued(chunks, body)
            return None
    whole = b"".join(chunks)
    response.set_data(whole)
    return whole


def _is_private_read() -> bool:
    rule = request.url_rule
    return request.method in _READS and rule is not None and rule.rule not in PUBLIC_ROUTES


def _is_taggable(response: Response) -> bool:
    return response.status_code == HTTPStatus.OK and response.is_json and "ETag" not in response.headers


def _size_of(response: Response) -> float:
    """Return how large the body is that GET gets; infinite when it streams."""
    if isinstance(response.response, DataBody):
        return len(response.response.data)
    return inf if request.method == "GET" else response.content_length or 0


def _tag(response: Response) -> None:
    """Add the tag of the body; an upstream's answer to HEAD has none to make it of."""
    if isinstance(response.response, DataBody):
        etag = blake2b(response.response.data, digest_size=_TAG_BYTES).hexdigest()
        response.headers.add("ETag", f'"{etag}"')


def _revalidated(response: Response) -> Response:
    """Let only the caller keep the answer, to be asked about at each use; a 304 says the same (RFC 9110, 15.4.5)."""
    response.headers["Cache-Control"] = "private, no-cache"
    response.headers.add("Vary", "Authorization")
    return response


class _Continued(ResponseBody):
    """What was read already, then the rest as it comes; whoever surrounds the exchange closes the stream."""

    def __init__(self, begun: list[bytes], rest: AsyncIterator[bytes]) -> None:
        self._begun = begun
        self._rest = rest

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Nothing is held."""

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for chunk in self._begun:
            yield chunk
        async for chunk in self._rest:
            yield chunk
