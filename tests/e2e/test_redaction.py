"""Marked secrets at every place where a caller can put one: none comes out in logs, metrics or error bodies."""

import json
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote, urlsplit
from uuid import uuid4

import aiohttp

from sandbox.stack import Stack
from tests.e2e.browser import Browser
from tests.support.eventually import eventually
from tests.support.raw_http import connected
from tests.support.raw_websocket import CLOSE, handshake, read_frame

PASSWORD, TOKEN, TICKET, CURSOR = (f"{kind}-{uuid4().hex}" for kind in ("password", "token", "ticket", "cursor"))
EMAIL = f"someone-{uuid4().hex}@skola.example"
JWT = f"eyJhbGciOiJIUzI1NiJ9.{uuid4().hex}{uuid4().hex}.{uuid4().hex}"
API_KEY = f"key-{uuid4().hex}"
MARKERS = (PASSWORD, TOKEN, TICKET, CURSOR, EMAIL, JWT, API_KEY)
EDGE_LOGS = ("api_gateway.log", "websocket_service.log")


def requests() -> Iterator[tuple[str, str, tuple[str, ...], object]]:
    """Yield method, target, header lines and JSON body of requests that carry secrets where they don't belong."""
    login = "/v1/auth/login"
    yield "POST", login, (), {"email": EMAIL, "password": PASSWORD}
    yield "POST", login, (), {"email": [EMAIL], "password": {"nested": PASSWORD}}
    yield "POST", login, (), {"email": EMAIL, "password": PASSWORD, "extra": TOKEN}
    yield "POST", f"{login}?email={quote(EMAIL)}&password={PASSWORD}", (), {}
    yield "POST", "/v1/auth/refresh", (), {"refresh_token": JWT}
    yield "POST", "/v1/auth/refresh", (), {"refresh_token": TOKEN}
    yield "POST", "/v1/auth/logout", (f"Authorization: Bearer {JWT}",), {"refresh_token": TOKEN}
    yield "GET", "/v1/batches", (f"Authorization: Bearer {JWT}",), None
    yield "GET", "/v1/batches", (f"Authorization: Bearer {TOKEN}",), None
    yield "GET", "/v1/batches", (f"Authorization: Basic {TOKEN}",), None
    yield "GET", "/v1/batches", (f"Authorization: {TOKEN}",), None
    yield "GET", "/v1/batches", (f"Authorization: Bearer {TOKEN} {JWT}",), None
    yield "GET", f"/v1/nothing?access_token={TOKEN}&ticket={TICKET}&api_key={API_KEY}&cursor={CURSOR}", (), None
    yield "GET", f"/v1/nothing?token={JWT}#x", (), None
    yield "GET", f"/v1/batches?token={quote(JWT)}", (f"Cookie: session={TOKEN}", f"X-Internal-API-Key: {API_KEY}"), None
    yield "GET", "/v1/errors", (f"Referer: http://page/?token={JWT}&password={PASSWORD}",), None
    yield "GET", "/v1/errors", (f"Proxy-Authorization: Basic {TOKEN}", f"X-Api-Key: {API_KEY}"), None
    yield "GET", f"/v1/%zz?ticket={TICKET}", (), None
    yield "TRACE", f"/v1/errors?ticket={TICKET}", (f"Authorization: Bearer {JWT}",), None
    yield "GET", f"/v1/nothing/{JWT}", (), None


def authorised(browser: Browser) -> Iterator[tuple[str, str, tuple[str, ...], object]]:
    """Yield the same of requests that are let in first."""
    login = f"Authorization: Bearer {browser.token}"
    yield "GET", f"/v1/notifications?cursor={CURSOR}", (login,), None
    yield "GET", f"/v1/notifications?after={CURSOR}&limit=1", (login,), None
    yield "POST", "/v1/notifications/seen", (login,), {"id": CURSOR}
    yield "POST", "/v1/batches/register", (login,), {"expected_essay_count": PASSWORD, "token": TOKEN, "password": JWT}
    yield "POST", "/v1/batches/register", (login, f"Idempotency-Key: {TOKEN}"), {"course_code": API_KEY}
    yield "GET", f"/v1/batches?limit=none&token={TOKEN}&password={PASSWORD}", (login,), None
    yield "GET", f"/v1/classes?password={PASSWORD}&token={JWT}", (login,), None


