"""A whole process: how it starts, serves and goes away."""

import asyncio
import signal
from asyncio import IncompleteReadError
from collections import Counter
from contextlib import closing

import pytest
from quart import Quart

from common.web.serving.configure import serving_parts
from common.web.serving.server import (
    MIDDLE_PASSES,
    NEW_OBJECTS,
    YOUNG_PASSES,
    ServiceCrashedError,
    ServingOptions,
    listen_on,
    serve_until_stopped,
)
from tests.support.eventually import PATIENCE_S, eventually
from tests.support.raw_http import RawConnection, RawResponse, ask, connected
from tests.support.raw_websocket import handshake, read_close
from tests.support.web_app import make_web_app
from tests.support.web_process import WebProcess, web_process

CLIENTS = 24


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_a_signal_ends_the_process_in_order(number: signal.Signals) -> None:
    """Ready with its port, told, drained, resources closed, gone: and the exit code says all is well."""
    async with web_process() as process:
        process.signal(number)
        exit_code = await process.exit_code()

    assert exit_code == 0
    assert process.port > 0
    assert process.events == [
        "serving.ready",
        "serving.signalled",
        "drain.leaving",
        "drain.refusing",
        "drain.done",
        "resources.closed",
        "serving.stopped",
    ]


async def test_a_second_signal_ends_it_at_once() -> None:
    """An operator who means it isn't made to wait; the exit code says that it wasn't in order."""
    async with web_process() as process, connected(process.port) as connection:
        await connection.send(b"GET /wait/60000 HTTP/1.1\r\nHost: test\r\n\r\n")
        process.signal()
        await process.read_log("drain.refusing")
        process.signal()
        exit_code = await process.exit_code()

    assert exit_code == 128 + signal.SIGTERM
    assert "resources.closed" not in process.events


async def test_work_in_flight_ends_before_resources_close() -> None:
    """A long request and a long upload, begun before the signal, get their answers; then things are closed."""
    async with web_process() as process, connected(process.port) as waiting, connected(process.port) as uploading:
        await waiting.send(b"GET /wait/1200 HTTP/1.1\r\nHost: test\r\n\r\n")
        await uploading.send(b"POST /upload HTTP/1.1\r\nHost: test\r\nContent-Length: 40\r\n\r\n")
        await ask(process.port, "GET /livez HTTP/1.1")
        process.signal()
        await uploading.trickle(b"x" * 40, every_s=0.03)
        answers = [await waiting.response(), await uploading.response()]
        exit_code = await process.exit_code()

    assert exit_code == 0
    assert [answer.json() for answer in answers] == [{"waited": 1200}, {"bytes": 40}]
    assert process.lines[-2] == {"event": "resources.closed", "requests": 0, "sockets": 0}


async def test_sockets_are_closed_with_a_slot() -> None:
    """The app's hook tells each client when to come back; their connections end in order."""
    async with web_process() as process, connected(process.port) as connection:
        await handshake(connection, "/ws")
        process.signal()
        closed = await read_close(connection)
        rest = await connection.until_closed()
        exit_code = await process.exit_code()

    assert (closed.close_code, closed.close_reason["retry_after_ms"]) == (1012, 250)
    assert rest == b""
    assert exit_code == 0


async def test_the_stages_of_a_drain_as_a_client_sees_them() -> None:
    """Unready and serving with ``Connection: close``; then 503, but for health; then nobody there."""
    async with web_process(grace_s=3.0) as process, connected(process.port) as holding, connected(process.port) as late:
        await holding.send(b"POST /upload HTTP/1.1\r\nHost: test\r\nContent-Length: 2\r\n\r\nx")
        await ask(process.port, "GET /livez HTTP/1.1")
        process.signal()
        await process.read_log("drain.leaving")
        ready, served = [await ask(process.port, f"GET {path} HTTP/1.1") for path in ("/readyz", "/wait/0")]
        await process.read_log("drain.refusing")
        refused = await late.ask("GET /wait/0 HTTP/1.1")
        alive = await ask(process.port, "GET /livez HTTP/1.1")
        await holding.send(b"x")
        held = await holding.response()
        await process.exit_code()
        with pytest.raises(ConnectionRefusedError):
            await ask(process.port, "GET /livez HTTP/1.1")

    assert (ready.status, ready.headers["connection"]) == (503, "close")
    assert (served.status, served.headers["connection"]) == (200, "close")
    assert (refused.status, refused.error_code, refused.headers["retry-after"]) == (503, "SERVICE_UNAVAILABLE", "1")
    assert alive.status == 200
    assert held.status == 200


