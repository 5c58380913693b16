"""An upstream's response, read as it comes, or decoded where it has to be read here."""

import zlib
from collections.abc import AsyncIterable, AsyncIterator
from dataclasses import dataclass
from typing import Self

from aiohttp import ClientResponse

from api_gateway.upstream.circuit_breaker import Permit
from api_gateway.upstream.deadline import Deadline
from api_gateway.upstream.headers import HeaderPairs, for_caller
from api_gateway.upstream.pool import Upstream
from api_gateway.upstream.ports import UpstreamRequest
from api_gateway.upstream.request_body import OutgoingBody
from api_gateway.upstream.transport_errors import TRANSPORT_ERRORS, error_for, failure_of
from common.clock import Clock

_WINDOW_BITS = {"gzip": 16 + zlib.MAX_WBITS, "x-gzip": 16 + zlib.MAX_WBITS, "deflate": zlib.MAX_WBITS}


async def read_at_most(chunks: AsyncIterable[bytes], most_bytes: int) -> bytes | None:
    """Return the whole body, None when it is longer: a part of it can't be parsed."""
    read: list[bytes] = []
    size = 0
    async for chunk in chunks:
        read.append(chunk)
        size += len(chunk)
        if size > most_bytes:
            return None
    return b"".join(read)


def decode_body(body: bytes, coding: str, *, most_bytes: int) -> bytes | None:
    """Return ``body`` without its Content-Encoding, or None when it can't be undone within ``most_bytes``."""
    coding = coding.strip().lower()
    if coding in {"", "identity"}:
        return body
    if coding not in _WINDOW_BITS:
        return None
    decoder = zlib.decompressobj(_WINDOW_BITS[coding])
    try:
        plain = decoder.decompress(body, most_bytes)
    except zlib.error:
        return None
    return plain if decoder.eof else None


@dataclass(frozen=True, slots=True)
class UpstreamCall:
    """One request to an upstream, from its first attempt to the last byte of its response.

    ``uncompressed`` says that the answer will be read here, whatever encodings the caller accepts.
    """

    request: UpstreamRequest
    upstream: Upstream
    deadline: Deadline
    uncompressed: bool = False


@dataclass(frozen=True, slots=True)
class Attempt:
    """One sending of a request: its body, if it has one, the permit that its outcome settles, and the clock."""

    permit: Permit
    outgoing: OutgoingBody | None
    clock: Clock


SLOW_CALLER_S = 5.0
"""Once a caller has kept an upstream waiting for so long, the upstream's giving up no longer counts as a failure:
servers, and proxies before them, close on clients that don't read and answer 504 to those that send slowly."""


class HttpStream:
    """An answer whose head and first chunk are here and whose other chunks are read as they are asked for.

    Implements :class:`api_gateway.upstream.ports.UpstreamStream`. The first chunk is read ahead so that an upstream
    that fails between head and body still gets a proper error for the caller; later failures can only cut the answer.

    Args:
        exchange: what it answers.
        attempt: the one that was answered.
        response: aiohttp's.
        first: the first chunk; empty when there is no body.
    """

    def __init__(self, call: UpstreamCall, attempt: Attempt, response: ClientResponse, first: bytes) -> None:
        self._call = call
        self._attempt = attempt
        self._response = response
        self._first = first
        self._ended = not first or response.content.at_eof()
        self._closed = False
        self._handed_at = attempt.clock.monotonic()
        self._caller_wait_s = 0.0
        self.status = response.status

    @property
    def headers(self) -> HeaderPairs:
        """The headers that the caller may see, computed anew at each access: a response that is read here needs none.

        Content-Encoding and Content-Length are those that the upstream sent.
        """
        return for_caller(decode_headers(self._response), self._call.request.path)

    @property
    def content_encoding(self) -> str:
        """The coding of the body, empty without one."""
        return self._response.headers.get("Content-Encoding", "")

    @property
    def retry_after(self) -> str:
        """The value of the upstream's Retry-After; empty without one."""
        return self._response.headers.get("Retry-After", "")

    @property
    def whole(self) -> bytes | None:
        """The body, where it isn't empty and its first chunk is its last."""
        return self._first if self._first and self._ended else None

    @property
    def body(self) -> AsyncIterator[bytes]:
        """The body, to be read once."""
        return self

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> bytes:
        """Return the next chunk, raising HuleEduError when the upstream breaks off or stalls."""
        if chunk := self._first:
            self._first = b""
            self._handed_at = self._attempt.clock.monotonic()
            return chunk
        if self._ended:
            raise StopAsyncIteration
        self._caller_wait_s += self._attempt.clock.monotonic() - self._handed_at
        chunk = await self._read()
        self._handed_at = self._attempt.clock.monotonic()
        self._ended = not chunk or self._response.content.at_eof()
        if not chunk:
            raise StopAsyncIteration
        return chunk

    async def _read(self) -> bytes:
        try:
            async with self._call.deadline:
                return await self._response.content.readany()
        except TRANSPORT_ERRORS as exc:
            counts = isinstance(exc, TimeoutError) or self._caller_wait_s < SLOW_CALLER_S
            self._attempt.permit.settle(success=False if counts else None)
            self._call.upstream.record_broken_body()
            await self.close()
            deadline, request = self._call.deadline, self._call.request
            raise error_for(failure_of(exc), request, timeout_s=deadline.allowance_s) from exc

    async def close(self) -> None:
        """Return the connection to the pool when both bodies went over it whole, else cut it."""
        if self._closed:
            return
        self._closed = True
        permit, outgoing = self._attempt.permit, self._attempt.outgoing
        permit.settle(success=True if self._ended else None)
        release_or_close(self._response, outgoing)
        self._call.upstream.release(self._call.request.caller)


def release_or_close(response: ClientResponse, outgoing: OutgoingBody | None) -> None:
    """Return the connection to the pool when both bodies went over it whole, else cut it."""
    if response.content.at_eof() and (outgoing is None or outgoing.complete):
        response.release()
    else:
        response.close()


def decode_headers(response: ClientResponse) -> HeaderPairs:
    """Return all headers of ``response`` in order.

    Bytes that aren't UTF-8 stand as surrogates (PEP 383), so that they leave as they came.
    """
    return [(_text(name), _text(value)) for name, value in response.raw_headers]


def _text(raw: bytes) -> str:
    return raw.decode(errors="surrogateescape")
