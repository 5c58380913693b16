"""Bodies on their way to an upstream: streamed, slowed, refused, cut, answered early."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from api_gateway.upstream.ports import TimeoutClass, UpstreamRequest
from common.correlation import correlation_id
from common.errors.exceptions import HuleEduError
from common.errors.factories import raise_payload_too_large
from tests.support.eventually import eventually
from tests.support.raw_upstream import Connection, HttpUpstream, RawUpstream, ReceivedRequest
from tests.support.upstream_adapters import POST, adapter_for, options_for

MEGABYTE = 1_048_576
UPLOAD = replace(POST, timeout_class=TimeoutClass.UPLOAD)


class CallerBody:
    """A caller's body of ``size`` bytes in chunks of 64 KB, that counts how much of it was asked for.

    After ``refused_after`` bytes it raises what a body over a limit raises; before each chunk it rests ``pause_s``.
    """

    def __init__(self, size: int, *, refused_after: int | None = None, pause_s: float = 0.0) -> None:
        self.left = size
        self.read = 0
        self.refused_after = refused_after
        self.pause_s = pause_s

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self

    async def __anext__(self) -> bytes:
        await asyncio.sleep(self.pause_s)
        if self.refused_after is not None and self.read >= self.refused_after:
            raise_payload_too_large(
                service="s", operation="o", message="Too large.", correlation_id=correlation_id(), limit_bytes=7
            )
        if not self.left:
            raise StopAsyncIteration
        chunk = bytes(min(65_536, self.left))
        self.left -= len(chunk)
        self.read += len(chunk)
        return chunk


async def read_nothing(connection: Connection) -> None:
    """Read the head and not the body."""
    await connection.head()
    await connection.send(b"")
    await asyncio.sleep(3600)


async def take_all(connection: Connection, request: ReceivedRequest) -> None:
    """Answer with how much arrived."""
    await connection.answer(str(len(request.body)).encode())


@pytest.mark.parametrize("length", [None, 10 * MEGABYTE])
async def test_an_upload_arrives_whole(length: int | None) -> None:
    """Of known length or not."""
    request = replace(UPLOAD, body=CallerBody(10 * MEGABYTE), content_length=length)
    async with HttpUpstream(take_all) as upstream, adapter_for(options_for(upstream.url)) as adapter:
        reply = await adapter.upstreams.fetch(request)

    assert reply.body == str(10 * MEGABYTE).encode()


@pytest.mark.parametrize("request_", [POST, UPLOAD])
async def test_an_upstream_that_takes_nothing_is_504_and_slows_the_caller(request_: UpstreamRequest) -> None:
    """No more is asked of the caller than the connection's buffers hold, and standstill ends the request."""
    body = CallerBody(100 * MEGABYTE)
    async with RawUpstream(read_nothing) as upstream:
        options = replace(options_for(upstream.url), timeout_s=0.3, upload_timeout_s=0.3)
        async with adapter_for(options) as adapter:
            with pytest.raises(HuleEduError) as raised:
                await adapter.upstreams.open(replace(request_, body=body))

    assert raised.value.status_code == 504
    assert body.read < 16 * MEGABYTE


async def test_an_upload_has_no_total() -> None:
    """It may take longer than the allowance while it moves."""
    body = CallerBody(5 * 65_536, pause_s=0.4)
    async with HttpUpstream(take_all) as upstream:
        options = replace(options_for(upstream.url), upload_timeout_s=1.5, timeout_s=0.1)
        async with adapter_for(options) as adapter:
            reply = await adapter.upstreams.fetch(replace(UPLOAD, body=body))

    assert reply.body == str(5 * 65_536).encode()


async def test_the_callers_slowness_is_not_the_upstreams() -> None:
    """A caller that takes longer to send than the upstream has to answer doesn't turn into a 504."""
    body = CallerBody(3 * 65_536, pause_s=0.6)
    async with (
        HttpUpstream(take_all) as upstream,
        adapter_for(replace(options_for(upstream.url), timeout_s=1.5)) as adapter,
    ):
        reply = await adapter.upstreams.fetch(replace(POST, body=body))

    assert reply.status == 200


@pytest.mark.parametrize("length", [None, 10 * MEGABYTE])
async def test_a_refused_body_comes_out_as_it_was_raised(length: int | None) -> None:
    """The upstream sees its connection cut before the body's end, and its circuit doesn't count it."""
    body = CallerBody(10 * MEGABYTE, refused_after=MEGABYTE)
    ended = asyncio.Event()

    async def read(connection: Connection) -> None:
        request = await connection.head()
        try:
            await connection.body(request)
        except asyncio.IncompleteReadError:
            ended.set()
            raise

    async with RawUpstream(read) as upstream, adapter_for(options_for(upstream.url)) as adapter:
        with pytest.raises(HuleEduError) as raised:
            await adapter.upstreams.open(replace(UPLOAD, body=body, content_length=length))
        await ended.wait()
        labels = {"upstream": "cms", "outcome": "abandoned"}
        assert adapter.count("upstream_attempt_duration_seconds_count", **labels) == 1

    assert (raised.value.status_code, raised.value.error_code) == (413, "PAYLOAD_TOO_LARGE")
    assert raised.value.service == "s"


