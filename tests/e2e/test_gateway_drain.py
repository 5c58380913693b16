"""SIGTERM under load: whoever was heard is answered, whoever comes too late is told, and the process ends well."""

import asyncio
import signal
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import aiohttp
import pytest_asyncio

from sandbox.faults import set_dials
from sandbox.stack import Stack
from tests.e2e.browser import Answer, Browser
from tests.support.eventually import eventually
from tests.support.further_gateway import FurtherGateway, further_gateway
from tests.support.hostility import head
from tests.support.raw_http import RawConnection, RawResponse, connected

GRACE_S = 4.0
HEARD_WITHIN_S = 0.5
SLOW_MS = 5500
"""More than grace and what comes before it: slow calls end while new ones are refused."""

SLOW_CALLS = 8
KEPT_CONNECTIONS = 16
GONE_WITHIN_S = 60.0
BOUNDARY = "b0undary"


@pytest_asyncio.fixture
async def leaving(sandbox: Stack, tmp_path: Path) -> AsyncIterator[FurtherGateway]:
    """A gateway to stop."""
    async with further_gateway(sandbox, tmp_path, API_GATEWAY_DRAIN_GRACE_SECONDS=str(GRACE_S)) as gateway:
        yield gateway


async def until_told_to_close(port: int, login: str) -> list[int]:
    """Ask over one kept connection until an answer says ``Connection: close``; return the statuses."""
    statuses = []
    async with connected(port) as connection:
        while True:
            await connection.send(head("GET", "/v1/classes", login))
            answer = await connection.response()
            statuses.append(answer.status)
            if answer.headers.get("connection") == "close":
                return statuses


async def is_unready(port: int) -> bool:
    """Tell whether a new connection is told that this replica is going away."""
    async with connected(port) as connection:
        return (await connection.ask("GET /readyz HTTP/1.1")).status == 503


async def refused(port: int) -> RawResponse | None:
    """Return the answer to a new request if it is a refusal."""
    async with connected(port) as connection:
        answer = await connection.ask("GET /v1/errors HTTP/1.1")
    return answer if answer.status == 503 else None


async def begun_upload(connection: RawConnection, batch_id: str, login: str) -> bytes:
    """Send an upload's head and first half; return the other half."""
    parts = (
        f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="batch_id"\r\n\r\n{batch_id}\r\n'
        f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="files"; filename="a.txt"\r\n'
        f"Content-Type: text/plain\r\n\r\nIt was a dark and stormy night.\r\n--{BOUNDARY}--\r\n"
    ).encode()
    form = f"Content-Type: multipart/form-data; boundary={BOUNDARY}"
    sent = head("POST", "/v1/files/batch", login, form, f"Content-Length: {len(parts)}")
    await connection.send(sent + parts[:200])
    return parts[200:]


async def test_nothing_whose_head_was_read_is_lost(sandbox: Stack, leaving: FurtherGateway) -> None:
    """Slow calls, an upload, a command and kept connections all get their answers; then exit code 0."""
    upstreams, port = sandbox.addresses.upstreams, leaving.port
    async with AsyncExitStack() as around, asyncio.TaskGroup() as group:
        session = await around.enter_async_context(aiohttp.ClientSession())
        maria = await Browser(session, leaving.addresses).logged_in(0)
        login = f"Authorization: Bearer {maria.token}"
        batch_id = await maria.new_batch()
        for service in ("ras", "bos"):
            await around.enter_async_context(set_dials(upstreams[service], latency_ms=SLOW_MS))
        uploading = await around.enter_async_context(connected(port))
        kept = [group.create_task(until_told_to_close(port, login)) for _ in range(KEPT_CONNECTIONS)]
        slow = [group.create_task(maria.call("GET", "/v1/batches")) for _ in range(SLOW_CALLS)]
        command: asyncio.Task[Answer] = group.create_task(maria.start(batch_id, "nlp"))
        rest = await begun_upload(uploading, batch_id, login)
        await asyncio.sleep(HEARD_WITHIN_S)

        leaving.process.send_signal(signal.SIGTERM)
        await eventually(lambda: is_unready(port))
        statuses = [await each for each in kept]
        late: list[RawResponse | None] = [None]
        await eventually(lambda: seen(late, port))
        await uploading.send(rest)
        uploaded = await uploading.response()
        answers = [(await each).status for each in slow]
        started = (await command).status

        ended = await leaving.process.wait_ended(within_s=GONE_WITHIN_S)

    assert {status for each in statuses for status in each} == {200}
    assert late[0] is not None
    assert late[0].error_code == "SERVICE_UNAVAILABLE"
    assert late[0].headers["retry-after"]
    assert (uploaded.status // 100, started, answers) == (2, 202, [200] * SLOW_CALLS)
    assert (ended, leaving.process.exit_code) == (True, 0)


async def seen(late: list[RawResponse | None], port: int) -> bool:
    """Keep the first refusal of a new request; tell whether there is one."""
    late[0] = await refused(port)
    return late[0] is not None
