"""Which requests are repeated, how often, after which pauses."""

from collections.abc import AsyncIterator

import pytest

from api_gateway.upstream.ports import UpstreamName, UpstreamRequest
from api_gateway.upstream.retry import RetryPolicy


async def no_bytes() -> AsyncIterator[bytes]:
    """Yield nothing."""
    return
    yield b""


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_reads_are_repeated_twice(method: str) -> None:
    """GET and HEAD get two further attempts."""
    request = UpstreamRequest(upstream=UpstreamName.CMS, method=method, path="/v1/classes")

    assert len(list(RetryPolicy().delays(request))) == 2


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_writes_are_never_repeated(method: str) -> None:
    """A proxy must not repeat what isn't safe (RFC 9110 section 9.2.2; PUT and DELETE are left alone too)."""
    request = UpstreamRequest(upstream=UpstreamName.CMS, method=method, path="/v1/classes")

    assert not list(RetryPolicy().delays(request))


def test_a_read_with_a_body_is_never_repeated() -> None:
    """A streamed body can't be sent twice."""
    request = UpstreamRequest(upstream=UpstreamName.CMS, method="GET", path="/v1/classes", body=no_bytes())

    assert not list(RetryPolicy().delays(request))


@pytest.mark.parametrize(("drawn", "pause_s"), [(0.0, 0.025), (0.5, 0.1375), (1.0, 0.25)])
def test_pauses_are_drawn_from_the_whole_range(drawn: float, pause_s: float) -> None:
    """Full jitter: any pause between 25 and 250 ms."""
    request = UpstreamRequest(upstream=UpstreamName.CMS, method="GET", path="/v1/classes")

    delays = list(RetryPolicy(draw=lambda: drawn).delays(request))

    assert delays == pytest.approx([pause_s, pause_s])
