"""The feed and the keys that Identity publishes: it is ready without any, and needs no restart to get them."""

import json
import time
from pathlib import Path

from aiohttp import ClientSession
from websockets.exceptions import ConnectionClosed

from sandbox.options import SigningAlgorithm
from sandbox.redis_server import RedisServer
from sandbox.tokens import TokenMint
from tests.support.feed import FeedClient, FeedProcess, running_feed
from tests.support.key_server import running_key_server
from tests.support.servers import unique
from tests.support.signing import claims, rsa_pair, sign_token

COME_BACK_LATER = 1013
MINT = TokenMint.for_algorithm(SigningAlgorithm.RS256)


async def close_code(feed: FeedProcess, token: str) -> int | None:
    """Return the code a client with ``token`` is closed with as it arrives, None for one that may stay."""
    async with FeedClient.connected(feed.socket_url, token=token) as client:
        try:
            await client.frame()
        except ConnectionClosed as closed:
            return None if closed.rcvd is None else closed.rcvd.code
    return None


async def code_after_coming_back(feed: FeedProcess, token: str) -> int | None:
    """Return the same of a client that comes back for as long as it is asked to."""
    while (code := await close_code(feed, token)) == COME_BACK_LATER:
        pass
    return code


async def test_a_feed_without_any_key_asks_clients_to_come_back_until_it_has_one(
    valkey: RedisServer, tmp_path: Path
) -> None:
    """Identity makes its key at the first login: until then 1013 with a time, or 503; of a foreign key 1008."""
    token = MINT.access_token(unique("u")).encoded
    stranger = sign_token(rsa_pair(), claims(iat=None, exp=int(time.time()) + 3600), kid="never-published")
    async with running_key_server() as identity, ClientSession() as session:
        options = {"JWT_SECRET_KEY": "", "JWT_JWKS_URL": identity.url}
        async with running_feed(tmp_path, valkey.url, options=options) as feed:
            headers = {"Authorization": f"Bearer {token}"}
            async with session.get(f"{feed.http_url}/events", headers=headers) as stream:
                refused = (stream.status, int(stream.headers["Retry-After"]))
            async with FeedClient.connected(feed.socket_url, token=token) as client:
                early = await client.closure()
            async with session.get(f"{feed.http_url}/readyz") as readiness:
                ready = readiness.status
            async with session.get(f"{feed.http_url}/healthz") as health:
                told = await health.json()
            identity.body = json.dumps(MINT.key_set()).encode()

            known = await code_after_coming_back(feed, token)
            unknown = await code_after_coming_back(feed, stranger)

    assert (refused[0], refused[1] >= 1) == (503, True)
    assert (early.code, early.reason["error_code"]) == (COME_BACK_LATER, "SERVICE_OVERLOADED")
    assert early.reason["retry_after_ms"]
    assert (ready, told["dependencies"]["verification_keys"]) == (200, {"status": "unhealthy"})
    assert (known, unknown) == (None, 1008)