async def told(port: int, method: str, target: str, lines: tuple[str, ...], body: object) -> str:
    """Send one request; return head and body of its answer."""
    sent = b"" if body is None else json.dumps(body).encode()
    head = [f"{method} {target} HTTP/1.1", "Host: edge", "Connection: close", *lines]
    head += ["Content-Type: application/json", f"Content-Length: {len(sent)}"] if sent else []
    async with connected(port) as connection:
        await connection.send("\r\n".join([*head, "", ""]).encode() + sent)
        return (await connection.until_closed()).decode("latin-1")


async def refused_sockets(port: int) -> list[str]:
    """Show the feed secrets as credentials of every kind; return what it says."""
    reasons = []
    for target, lines in (
        (f"/ws?token={JWT}", ()),
        (f"/ws?token={TOKEN}", ()),
        (f"/ws?ticket={TICKET}", ()),
        (f"/ws?ticket={TICKET}&token={JWT}", ()),
        (f"/ws?token={JWT}&cursor={CURSOR}", ()),
        (f"/ws?Ticket={TICKET}&password={PASSWORD}", ()),
        ("/ws", (f"Sec-WebSocket-Protocol: huleedu.v1, bearer.{JWT}",)),
        ("/ws", (f"Sec-WebSocket-Protocol: bearer.{TOKEN}", f"Cookie: token={TOKEN}")),
    ):
        async with connected(port) as connection:
            answer = await handshake(connection, target, *lines)
            frame = await read_frame(connection)
            assert frame.opcode == CLOSE
            reasons.append(f"{answer.headers} {frame.payload.decode('latin-1')}")
    return reasons


def port_of(url: str) -> int:
    """Return the port in ``url``."""
    port = urlsplit(url).port
    assert port is not None
    return port


def found_in(text: str) -> list[str]:
    """Return the markers in ``text``, plain or escaped."""
    return [marker for marker in MARKERS if marker in text or quote(marker) in text or json.dumps(marker)[1:-1] in text]


async def edge_logs(sandbox: Stack) -> str:
    """Return what both services have logged."""
    return "".join((Path(sandbox.addresses.logs) / name).read_text() for name in EDGE_LOGS)


async def test_no_marked_secret_comes_out(sandbox: Stack, session: aiohttp.ClientSession, maria: Browser) -> None:
    """Whatever is refused, and why, no answer repeats a secret, nor do the logs and the metrics of both services.

    A cursor may come back to who sent it: the answer to it is where a client takes its next one from.
    """
    gateway, feed = port_of(sandbox.addresses.gateway), port_of(sandbox.addresses.websocket)
    answers = [await told(gateway, *each) for each in (*requests(), *authorised(maria))]
    answers += await refused_sockets(feed)
    last = uuid4().hex
    await told(gateway, "GET", f"/v1/nothing/{last}", (), None)
    await told(feed, "GET", f"/nothing/{last}", (), None)

    async def is_logged() -> bool:
        return (await edge_logs(sandbox)).count(last) >= 2

    await eventually(is_logged)
    metrics = [await (await session.get(f"http://127.0.0.1:{port}/metrics")).text() for port in (gateway, feed)]

    assert {answer[:60]: found for answer in answers if (found := found_in(answer))} == {}
    assert found_in(await edge_logs(sandbox)) == []
    assert [found_in(each) for each in metrics] == [[], []]
    assert [name for name in ("teacher-maria", last) if any(name in each for each in metrics)] == []
