"""Passes a caller's request on to an upstream, body and response streamed (docs/gateway.md, rows 5, 8, 9)."""

import re
from collections.abc import AsyncIterable, AsyncIterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from quart import Request, Response

from api_gateway import fail
from api_gateway.batch_ownership import BatchOwnership
from api_gateway.middleware.etag import LARGEST_TAGGED_BYTES, is_taggable
from api_gateway.responses import buffer_small, stream_response
from api_gateway.upstream.headers import HeaderPairs, Peer, RequestHeaders
from api_gateway.upstream.ports import (
    RouteDeadline,
    TimeoutClass,
    UpstreamName,
    UpstreamRequest,
    Upstreams,
    on_behalf_of,
)
from common.correlation import CORRELATION_HEADER, correlation_id
from common.errors.codes import ErrorCode
from common.identity.principal import Principal
from common.web.middleware.request_head import raw_header
from common.web.quart_overrides.request import refuse_content_coding

ACCEPT_CODING = "accept-encoding"
_UNDECODABLE = re.compile("[\ud800-\udfff]")
_SPELT_BY_SERVICE: Mapping[str, str] = MappingProxyType({"/v1/classes": "/v1/classes/"})
"""The path that a service gives a route of ours: class management redirects the collection without its slash."""


@dataclass(frozen=True, slots=True)
class Proxy:
    """Sends requests as they came, to the path by which the service knows them, on the caller's behalf."""

    upstreams: Upstreams
    request_headers: RequestHeaders

    async def forward(
        self,
        request: Request,
        upstream: UpstreamName,
        principal: Principal,
        *,
        within_s: float | None = None,
        uncompressed: bool = False,
    ) -> Response:
        """Return ``upstream``'s answer to ``request``, sent as ``principal``.

        ``within_s`` bounds the wait for its head; ``uncompressed`` asks for a body without a content coding.
        """
        passed = self._headers_for_upstream(request)
        if uncompressed:
            passed = [*(pair for pair in passed if pair[0].lower() != ACCEPT_CODING), (ACCEPT_CODING, "identity")]
        body = request.body if has_body(request) else None
        return await self._send(request, upstream, [*on_behalf_of(principal), *passed], body, within_s=within_s)

    async def forward_upload(
        self, request: Request, upstream: UpstreamName, principal: Principal, body: AsyncIterable[bytes]
    ) -> Response:
        """Return ``upstream``'s answer to an upload whose inspected ``body`` stands for the request's own."""
        passed = self._headers_for_upstream(request)
        headers = [*on_behalf_of(principal), *passed]
        return await self._send(request, upstream, headers, body, TimeoutClass.UPLOAD)

    async def forward_anonymous(
        self, request: Request, upstream: UpstreamName, *, keep_authorization: bool = True
    ) -> Response:
        """Return ``upstream``'s answer to ``request``, sent without an identity, by default with its own Authorization.

        The body is awaited first, because a stranger may send one slowly and must not hold a place at the upstream.

        Raises:
            HuleEduError: UNSUPPORTED_MEDIA_TYPE, the body is compressed, which the identity service can't read.
        """
        refuse_content_coding(request)
        whole = await request.body if has_body(request) else b""
        passed = self._headers_for_upstream(request, keep_authorization=keep_authorization)
        headers = [*passed, (CORRELATION_HEADER, str(correlation_id()))]
        return await self._send(request, upstream, headers, _chunks_of(whole) if whole else None)

    def _headers_for_upstream(self, request: Request, *, keep_authorization: bool = False) -> HeaderPairs:
        """Return what passes of the request's headers.

        Raises:
            HuleEduError: INVALID_REQUEST, one that would pass isn't UTF-8: its bytes can't go on unchanged.
        """
        passed = self.request_headers.for_upstream(
            inbound_headers(request), _peer(request), keep_authorization=keep_authorization
        )
        for name, value in passed:
            if not value.isascii() and _UNDECODABLE.search(value):
                raise fail.during("forward").error(
                    ErrorCode.INVALID_REQUEST, f"The header {name} is not UTF-8.", details={"header": name}
                )
        return passed

    async def _send(
        self,
        request: Request,
        upstream: UpstreamName,
        headers: HeaderPairs,
        body: AsyncIterable[bytes] | None,
        timeout_class: TimeoutClass = TimeoutClass.NORMAL,
        within_s: float | None = None,
    ) -> Response:
        stream = await self.upstreams.open(
            UpstreamRequest(
                upstream=upstream,
                method=request.method,
                path=_path_for(request),
                query=request.query_string.decode("ascii", "replace"),
                headers=headers,
                body=body,
                content_length=request.content_length,
                timeout_class=timeout_class,
                within_s=within_s,
            )
        )
        response = stream_response(stream)
        if stream.whole is None and request.method == "GET" and is_taggable(response):
            length = response.content_length or 0
            if length <= LARGEST_TAGGED_BYTES:
                await buffer_small(response, LARGEST_TAGGED_BYTES)
        return response


@dataclass(frozen=True, slots=True)
class OwnBatchProxy:
    """Sends requests about a batch of the caller's own, within the time that the route has."""

    proxy: Proxy
    ownership: BatchOwnership
    deadline: RouteDeadline

    async def forward(self, request: Request, upstream: UpstreamName, batch_id: str, principal: Principal) -> Response:
        """Return ``upstream``'s answer to ``request``, sent as ``principal``.

        Raises:
            HuleEduError: as :meth:`BatchOwnership.require` does.
        """
        await self.ownership.require(batch_id, principal, within_s=self.deadline.left_s)
        return await self.proxy.forward(request, upstream, principal, within_s=self.deadline.left_s)


def _path_for(request: Request) -> str:
    rule = request.url_rule.rule if request.url_rule else ""
    raw: str = request.scope["raw_path"].decode("ascii")
    return _SPELT_BY_SERVICE.get(rule, raw)


async def _chunks_of(body: bytes) -> AsyncIterator[bytes]:
    yield body


def has_body(request: Request) -> bool:
    """Whether a body was announced (RFC 9112 section 6.3): a length above zero, or chunks."""
    return bool(request.content_length) or raw_header(request, b"transfer-encoding") is not None


def inbound_headers(request: Request) -> HeaderPairs:
    """Return the request's headers as they were sent, in order, repeated ones too.

    Bytes that aren't UTF-8 stand as surrogates (PEP 383).
    """
    return [(name.decode("ascii"), value.decode(errors="surrogateescape")) for name, value in request.scope["headers"]]


def _peer(request: Request) -> Peer:
    client = request.scope["client"]
    return Peer(address=client[0] if client else "unknown", scheme=request.scheme, host=request.headers.get("Host", ""))