async def test_a_body_shorter_than_announced_is_400() -> None:
    """The upstream never takes it for whole."""
    ended = asyncio.Event()

    async def read(connection: Connection) -> None:
        request = await connection.head()
        try:
            await connection.body(request)
        except asyncio.IncompleteReadError:
            ended.set()
            raise

    async with RawUpstream(read) as upstream, adapter_for(options_for(upstream.url)) as adapter:
        with pytest.raises(HuleEduError) as raised:
            await adapter.upstreams.open(replace(POST, body=CallerBody(10), content_length=20))
        await ended.wait()

    assert (raised.value.status_code, raised.value.error_code) == (400, "INVALID_REQUEST")
    assert raised.value.error_detail.details == {"announced_bytes": 20, "received_bytes": 10}


@pytest.mark.parametrize("closing", [True, False])
async def test_an_early_refusal_passes_while_the_body_is_still_coming(*, closing: bool) -> None:
    """An upstream that refuses after the head is heard at once, and the rest isn't sent to it."""

    async def refuse(connection: Connection) -> None:
        await connection.head()
        await connection.answer(
            b'{"error": {"code": "AUTHORIZATION_ERROR", "message": "Not yours.", "service": "file"}}',
            status="403 Forbidden",
        )
        if not closing:
            await connection.hang()

    body = CallerBody(100 * MEGABYTE, pause_s=0.001)
    async with RawUpstream(refuse) as upstream, adapter_for(options_for(upstream.url)) as adapter:
        with pytest.raises(HuleEduError) as raised:
            await adapter.upstreams.open(replace(UPLOAD, body=body))
        await upstream.first_connection_gone()

    assert (raised.value.status_code, raised.value.error_code) == (403, "AUTHORIZATION_ERROR")
    assert body.read < 50 * MEGABYTE


async def test_an_early_answer_can_be_read_while_the_body_is_still_coming() -> None:
    """A good answer before the body's end is handed on; closing it ends the upload too."""

    async def accept_at_once(connection: Connection) -> None:
        await connection.head()
        await connection.answer(b"accepted", status="202 Accepted")
        await connection.hang()

    body = CallerBody(100 * MEGABYTE, pause_s=0.001)
    async with RawUpstream(accept_at_once) as upstream, adapter_for(options_for(upstream.url)) as adapter:
        stream = await adapter.upstreams.open(replace(UPLOAD, body=body))
        received = b"".join([chunk async for chunk in stream.body])
        await stream.close()
        await upstream.first_connection_gone()
        after_close = body.read
        with pytest.raises(TimeoutError):
            await eventually(lambda: body.read > after_close + 65_536, within_s=0.1)

    assert (stream.status, received) == (202, b"accepted")
    assert after_close < 100 * MEGABYTE


@pytest.mark.parametrize(
    ("request_", "connections"),
    [
        (replace(POST, body=CallerBody(65_536), content_length=65_536), 1),
        (replace(POST, body=CallerBody(65_537), content_length=65_537), 2),
        (replace(POST, body=CallerBody(1)), 2),
        (replace(POST, json="x" * 65_536), 2),
        (replace(POST, json="x"), 1),
        (POST, 1),
    ],
    ids=["small", "large", "of unknown length", "large JSON", "small JSON", "none"],
)
async def test_a_connection_is_not_used_again_after_a_large_body(request_: UpstreamRequest, connections: int) -> None:
    """It may lie unread when the answer comes, and the upstream then close: the next request would be lost."""

    async def oblige(connection: Connection, request: ReceivedRequest) -> None:
        told = "".join(f"Connection: {value}\r\n" for value in request.values("connection"))
        await connection.answer(headers=told.encode())

    async with HttpUpstream(oblige) as upstream, adapter_for(options_for(upstream.url)) as adapter:
        await adapter.upstreams.fetch(request_)
        await adapter.upstreams.fetch(POST)

    assert len(upstream.connections) == connections


async def test_cancelling_ends_the_upload() -> None:
    """A caller that leaves while it sends takes its upload along."""
    body = CallerBody(100 * MEGABYTE, pause_s=0.001)

    async def take_some(connection: Connection) -> None:
        await connection.hang()

    async with RawUpstream(take_some) as upstream, adapter_for(options_for(upstream.url)) as adapter:
        async with asyncio.TaskGroup() as group:
            call = group.create_task(adapter.upstreams.open(replace(UPLOAD, body=body)))
            await eventually(lambda: body.read > MEGABYTE)
            call.cancel()
        await upstream.first_connection_gone()

    assert call.cancelled()
    assert body.read < 100 * MEGABYTE
