"""Tokens that prove nothing, shown at every entrance of both services: none opens any of them."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from urllib.parse import quote

import pytest
import pytest_asyncio
from websockets.exceptions import ConnectionClosed

from sandbox.environment import gateway_environment, shared_environment
from sandbox.parts import UPSTREAMS, service_process
from sandbox.ports import LOOPBACK, free_port
from sandbox.redis_server import RedisServer
from tests.support.feed import FeedClient, running_feed
from tests.support.key_server import KeyServer, running_key_server
from tests.support.raw_http import connected
from tests.support.raw_websocket import CLOSE, handshake, read_frame
from tests.support.servers import running
from tests.support.signing import rsa_pair
from tests.support.smuggling.recorder import Recorder, recording
from tests.support.token_attacks import ATTACKS, FORGERS_KEY, Target

USER = "teacher-victim"
ANSWERED_WITHIN_S = 60.0
AT_ONCE = 8
UNHURRIED = {f"API_GATEWAY_RATE_LIMIT_{kind}": "1000000" for kind in ("REQUESTS", "COMMANDS", "UPLOADS", "LOGIN")}
PAIR = rsa_pair("issuer")
KEY_ID = "issuer-1"


@dataclass(frozen=True, slots=True)
class Edge:
    """Both services, the issuer's key server, the forger's, and what a service behind gets."""

    gateway: int
    feed: int
    forger: KeyServer
    recorder: Recorder

    @property
    def target(self) -> Target:
        """What the tokens are forged from."""
        return Target(PAIR, KEY_ID, int(time.time()), self.forger.url)


@pytest_asyncio.fixture(scope="module")
async def edge(valkey: RedisServer, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Edge]:
    """A gateway and a feed that take the published key, as in production."""
    port, folder = free_port(), tmp_path_factory.mktemp("token-attacks")
    async with AsyncExitStack() as around:
        issuer = await around.enter_async_context(running_key_server())
        issuer.publish(PAIR.jwk(kid=KEY_ID))
        forger = await around.enter_async_context(running_key_server())
        forger.publish(FORGERS_KEY)
        recorder = await around.enter_async_context(recording(USER))
        environment = shared_environment(jwks_url=issuer.url) | gateway_environment(
            port=port,
            redis_url=valkey.url,
            kafka=f"{LOOPBACK}:{free_port()}",
            upstreams=dict.fromkeys(UPSTREAMS, recorder.url),
            origins=[],
        )
        await around.enter_async_context(running(service_process("api_gateway", port, folder, environment | UNHURRIED)))
        options = {"JWT_SECRET_KEY": "", "JWT_ALGORITHM": "RS256", "JWT_JWKS_URL": issuer.url}
        options["WEBSOCKET_MAX_CONNECTIONS_PER_USER"] = "1000"
        feed = await around.enter_async_context(running_feed(folder, valkey.url, options=options))
        yield Edge(port, feed.port, forger, recorder)


async def status_of(port: int, request_line: str, *lines: str) -> str:
    """Return the status of the answer to a request."""
    head = "\r\n".join([f"{request_line} HTTP/1.1", "Host: edge", *lines, "", ""])
    async with connected(port) as connection:
        await connection.send(head.encode("latin-1", "replace"))
        status_line = await connection.reader.readline()
    return status_line.split()[1].decode()


async def by_request(edge: Edge, token: str) -> str:
    """Ask the gateway for what a service behind has."""
    return await status_of(edge.gateway, "GET /v1/classes/mine", f"Authorization: Bearer {token}")


async def by_ticket(edge: Edge, token: str) -> str:
    """Ask the gateway for a ticket."""
    return await status_of(edge.gateway, "POST /v1/ws/tickets", f"Authorization: Bearer {token}")


async def by_stream(edge: Edge, token: str) -> str:
    """Ask the feed for an event stream."""
    return await status_of(edge.feed, "GET /events", f"Authorization: Bearer {token}")


async def by_stream_ticket(edge: Edge, token: str) -> str:
    """Show the token to the feed as the ticket of an event stream."""
    return await status_of(edge.feed, f"GET /events?ticket={quote(token)}")


async def by_query(edge: Edge, token: str) -> str:
    """Open a socket with the token in the address."""
    return await _socket(edge, f"/ws?token={quote(token)}")


async def by_socket_ticket(edge: Edge, token: str) -> str:
    """Open a socket with the token for a ticket."""
    return await _socket(edge, f"/ws?ticket={quote(token)}")


async def by_subprotocol(edge: Edge, token: str) -> str:
    """Open a socket with the token among the subprotocols."""
    return await _socket(edge, "/ws", f"Sec-WebSocket-Protocol: huleedu.v1, bearer.{token}")


async def by_renewal(edge: Edge, token: str) -> str:
    """Present the token on a socket that a sound one has opened; a busy feed may ask to come back for that."""
    while True:
        async with FeedClient.connected(f"ws://{LOOPBACK}:{edge.feed}/ws", token=edge.target.signed()) as client:
            if await _event(client) == "feed.ready":
                await client.say({"type": "auth", "token": token})
                await client.say({"type": "ping"})
                return await _event(client)


async def _event(client: FeedClient) -> str:
    """Return the name of the next frame, or the code with which the socket is closed."""
    try:
        return str((await client.frame())["event"])
    except ConnectionClosed as closed:
        return "cut" if closed.rcvd is None else str(closed.rcvd.code)


async def _socket(edge: Edge, target: str, *lines: str) -> str:
    """Return the close code of a socket, the status of a handshake that is refused, or what the feed says first."""
    async with connected(edge.feed) as connection:
        answer = await handshake(connection, target, *lines)
        if answer.status != 101:
            return str(answer.status)
        frame = await read_frame(connection)
        return str(frame.close_code) if frame.opcode == CLOSE else "open"


Entrance = Callable[[Edge, str], Awaitable[str]]

ENTRANCES: dict[str, tuple[Entrance, set[str]]] = {
    "request": (by_request, {"200"}),
    "ticket": (by_ticket, {"201"}),
    "event stream": (by_stream, {"200"}),
    "socket, query": (by_query, {"open"}),
    "socket, subprotocol": (by_subprotocol, {"open"}),
    "renewal": (by_renewal, {"feed.pong"}),
}
"""How a token is shown, and what a sound one gets."""

REFUSED = {"400", "401", "431", "503", "1008", "1013", "feed.error"}
"""503, 1013 and feed.error are for a token whose ``kid`` may be a key that was published a moment ago."""


async def outcomes(edge: Edge, enter: Entrance) -> dict[str, str]:
    """Return what each attack gets at an entrance."""
    room = asyncio.Semaphore(AT_ONCE)

    async def told(name: str) -> str:
        async with room, asyncio.timeout(ANSWERED_WITHIN_S):
            return await enter(edge, ATTACKS[name](edge.target))

    return dict(zip(ATTACKS, await asyncio.gather(*map(told, ATTACKS)), strict=True))


@pytest.mark.parametrize("entrance", ENTRANCES)
async def test_no_forged_token_opens_anything(edge: Edge, entrance: str) -> None:
    """A sound token is let in; each of the others is refused as the caller's fault, and no service hears of it."""
    enter, opened = ENTRANCES[entrance]
    sound = await enter(edge, edge.target.signed())
    edge.recorder.requests.clear()

    told = await outcomes(edge, enter)

    assert sound in opened
    assert {name: outcome for name, outcome in told.items() if outcome not in REFUSED} == {}
    assert edge.recorder.requests == []
    assert edge.forger.fetches == 0


@pytest.mark.parametrize("enter", [by_socket_ticket, by_stream_ticket])
async def test_a_token_is_no_ticket(edge: Edge, enter: Entrance) -> None:
    """Not even a sound one, nor any that is made to be looked up in a store."""
    told = await outcomes(edge, enter) | {"sound": await enter(edge, edge.target.signed())}

    assert {name: outcome for name, outcome in told.items() if outcome not in REFUSED} == {}
