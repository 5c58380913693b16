"""What the whole platform writes down of a day tells no secret."""

import asyncio
import re
from pathlib import Path
from uuid import uuid4

import aiohttp
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from sandbox.scene import ESSAYS
from sandbox.secrets import INTERNAL_API_KEY, JWT_SECRET
from sandbox.stack import Stack
from tests.e2e.browser import Browser
from tests.support.eventually import PATIENCE_S, eventually

JWT_SHAPE = re.compile(rb"eyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]{8,}")


def logs_in(folder: str) -> list[Path]:
    """Return every log file."""
    return sorted(Path(folder).glob("*.log"))


def read(logs: list[Path]) -> bytes:
    """Return all that is written in ``logs``."""
    return b"".join(log.read_bytes() for log in logs)


async def refused_socket(url: str) -> None:
    """Open a socket that the feed closes."""
    try:
        async with connect(url) as socket, asyncio.timeout(PATIENCE_S):
            await socket.wait_closed()
    except (OSError, ConnectionClosed, TimeoutError):
        return


async def test_no_secret_is_in_any_log(sandbox: Stack, session: aiohttp.ClientSession) -> None:
    """A day of logins, uploads, sockets and mistakes leaves no token, password, ticket or key in what is logged."""
    user, gateway, feed = sandbox.addresses.users[1], sandbox.addresses.gateway, sandbox.addresses.websocket
    wrong, garbage = f"wrong-password-{uuid4().hex}", f"garbage-token-{uuid4().hex}"
    browser = Browser(session, sandbox.addresses)
    signed_in = await browser.call("POST", "/v1/auth/login", json={"email": user.email, "password": user.password})
    browser.token = signed_in.body["access_token"]
    secrets = [signed_in.body["access_token"], signed_in.body["refresh_token"], user.password, wrong, garbage]
    await browser.call("POST", "/v1/auth/login", json={"email": user.email, "password": wrong})
    await browser.call("POST", "/v1/auth/login", json={"email": user.email, "password": [wrong]})
    await browser.call("GET", f"/v1/classes?token={browser.token}&password={wrong}", headers={"Cookie": f"a={wrong}"})
    await browser.call("GET", f"/v1/classes/{browser.token}", headers={"Referer": f"http://x/?token={browser.token}"})
    await browser.call("GET", "/v1/batches", headers={"Authorization": f"Bearer {garbage}"})
    await browser.call("GET", "/v1/batches", headers={"Authorization": f"Basic {garbage}"})
    batch_id = await browser.new_batch()
    await browser.upload(batch_id, sorted((ESSAYS / "ENG5").iterdir())[:1])
    ticket = (await browser.call("POST", "/v1/ws/tickets")).body["ticket"]
    async with connect(f"{feed}?token={browser.token}") as by_token, connect(f"{feed}?ticket={ticket}") as by_ticket:
        for socket in (by_token, by_ticket):
            await socket.send('{"type":"ping"}')
            await asyncio.wait_for(socket.recv(), PATIENCE_S)
    await refused_socket(f"{feed}?token={garbage}")
    await refused_socket(f"{feed}?ticket={garbage}")
    await refused_socket(f"{feed}?Token={browser.token}.x")
    refreshed = await browser.call("POST", "/v1/auth/refresh", json={"refresh_token": signed_in.body["refresh_token"]})
    secrets += [ticket, *refreshed.body.values(), INTERNAL_API_KEY, JWT_SECRET]
    await browser.call("POST", "/v1/auth/logout", json={"refresh_token": refreshed.body.get("refresh_token", "none")})
    await session.get(f"{gateway}/v1/nothing?ticket={ticket}&api_key={wrong}")

    logs = logs_in(sandbox.addresses.logs)
    await eventually(lambda: b"/v1/nothing" in read(logs))
    written = read(logs)
    told = [secret for secret in secrets if isinstance(secret, str) and len(secret) > 8 and secret.encode() in written]
    assert len(logs) >= 4
    assert told == []
    assert JWT_SHAPE.findall(written) == []
