"""Upstreams that refuse, break off, stand still or talk nonsense: each becomes one error of the contract."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace

import pytest

from api_gateway.upstream.ports import UpstreamRequest, Upstreams
from common.errors.exceptions import HuleEduError
from tests.support.eventually import eventually
from tests.support.misbehaviours import (
    bad_chunks,
    break_off_in_body,
    break_off_in_chunks,
    close_after_head,
    close_before_body,
    contradicting_lengths,
    endless_head,
    garbage,
    garbage_to_tls,
    hang_before_body,
    hang_before_head,
    hang_in_body,
    hang_in_error,
    huge_header,
    reset_after_head,
    reset_at_once,
    too_large,
    trickle,
    unknown_coding,
    upgrade_unasked,
)
from tests.support.raw_upstream import Behaviour, RawUpstream, nobody_accepting, nobody_listening
from tests.support.upstream_adapters import GET, PATIENT_S, POST, adapter_for, options_for

Call = Callable[[Upstreams, UpstreamRequest], Awaitable[object]]


async def fetch(upstreams: Upstreams, request: UpstreamRequest) -> object:
    """Ask for the whole answer."""
    return await upstreams.fetch(request)


async def read_stream(upstreams: Upstreams, request: UpstreamRequest) -> object:
    """Open the answer and read it to its end."""
    stream = await upstreams.open(request)
    try:
        return [chunk async for chunk in stream.body]
    finally:
        await stream.close()


async def open_only(upstreams: Upstreams, request: UpstreamRequest) -> object:
    """Open the answer."""
    return await upstreams.open(request)


async def failure_from(
    behaviour: Behaviour, *, call: Call = fetch, request: UpstreamRequest = POST, timeout_s: float = PATIENT_S
) -> HuleEduError:
    """Return what ``call`` raises when the upstream behaves so."""
    async with RawUpstream(behaviour) as upstream:
        options = replace(options_for(upstream.url), timeout_s=timeout_s)
        async with adapter_for(options) as adapter:
            with pytest.raises(HuleEduError) as raised:
                await call(adapter.upstreams, request)
    return raised.value


def facts(error: HuleEduError) -> tuple[int, str, str]:
    """Return status, code and RFC 9209's error of ``error``."""
    status = error.headers["Proxy-Status"]
    return error.status_code, str(error.error_code), status.partition("error=")[2].partition(";")[0]


@pytest.mark.parametrize(
    ("behaviour", "expected"),
    [
        (reset_at_once, (502, "EXTERNAL_SERVICE_ERROR", "connection_terminated")),
        (reset_after_head, (502, "EXTERNAL_SERVICE_ERROR", "connection_terminated")),
        (close_after_head, (502, "EXTERNAL_SERVICE_ERROR", "connection_terminated")),
        (garbage, (502, "INVALID_RESPONSE", "http_protocol_error")),
        (bad_chunks, (502, "INVALID_RESPONSE", "http_protocol_error")),
        (huge_header, (502, "INVALID_RESPONSE", "http_response_header_section_size")),
        (endless_head, (502, "INVALID_RESPONSE", "http_protocol_error")),
        (contradicting_lengths, (502, "INVALID_RESPONSE", "http_protocol_error")),
        (upgrade_unasked, (502, "EXTERNAL_SERVICE_ERROR", "http_protocol_error")),
        (break_off_in_body, (502, "INVALID_RESPONSE", "http_response_incomplete")),
        (break_off_in_chunks, (502, "INVALID_RESPONSE", "http_response_incomplete")),
        (close_before_body, (502, "INVALID_RESPONSE", "http_response_incomplete")),
    ],
)
@pytest.mark.parametrize("call", [fetch, read_stream])
async def test_a_broken_answer_is_502(behaviour: Behaviour, call: Call, expected: tuple[int, str, str]) -> None:
    """Refused, reset, garbled and incomplete answers are the upstream's fault, named as RFC 9209 does."""
    error = await failure_from(behaviour, call=call)

    assert facts(error) == expected
    assert error.error_detail.details == {"external_service": "cms"}


@pytest.mark.parametrize("behaviour", [hang_before_head, hang_before_body, hang_in_body, hang_in_error, trickle])
@pytest.mark.parametrize("call", [fetch, read_stream])
async def test_a_late_answer_is_504(behaviour: Behaviour, call: Call) -> None:
    """Head and body together have the total time, however they are dealt out."""
    error = await failure_from(behaviour, call=call, timeout_s=0.2)

    assert facts(error) == (504, "TIMEOUT", "http_response_timeout")
    assert error.error_detail.details == {"external_service": "cms", "timeout_seconds": 0.2}


