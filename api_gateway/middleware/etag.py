"""Adds ETags to private responses that have none, and answers 304 on a match (RFC 9110, section 13).

A tag is a strong validator of what is sent: JSON with status 200, up to 256 KB. Larger responses stream without one.
A private response with a tag, the gateway's or an upstream's, may be kept by its caller alone; any other may not be
kept. A response to HEAD says what the one to GET would (section 9.3.2), but for the tag of a body that only an upstream
has seen.
"""

from hashlib import blake2b
from http import HTTPStatus
from math import inf
from typing import Final

from quart import Response
from quart.wrappers.response import DataBody
from werkzeug.http import parse_etags

from api_gateway.middleware.authentication import PUBLIC_ROUTES
from common.web.middleware.request_head import raw_header
from common.web.quart_overrides.current import current_request

LARGEST_TAGGED_BYTES: Final = 262_144
_TAG_BYTES: Final = 16
_READS: Final = frozenset({"GET", "HEAD"})


async def add_etag(response: Response) -> Response:
    """Add an ETag to a private response, and make it 304 when the client has what the tag names."""
    if not _is_private_read():
        return response
    if not _has_tag(response):
        if not is_taggable(response) or _size_of(response) > LARGEST_TAGGED_BYTES:
            return response
        _tag(response)
    return _for_caller_alone(not_modified_if_known(response))


def not_modified_if_known(response: Response) -> Response:
    """Return ``response``, made 304 when ``If-None-Match`` names its ETag (RFC 9110 section 13.1.2)."""
    known = raw_header(current_request(), b"if-none-match")
    if known is None:
        return response
    etag, _ = response.get_etag()
    if etag is None or not parse_etags(known.decode("latin-1")).contains_weak(etag):
        return response
    response.status_code = HTTPStatus.NOT_MODIFIED
    response.set_data(b"")
    return response


def _is_private_read() -> bool:
    request = current_request()
    rule = request.url_rule
    return request.method in _READS and rule is not None and rule.rule not in PUBLIC_ROUTES


def is_taggable(response: Response) -> bool:
    """Whether a small body of ``response`` gets a tag: JSON with status 200 that has none."""
    return response.status_code == HTTPStatus.OK and response.is_json and not _has_tag(response)


def _has_tag(response: Response) -> bool:
    """Whether there is a tag; werkzeug's own look-up makes an exception for each header that isn't there."""
    return any(name.lower() == "etag" for name, _ in response.headers)


def _size_of(response: Response) -> float:
    """Return how large the body is that GET gets; infinite when it streams."""
    if isinstance(response.response, DataBody):
        return len(response.response.data)
    return inf if current_request().method == "GET" else response.content_length or 0


def _tag(response: Response) -> None:
    """Add the tag of the body; an upstream's response to HEAD has no body to make it of."""
    if isinstance(response.response, DataBody):
        etag = blake2b(response.response.data, digest_size=_TAG_BYTES).hexdigest()
        response.headers.add("ETag", f'"{etag}"')


def _for_caller_alone(response: Response) -> Response:
    """Let only the caller keep the response, and revalidate it at each use; a 304 says the same (RFC 9110, 15.4.5)."""
    response.headers["Cache-Control"] = "private, no-cache"
    response.headers.add("Vary", "Authorization")
    return response
