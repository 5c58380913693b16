"""The services behind the gateway, answering as a test scripts them.

Proven by tests/contract/api_gateway/test_upstreams.py, which the real adapter passes too.
"""

from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field
from typing import NoReturn

import orjson
from pydantic import JsonValue

from api_gateway.upstream.attempt import MOST_ERROR_BYTES
from api_gateway.upstream.caller_errors import error_from, is_handed_on
from api_gateway.upstream.error_replies import ErrorReply
from api_gateway.upstream.headers import HeaderPairs, for_caller, values_of
from api_gateway.upstream.ports import CircuitState, UpstreamName, UpstreamReply, UpstreamRequest
from common.errors.exceptions import HuleEduError

JSON_HEADERS: HeaderPairs = (("Content-Type", "application/json"),)


@dataclass(slots=True)
class FakeStream:
    """An answer that comes in ``chunks``; a HuleEduError among them is raised when its turn comes.

    ``closed`` tells whether the opener kept its promise, ``taken`` how many chunks were read.
    """

    status: int
    headers: HeaderPairs
    chunks: Sequence[bytes | HuleEduError]
    closed: bool = False
    taken: int = 0
    _reading: AsyncIterator[bytes] | None = None

    @property
    def whole(self) -> bytes | None:
        """The one chunk where there is one, unless it is empty or an error."""
        match self.chunks:
            case [bytes() as chunk] if chunk:
                return chunk
            case _:
                return None

    @property
    def body(self) -> AsyncIterator[bytes]:
        """The chunks, one at a time. However often it is asked for, each chunk comes once."""
        if self._reading is None:
            self._reading = self._read()
        return self._reading

    async def _read(self) -> AsyncIterator[bytes]:
        for chunk in self.chunks:
            self.taken += 1
            if isinstance(chunk, HuleEduError):
                raise chunk
            yield chunk

    async def close(self) -> None:
        """Note that the opener is done."""
        self.closed = True


@dataclass(frozen=True, slots=True)
class Seen:
    """One request as an upstream got it, with its streamed body read."""

    request: UpstreamRequest
    body: bytes

    @property
    def headers(self) -> dict[str, str]:
        """The headers by lower-case name."""
        return {name.lower(): value for name, value in self.request.headers}


@dataclass(slots=True)
class FakeUpstreams:
    """Implements :class:`api_gateway.upstream.ports.Upstreams`.

    Each upstream gives its scripted answer, else an empty 200.

    ``seen`` lists the requests in order, ``streams`` what was opened. Set ``failing`` to have every call end in
    what it raises; an exception that is no HuleEduError stands for a bug.
    """

    seen: list[Seen] = field(default_factory=list)
    streams: list[FakeStream] = field(default_factory=list)
    failing: Callable[[], NoReturn] | None = None
    circuit_states: dict[UpstreamName, CircuitState] = field(
        default_factory=lambda: dict.fromkeys(UpstreamName, CircuitState.CLOSED)
    )
    _answers: dict[UpstreamName, FakeStream] = field(default_factory=dict)
    _answers_each: dict[UpstreamName, Callable[[UpstreamRequest], JsonValue]] = field(default_factory=dict)

    def answer(
        self,
        upstream: UpstreamName,
        body: JsonValue | bytes = None,
        *,
        status: int = 200,
        headers: HeaderPairs = JSON_HEADERS,
        chunks: Sequence[bytes | HuleEduError] | None = None,
    ) -> None:
        """Have ``upstream`` answer ``body`` (JSON unless bytes), or ``chunks`` where they matter."""
        whole = body if isinstance(body, bytes) else orjson.dumps(body)
        self._answers[upstream] = FakeStream(status, headers, [whole] if chunks is None else chunks)

    def answer_each(self, upstream: UpstreamName, body_for: Callable[[UpstreamRequest], JsonValue]) -> None:
        """Have ``upstream`` answer 200 with what ``body_for`` returns of each request, or fail as it raises."""
        self._answers_each[upstream] = body_for

    async def fetch(self, request: UpstreamRequest) -> UpstreamReply:
        """Return the scripted answer whole."""
        stream = await self.open(request)
        try:
            body = b"".join([chunk async for chunk in stream.body])
            return UpstreamReply(stream.status, body, next(iter(values_of(stream.headers, "retry-after")), ""))
        finally:
            await stream.close()

    async def open(self, request: UpstreamRequest) -> FakeStream:
        """Read the request's body and return the scripted answer."""
        body = b"" if request.body is None else b"".join([chunk async for chunk in request.body])
        self.seen.append(Seen(request, body))
        if self.failing is not None:
            self.failing()
        scripted = self._next_reply(request)
        _raise_failures(scripted, request)
        stream = FakeStream(scripted.status, for_caller(scripted.headers, request.path), scripted.chunks)
        self.streams.append(stream)
        return stream

    def _next_reply(self, request: UpstreamRequest) -> FakeStream:
        if (body_for := self._answers_each.get(request.upstream)) is not None:
            return FakeStream(200, JSON_HEADERS, [orjson.dumps(body_for(request))])
        return self._answers.get(request.upstream, FakeStream(200, JSON_HEADERS, [b"{}"]))

    def circuits(self) -> dict[UpstreamName, CircuitState]:
        """Return the state of each upstream's circuit, as set in ``circuit_states``."""
        return self.circuit_states


def _raise_failures(scripted: FakeStream, request: UpstreamRequest) -> None:
    """Raise what the real adapter raises instead of opening: a status that isn't handed on, a missing first byte."""
    if not is_handed_on(scripted.status, request):
        body = b"".join(chunk for chunk in scripted.chunks if isinstance(chunk, bytes))
        readable = body if len(body) <= MOST_ERROR_BYTES else b""
        raise error_from(ErrorReply(scripted.status, scripted.headers, readable), request)
    if scripted.chunks and isinstance(scripted.chunks[0], HuleEduError):
        raise scripted.chunks[0]
