"""Every exception that aiohttp can raise has a meaning."""

import asyncio
from collections.abc import Iterator

import aiohttp
import pytest

from api_gateway.upstream.transport_errors import TRANSPORT_ERRORS, failure_of
from common.errors.codes import ErrorCode


def kinds(base: type[BaseException]) -> Iterator[type[BaseException]]:
    """Yield ``base`` and everything that inherits from it."""
    yield base
    for kind in base.__subclasses__():
        yield from kinds(kind)


AIOHTTP_KINDS = sorted(
    {kind for kind in kinds(aiohttp.ClientError) if kind.__module__.startswith("aiohttp")},
    key=lambda kind: kind.__name__,
)
CODES = {ErrorCode.EXTERNAL_SERVICE_ERROR, ErrorCode.INVALID_RESPONSE, ErrorCode.TIMEOUT}


@pytest.mark.parametrize("kind", AIOHTTP_KINDS)
def test_every_client_error_is_translated(kind: type[BaseException]) -> None:
    """Whatever aiohttp raises becomes 502 or 504, never a bug of ours."""
    failure = failure_of(kind.__new__(kind))

    assert failure.code in CODES
    assert issubclass(kind, TRANSPORT_ERRORS)


@pytest.mark.parametrize("kind", [kind for kind in AIOHTTP_KINDS if issubclass(kind, asyncio.TimeoutError)])
def test_every_timeout_is_504(kind: type[BaseException]) -> None:
    """A timeout by any name is TIMEOUT."""
    assert failure_of(kind.__new__(kind)).code is ErrorCode.TIMEOUT


def test_a_bug_is_not_a_failure_of_the_upstream() -> None:
    """An exception from elsewhere isn't explained away."""
    with pytest.raises(LookupError):
        failure_of(ValueError())
