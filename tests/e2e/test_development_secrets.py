"""The edge works with the secrets of the platform's own compose file, in development."""

from pathlib import Path

import aiohttp
import pytest

from sandbox.options import StackOptions
from sandbox.stack import Stack
from tests.e2e.browser import Browser

LEAST_BYTES = 32
"""What RFC 7518, 3.2, asks of an HS256 key."""


@pytest.mark.parametrize("secret", ["dev-secret-change-me"])
async def test_a_short_secret_everybody_knows_signs_good_tokens(
    secret: str, session: aiohttp.ClientSession, tmp_path: Path
) -> None:
    """Both services start, warn, and believe the identity service's tokens."""
    async with Stack(StackOptions(jwt_secret=secret, logs=tmp_path)) as stack:
        maria = await Browser(session, stack.addresses).logged_in(0)
        listed = await maria.call("GET", "/v1/batches")
        async with maria.feed() as feed:
            ready = feed.frames[0]["event"]

    assert len(secret) < LEAST_BYTES
    assert (listed.status, ready) == (200, "feed.ready")
    for service in ("api_gateway", "websocket_service"):
        assert "JWT_SECRET_KEY" in (tmp_path / f"{service}.log").read_text(encoding="utf-8")
