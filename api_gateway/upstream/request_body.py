"""A caller's body on its way to an upstream."""

from collections.abc import AsyncIterable, AsyncIterator
from typing import Self

from api_gateway import fail
from api_gateway.upstream.deadline import Deadline
from common.clock import Clock
from common.errors.codes import ErrorCode


class StartedBody:
    """A caller's body whose first chunk has come: ``first``, then ``rest``."""

    def __init__(self, first: bytes, rest: AsyncIterator[bytes]) -> None:
        self._first = first
        self._rest = rest

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> bytes:
        if chunk := self._first:
            self._first = b""
            return chunk
        return await anext(self._rest)


async def await_first_chunk(source: AsyncIterable[bytes]) -> StartedBody:
    """Return ``source`` when its first chunk, or its end, has come.

    aiohttp sends a request's head with the first chunk. To connect before would leave the upstream with a connection
    and no request; it closes that after a while, and what a caller did would count against the upstream.
    """
    chunks = aiter(source)
    return StartedBody(await anext(chunks, b""), chunks)


class OutgoingBody:
    """Yields the chunks of ``source`` as aiohttp asks for them, which it does only after the last one went out.

    The deadline stands still while the caller is waited for. What the source raises is kept in ``error``: aiohttp
    wraps it, and the caller gets the error itself.

    Args:
        source: the caller's body.
        length: its announced length, or None; a body that ends before it is an error, so that the upstream sees the
            connection cut and not a body that looks whole.
        deadline: of the exchange.
        clock: measures how long the caller takes.

    Attributes:
        sent: bytes handed to aiohttp so far.
        caller_wait_s: how long the caller was waited for in all.
        complete: whether that was all.
        error: what the source raised.
    """

    def __init__(self, source: AsyncIterable[bytes], length: int | None, deadline: Deadline, clock: Clock) -> None:
        self._chunks: AsyncIterator[bytes] = aiter(source)
        self._length = length
        self._deadline = deadline
        self._clock = clock
        self.caller_wait_s = 0.0
        self.sent = 0
        self.complete = False
        self.error: Exception | None = None

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> bytes:
        self._deadline.pause()
        asked_at = self._clock.monotonic()
        try:
            chunk = await anext(self._chunks)
        except StopAsyncIteration:
            self._end()
            raise
        except Exception as exc:  # whatever the source raised: it is kept, and raised on
            self.error = exc
            raise
        finally:
            self.caller_wait_s += self._clock.monotonic() - asked_at
            self._deadline.resume()
        self.sent += len(chunk)
        return chunk

    def _end(self) -> None:
        if self._length is not None and self.sent < self._length:
            self.error = fail.during("forward_body").error(
                ErrorCode.INVALID_REQUEST,
                "The body ended before the announced length.",
                details={"announced_bytes": self._length, "received_bytes": self.sent},
            )
            raise self.error
        self.complete = True
