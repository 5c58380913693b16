"""Passes a caller's request on to an upstream, body and answer streamed (docs/gateway.md, rows 5, 8, 9)."""

from collections.abc import AsyncIterable, AsyncIterator
from dataclasses import dataclass

from quart import Request, Response

from api_gateway.answers import acting_for
from api_gateway.conditional import gathered
from api_gateway.domain import TimeoutClass, UpstreamName, UpstreamRequest
from api_gateway.forwarding import HeaderPairs, Peer, RequestHeaders
from api_gateway.ports import Upstreams
from common.correlation import CORRELATION_HEADER, correlation_id
from common.identity.principal import Principal
from common.web.heads import sent_field


@dataclass(frozen=True, slots=True)
class Proxy:
    """Sends requests as they came, to the same path, on the caller's behalf."""

    upstreams: Upstreams
    request_headers: RequestHeaders

    async def forward(self, request: Request, upstream: UpstreamName, principal: Principal) -> Response:
        """Return ``upstream``'s answer to ``request``, sent as ``principal``."""
        passed = self.request_headers.for_upstream(inbound_headers(request), _peer(request))
        body = request.body if has_body(request) else None
        return await self._relayed(request, upstream, [*acting_for(principal), *passed], body)

    async def forward_upload(
        self, request: Request, upstream: UpstreamName, principal: Principal, body: AsyncIterable[bytes]
    ) -> Response:
        """Return ``upstream``'s answer to an upload whose inspected ``body`` stands for the request's own."""
        passed = self.request_headers.for_upstream(inbound_headers(request), _peer(request))
        headers = [*acting_for(principal), *passed]
        return await self._relayed(request, upstream, headers, body, TimeoutClass.UPLOAD)

    async def forward_anonymous(self, request: Request, upstream: UpstreamName) -> Response:
        """Return ``upstream``'s answer to ``request``, sent on nobody's behalf and with its own Authorization.

        The body is awaited first: anybody can send one slowly, and nobody who does may hold a place at the upstream.
        """
        whole = await request.body if has_body(request) else b""
        passed = self.request_headers.for_upstream(inbound_headers(request), _peer(request), keep_authorization=True)
        headers = [*passed, (CORRELATION_HEADER, str(correlation_id()))]
        return await self._relayed(request, upstream, headers, _chunks_of(whole) if whole else None)

    async def _relayed(
        self,
        request: Request,
        upstream: UpstreamName,
        headers: HeaderPairs,
        body: AsyncIterable[bytes] | None,
        timeout_class: TimeoutClass = TimeoutClass.NORMAL,
    ) -> Response:
        stream = await self.upstreams.open(
            UpstreamRequest(
                upstream=upstream,
                method=request.method,
                path=request.scope["raw_path"].decode("ascii"),
                query=request.query_string.decode("ascii", "replace"),
                headers=headers,
                body=body,
                content_length=request.content_length,
                timeout_class=timeout_class,
            )
        )
        return await gathered(stream)


async def _chunks_of(body: bytes) -> AsyncIterator[bytes]:
    yield body


def has_body(request: Request) -> bool:
    """Whether a body was announced (RFC 9112 section 6.3): a length above zero, or chunks."""
    return bool(request.content_length) or sent_field(request, b"transfer-encoding") is not None


def inbound_headers(request: Request) -> HeaderPairs:
    """Return the request's headers as they were sent, in order, repeated ones too."""
    return [(name.decode("ascii"), _text(value)) for name, value in request.scope["headers"]]


def _peer(request: Request) -> Peer:
    client = request.scope["client"]
    return Peer(address=client[0] if client else "unknown", scheme=request.scheme, host=request.headers.get("Host", ""))


def _text(value: bytes) -> str:
    try:
        return value.decode()
    except UnicodeDecodeError:
        return value.decode("latin-1")
