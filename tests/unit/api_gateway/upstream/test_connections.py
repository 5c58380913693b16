"""An answer that came before the connection's end is heard, whatever became of the request's body."""

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from socket import socket, socketpair

import pytest
import uvloop

from api_gateway.upstream.connections import EarlyResponseConnection
from common.errors.exceptions import HuleEduError
from tests.support.abrupt_upstream import AbruptUpstream
from tests.support.upstream_adapters import POST, adapter_for, options_for

REFUSAL = b'{"error": {"code": "PAYLOAD_TOO_LARGE", "message": "Too long.", "service": "cms"}}'
HEAD = b"HTTP/1.1 413 Content Too Large\r\nContent-Length: %d\r\n\r\n" % len(REFUSAL)
Loop = Callable[[], asyncio.AbstractEventLoop]
LOOPS = [pytest.param(asyncio.new_event_loop, id="asyncio"), pytest.param(uvloop.new_event_loop, id="uvloop")]


class InterruptedBody:
    """A caller's body without an end; before the second chunk the upstream answers and goes, from then on it rests."""

    def __init__(self, upstream: AbruptUpstream, *, pause_s: float | None) -> None:
        self._upstream = upstream
        self._pause_s = pause_s
        self._read = 0

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self

    async def __anext__(self) -> bytes:
        self._read += 1
        if self._read == 2:
            self._upstream.answer_and_go()
        elif self._read > 2 and self._pause_s is not None:
            await asyncio.sleep(self._pause_s)
        return bytes(65_536)


async def refusal_of(upstream: AbruptUpstream, *, pause_s: float | None) -> tuple[int, str, str]:
    """Return status, code and message of the error that ``upstream``'s answer becomes."""
    async with adapter_for(options_for(upstream.url)) as adapter:
        with pytest.raises(HuleEduError) as raised:
            await adapter.upstreams.open(replace(POST, body=InterruptedBody(upstream, pause_s=pause_s)))
    return raised.value.status_code, str(raised.value.error_code), raised.value.error_detail.message


@pytest.mark.parametrize("pause_s", [None, 0.0, 0.01])
@pytest.mark.parametrize("loop", LOOPS)
def test_a_refusal_is_heard_over_the_reset_that_follows_it(loop: Loop, pause_s: float | None) -> None:
    """Both loops notice at a write that the connection is gone, whether the caller goes on at once or rests."""
    with AbruptUpstream(HEAD + REFUSAL) as upstream, asyncio.Runner(loop_factory=loop) as runner:
        heard = runner.run(refusal_of(upstream, pause_s=pause_s))

    assert heard == (413, "PAYLOAD_TOO_LARGE", "Too long.")


@pytest.mark.parametrize("answer", [b"", HEAD[:20], HEAD + REFUSAL[:20], b"no HTTP at all\r\n\r\n"])
@pytest.mark.parametrize("pause_s", [None, 0.01])
@pytest.mark.parametrize("loop", LOOPS)
def test_half_an_answer_is_none(loop: Loop, pause_s: float | None, answer: bytes) -> None:
    """What broke off before its end, or isn't HTTP, is told as the upstream's failure."""
    with AbruptUpstream(answer) as upstream, asyncio.Runner(loop_factory=loop) as runner:
        heard = runner.run(refusal_of(upstream, pause_s=pause_s))

    assert heard[0] == 502


class ClosingTransport(asyncio.Transport):
    """A transport over ``socket`` whose writes have failed: it is closing and reads no more itself."""

    def __init__(self, socket: socket) -> None:
        super().__init__({"socket": socket})

    def is_closing(self) -> bool:
        """Return True."""
        return True

    def pause_reading(self) -> None:
        """Do nothing."""

    def resume_reading(self) -> None:
        """Do nothing."""


async def test_the_rest_of_an_answer_is_heard_when_the_connection_is_lost() -> None:
    """Half of its body was read before the reset, and the kernel has the other half."""
    here, there = socketpair()
    with here, there:
        connection = EarlyResponseConnection(asyncio.get_running_loop())
        connection.connection_made(ClosingTransport(here))
        connection.set_response_params()
        connection.data_received(HEAD + REFUSAL[:20])
        message, body = await connection.read()
        there.sendall(REFUSAL[20:])
        there.close()

        connection.connection_lost(BrokenPipeError("Broken pipe"))

        assert message.code == 413
        assert await body.read() == REFUSAL