async def test_nothing_is_lost_in_a_drain_under_load() -> None:
    """Clients with kept-alive connections, busy all along, get an answer to every request the server has read."""
    tally: Counter[str] = Counter()

    async with web_process() as process, asyncio.TaskGroup() as group:
        for _ in range(CLIENTS):
            group.create_task(_keep_asking(process, tally))
        await eventually(lambda: tally["200"] > 5 * CLIENTS)
        process.signal()
        exit_code = await process.exit_code()

    log = Counter(str(line["status"]) for line in process.lines if line["event"] == "http.ended")
    assert exit_code == 0
    assert tally["cut"] == 0
    assert tally["200"] == log["200"]
    assert tally["503"] == log["503"]
    assert log.keys() <= {"200", "503"}


async def _keep_asking(process: WebProcess, tally: Counter[str]) -> None:
    """Ask on one connection after the other until nobody listens; count the answers, and what got none."""
    while True:
        try:
            async with connected(process.port) as connection:
                await _ask_on(connection, tally)
        except ConnectionResetError:
            continue  # it stood in the queue when the listener closed
        except ConnectionRefusedError:
            return


async def _ask_on(connection: RawConnection, tally: Counter[str]) -> None:
    """Ask until the server wants the connection closed."""
    answer: RawResponse | None = None
    while answer is None or answer.headers.get("connection") != "close":
        try:
            answer = await connection.ask("GET /wait/20 HTTP/1.1")
        except (IncompleteReadError, ConnectionError) as error:
            tally["cut" if getattr(error, "partial", b"") else "unread"] += 1
            return
        tally[str(answer.status)] += 1


async def test_the_collector_leaves_alone_what_the_app_is_made_of() -> None:
    """It is called less often, and what stays for good is out of its sight from the start."""
    async with web_process() as process:
        memory = (await ask(process.port, "GET /memory HTTP/1.1")).json()

    assert isinstance(memory, dict)
    kept, thresholds = memory["kept"], memory["thresholds"]
    assert thresholds == [NEW_OBJECTS, YOUNG_PASSES, MIDDLE_PASSES]
    assert isinstance(kept, list)
    assert isinstance(kept[0], int)
    assert kept[0] > NEW_OBJECTS


async def test_a_failing_start_is_told() -> None:
    """An app that can't start doesn't serve, and says why."""
    app = make_web_app()

    @app.before_serving
    async def fail() -> None:
        message = "no keys"
        raise RuntimeError(message)

    with pytest.raises(ServiceCrashedError, match="no keys"):
        await serve_once(app)


async def test_a_hanging_end_is_bounded() -> None:
    """Resources that don't close can't keep the process."""
    app = make_web_app()

    stop_at_once(app)

    @app.after_serving
    async def hang() -> None:
        await asyncio.Event().wait()

    with pytest.raises(ServiceCrashedError, match="did not close in time"):
        await serve_once(app, resources_deadline_s=0.05)


async def test_a_failing_end_is_told() -> None:
    """A resource that fails to close makes the exit a failure."""
    app = make_web_app()
    stop_at_once(app)

    @app.after_serving
    async def fail() -> None:
        message = "unsent traces"
        raise RuntimeError(message)

    with pytest.raises(ServiceCrashedError, match="unsent traces"):
        await serve_once(app)


def stop_at_once(app: Quart) -> None:
    """Have ``app`` drained as soon as it serves."""

    @app.before_serving
    async def request_stop() -> None:
        serving_parts(app).drain.request_stop()


async def serve_once(app: Quart, *, resources_deadline_s: float = PATIENCE_S) -> None:
    """Serve until asked, without any grace."""
    options = ServingOptions("127.0.0.1", 0, drain_grace_s=0.0, resources_deadline_s=resources_deadline_s)
    with closing(listen_on(options.host, options.port, options.sockets)) as listener:
        await serve_until_stopped(app, options, listener)