@pytest.mark.parametrize("behaviour", [close_before_body, hang_before_body])
async def test_a_failure_before_the_first_byte_is_told_before_anything_is_answered(behaviour: Behaviour) -> None:
    """A good head without a body still becomes a proper error, as nothing has reached the caller yet."""
    error = await failure_from(behaviour, call=open_only, timeout_s=0.2)

    assert error.status_code in {502, 504}


@pytest.mark.parametrize(
    ("behaviour", "expected"),
    [
        (too_large, (502, "INVALID_RESPONSE", "http_response_body_size")),
        (unknown_coding, (502, "INVALID_RESPONSE", "http_response_content_coding")),
    ],
)
async def test_a_whole_answer_beyond_bounds_is_502(behaviour: Behaviour, expected: tuple[int, str, str]) -> None:
    """What would have to be kept whole is bounded and must be readable."""
    assert facts(await failure_from(behaviour)) == expected


async def test_a_refused_connection_is_502() -> None:
    """Nobody listens."""
    async with nobody_listening() as url, adapter_for(options_for(url)) as adapter:
        with pytest.raises(HuleEduError) as raised:
            await adapter.upstreams.fetch(POST)

    assert facts(raised.value) == (502, "EXTERNAL_SERVICE_ERROR", "connection_refused")


async def test_a_connection_that_isnt_taken_is_504() -> None:
    """The connect timeout is its own, and so is what is told of it."""
    async with nobody_accepting() as url, adapter_for(replace(options_for(url), connect_timeout_s=0.2)) as adapter:
        with pytest.raises(HuleEduError) as raised:
            await adapter.upstreams.fetch(POST)

    assert facts(raised.value) == (504, "TIMEOUT", "connection_timeout")
    assert raised.value.error_detail.details["timeout_seconds"] == 0.2


async def test_an_unknown_host_is_502() -> None:
    """The name leads nowhere (RFC 2606 reserves it)."""
    async with adapter_for(options_for("http://cms.invalid:5000")) as adapter:
        with pytest.raises(HuleEduError) as raised:
            await adapter.upstreams.fetch(POST)

    assert facts(raised.value) == (502, "EXTERNAL_SERVICE_ERROR", "dns_error")


async def test_a_failed_handshake_is_502() -> None:
    """TLS is spoken to something that doesn't know it."""
    async with (
        RawUpstream(garbage_to_tls) as upstream,
        adapter_for(options_for(upstream.url.replace("http:", "https:"))) as adapter,
    ):
        with pytest.raises(HuleEduError) as raised:
            await adapter.upstreams.fetch(POST)

    assert facts(raised.value) == (502, "EXTERNAL_SERVICE_ERROR", "tls_protocol_error")


async def test_no_address_or_library_is_told() -> None:
    """The caller learns which service failed, not where it is or what the gateway is made of."""
    async with nobody_listening() as url, adapter_for(options_for(url)) as adapter:
        with pytest.raises(HuleEduError) as raised:
            await adapter.upstreams.fetch(POST)

    body = str(raised.value.to_dict())
    assert "127.0.0.1" not in body
    assert "aiohttp" not in body.lower()


async def test_failures_leave_no_connection_behind() -> None:
    """Whatever went wrong, the upstream sees its connection end."""
    async with (
        RawUpstream(hang_in_body) as upstream,
        adapter_for(replace(options_for(upstream.url), timeout_s=0.5)) as adapter,
    ):
        with pytest.raises(HuleEduError):
            await adapter.upstreams.fetch(POST)
        await upstream.first_connection_gone()

        assert upstream.open_connections == 0


@pytest.mark.parametrize("request_", [GET, POST])
async def test_cancelling_ends_the_upstream_request(request_: UpstreamRequest) -> None:
    """A caller that leaves takes its upstream request along, and that is not counted as a failure."""
    async with RawUpstream(hang_before_head) as upstream, adapter_for(options_for(upstream.url)) as adapter:
        async with asyncio.TaskGroup() as group:
            call = group.create_task(adapter.upstreams.fetch(request_))
            await eventually(lambda: bool(upstream.connections))
            call.cancel()

        await upstream.first_connection_gone()
        labels = {"upstream": "cms", "outcome": "abandoned"}
        assert adapter.count("upstream_attempt_duration_seconds_count", **labels) == 1
