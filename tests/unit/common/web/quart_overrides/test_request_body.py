"""Bodies: how large, how slow, how strict. Over real connections, since that is where they go wrong."""

import asyncio
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from pydantic import JsonValue
from quart import Quart, request

from common.clock import LOOP_SCHEDULER, Scheduler
from common.errors.exceptions import HuleEduError
from common.web.quart_overrides.request_body import DEFAULT_LIMIT, READ_AHEAD_BYTES, BodyLimit, BoundedBody, limit_body
from tests.fakes.scheduler import FakeScheduler
from tests.support.eventually import PATIENCE_S
from tests.support.raw_http import ask, connected
from tests.support.web_app import make_web_app
from tests.support.web_server import RunningServer, run_server

MB = 1_048_576
JSON = "content-type: application/json"


def reading_app(scheduler: Scheduler = LOOP_SCHEDULER) -> Quart:
    """Return an app that reads bodies in every way there is."""
    app = make_web_app(scheduler=scheduler)

    @app.post("/json")
    async def read_json() -> dict[str, JsonValue]:
        return {"read": await request.get_json()}

    @app.post("/whole")
    async def read_whole() -> dict[str, int]:
        return {"bytes": len(await request.get_data())}

    @app.post("/text")
    async def read_text() -> dict[str, str]:
        return {"text": await request.get_data(cache=True, as_text=True, parse_form_data=False)}

    @app.post("/stream")
    async def read_stream() -> dict[str, int]:
        return {"bytes": sum([len(chunk) async for chunk in request.body])}

    @app.post("/uploads")
    @limit_body(max_bytes=4 * MB)
    async def read_upload() -> dict[str, int]:
        return {"bytes": sum([len(chunk) async for chunk in request.body])}

    @app.post("/form")
    async def read_form() -> dict[str, str]:
        return dict(await request.form)

    _add_impatient_routes(app)
    return app


def _add_impatient_routes(app: Quart) -> None:
    @app.post("/slow")
    @limit_body(max_bytes=MB, idle_s=2.0, whole_s=30.0)
    async def read_slow() -> dict[str, int]:
        return {"bytes": sum([len(chunk) async for chunk in request.body])}

    @app.post("/slow-whole")
    @limit_body(max_bytes=MB, idle_s=2.0, whole_s=5.0)
    async def read_slow_whole() -> dict[str, int]:
        return {"bytes": len(await request.get_data())}

    @app.post("/slow-streamed")
    @limit_body(max_bytes=MB, idle_s=2.0, whole_s=5.0)
    async def read_slow_streamed() -> dict[str, int]:
        return {"bytes": sum([len(chunk) async for chunk in request.body])}


@pytest_asyncio.fixture
async def server() -> AsyncIterator[RunningServer]:
    """A server of the reading app."""
    async with run_server(reading_app()) as running:
        yield running


@pytest.fixture
def scheduler() -> FakeScheduler:
    """The time by which ``patient`` bounds bodies."""
    return FakeScheduler()


@pytest_asyncio.fixture
async def patient(scheduler: FakeScheduler) -> AsyncIterator[RunningServer]:
    """A server of the reading app whose time the test advances."""
    async with run_server(reading_app(scheduler)) as running:
        yield running


def post(path: str, *headers: str, length: int | None = None) -> str:
    """Return the head of a POST."""
    lines = [f"POST {path} HTTP/1.1", *headers]
    return "\n".join(lines if length is None else [*lines, f"Content-Length: {length}"])


def chunked(*chunks: bytes, complete: bool = True) -> bytes:
    """Return ``chunks`` in chunked coding."""
    coded = b"".join(b"%x\r\n%s\r\n" % (len(chunk), chunk) for chunk in chunks)
    return coded + (b"0\r\n\r\n" if complete else b"")


@pytest.mark.parametrize("path", ["/whole", "/stream"])
@pytest.mark.parametrize("size", [0, 1, 65_536, MB])
async def test_a_body_within_the_limit_arrives_whole(server: RunningServer, path: str, size: int) -> None:
    """Every byte is read, by whichever way, up to the limit itself."""
    answer = await ask(server.port, post(path, length=size), b"x" * size)

    assert answer.json() == {"bytes": size}


@pytest.mark.parametrize("path", ["/whole", "/stream", "/text"])
async def test_an_announced_excess_is_refused_before_it_comes(server: RunningServer, path: str) -> None:
    """Nothing of a body that says it is too large is waited for."""
    answer = await ask(server.port, post(path, length=MB + 1))

    assert (answer.status, answer.error_code) == (413, "PAYLOAD_TOO_LARGE")
    assert answer.headers["connection"] == "close"


@pytest.mark.parametrize("path", ["/whole", "/stream"])
async def test_a_hidden_excess_is_refused_as_it_comes(server: RunningServer, path: str) -> None:
    """A chunked body tells no length: it is cut at the limit, however large it would have become."""
    body = chunked(*[b"x" * 65_536] * 17, complete=False)

    answer = await ask(server.port, post(path, "Transfer-Encoding: chunked"), body)

    assert (answer.status, answer.error_code) == (413, "PAYLOAD_TOO_LARGE")


async def test_a_route_may_take_more(server: RunningServer) -> None:
    """An upload route has the limit it was given, and no more than that."""
    taken = await ask(server.port, post("/uploads", length=4 * MB), b"x" * 4 * MB)
    refused = await ask(server.port, post("/uploads", length=4 * MB + 1))

    assert taken.json() == {"bytes": 4 * MB}
    assert refused.status == 413


@pytest.mark.parametrize(("coding", "status"), [("gzip", 415), ("gzip, identity", 415), ("", 200), ("Identity", 200)])
async def test_json_comes_as_it_is(server: RunningServer, coding: str, status: int) -> None:
    """What says that it is compressed is refused with what would be taken (RFC 9110 section 15.5.16), not misread."""
    lines = [
        "POST /json HTTP/1.1",
        "Content-Type: application/json",
        f"Content-Encoding: {coding}",
        "Content-Length: 2",
    ]

    answer = await ask(server.port, "\n".join(lines), b"{}")

    assert answer.status == status
    assert answer.headers.get("accept-encoding", "identity") == "identity"


async def test_a_client_that_stalls_is_told(patient: RunningServer, scheduler: FakeScheduler) -> None:
    """A body that stops coming is a 408 once the route's pause is over, not a request that never ends."""
    async with connected(patient.port) as connection:
        await connection.send(b"POST /slow HTTP/1.1\r\nHost: test\r\nContent-Length: 10\r\n\r\n")
        await scheduler.until_due_in(2.0)
        scheduler.advance(1.9)
        await connection.send(b"12345")
        await scheduler.until_due_in(2.0)
        scheduler.advance(2.0)
        answer = await connection.response()

    assert (answer.status, answer.error_code) == (408, "REQUEST_TIMEOUT")


async def test_a_client_that_is_slow_but_steady_is_not(patient: RunningServer, scheduler: FakeScheduler) -> None:
    """The pause is counted anew for each piece: a body may take longer than it as a whole."""
    async with connected(patient.port) as connection:
        await connection.send(b"POST /slow HTTP/1.1\r\nHost: test\r\nContent-Length: 8\r\n\r\n")
        for _ in range(8):
            await scheduler.until_due_in(2.0)
            scheduler.advance(1.9)
            await connection.send(b"x")
        answer = await connection.response()

    assert answer.json() == {"bytes": 8}


@pytest.mark.parametrize("path", [b"/slow-whole", b"/slow-streamed"])
async def test_a_body_that_drips_can_not_drip_for_ever(
    patient: RunningServer, scheduler: FakeScheduler, path: bytes
) -> None:
    """Small steady bytes don't keep a handler, whether it awaits the whole body or each piece."""
    async with connected(patient.port) as connection:
        await connection.send(b"POST " + path + b" HTTP/1.1\r\nHost: test\r\nContent-Length: 1000\r\n\r\n")
        for due_s in (2.0, 2.0, 1.2):  # what is left of the whole's 5 seconds bounds the last pause
            await scheduler.until_due_in(due_s)
            scheduler.advance(min(due_s, 1.9))
            await connection.send(b"x")
        answer = await connection.response()

    assert (answer.status, answer.error_code) == (408, "REQUEST_TIMEOUT")


@pytest.mark.parametrize(
    "raw", [b"{", b"", b"\xff\xfe", b"NaN", b'{"a":1,"a":2}', b"[" * 50_000, b'{"a":' * 3000 + b"1" + b"}" * 3000]
)
async def test_what_is_not_json_is_a_400(server: RunningServer, raw: bytes) -> None:
    """Nothing a client can send as JSON is a 500."""
    answer = await ask(
        server.port, post("/json", JSON, "Transfer-Encoding: chunked"), chunked(raw) if raw else b"0\r\n\r\n"
    )

    assert (answer.status, answer.error_code) == (400, "PARSING_ERROR")


async def test_text_that_is_not_utf8_is_a_400(server: RunningServer) -> None:
    """A body read as text is UTF-8 or refused."""
    answer = await ask(server.port, post("/text", length=2), b"\xff\xfe")

    assert (answer.status, answer.error_code) == (400, "PARSING_ERROR")


@pytest.mark.parametrize("header", ["content-type: text/plain", "x-nothing: at all"])
async def test_json_must_be_called_json(server: RunningServer, header: str) -> None:
    """A body without the right type is refused, not ignored, and the right type is told."""
    answer = await ask(server.port, post("/json", header, length=2), b"{}")

    assert (answer.status, answer.error_code) == (415, "UNSUPPORTED_MEDIA_TYPE")
    assert answer.headers["accept"] == "application/json"


async def test_no_body_is_no_json(server: RunningServer) -> None:
    """A request without a body has no JSON, whatever its type; validation tells what is missing."""
    answer = await ask(server.port, post("/json", length=0))

    assert answer.json() == {"read": None}


async def test_forms_are_still_forms(server: RunningServer) -> None:
    """Quart's own readers work on our bodies."""
    answer = await ask(
        server.port, post("/form", "content-type: application/x-www-form-urlencoded", length=7), b"a=1&b=2"
    )

    assert answer.json() == {"a": "1", "b": "2"}


async def test_a_cut_body_never_looks_complete() -> None:
    """Neither reader of a body that stopped coming ever sees its end."""
    body, scheduler = BoundedBody(10, None), FakeScheduler()
    body.attach(body.wait_for_change, lambda: BodyLimit(max_bytes=100), scheduler=scheduler)
    body.append(b"half")

    chunks = [await anext(body)]
    async with asyncio.TaskGroup() as group:
        rest = group.create_task(_read_error(body))
        await scheduler.until_due_in(DEFAULT_LIMIT.idle_s)
        scheduler.advance(DEFAULT_LIMIT.idle_s)

    assert "too slowly" in rest.result()

    assert chunks == [b"half"]


def test_reading_ahead_is_bounded() -> None:
    """A body says when enough of it waits."""
    body = BoundedBody(None, None)
    body.attach(body.wait_for_change, lambda: DEFAULT_LIMIT)

    body.append(b"x" * (READ_AHEAD_BYTES - 1))
    full_too_early = body.is_full
    body.append(b"x")

    assert not full_too_early
    assert body.is_full


async def test_what_is_wanted_whole_is_read_on_however_much_waits() -> None:
    """A reader that had stopped at its bound goes on, or both would wait for each other until the client is blamed."""
    body = BoundedBody(None, None)
    body.attach(body.wait_for_change, lambda: DEFAULT_LIMIT)
    body.append(b"x" * READ_AHEAD_BYTES)
    stopped = body.is_full

    async with asyncio.timeout(PATIENCE_S), asyncio.TaskGroup() as group:
        whole = group.create_task(body.read_whole())
        await asyncio.sleep(0)
        goes_on = not body.is_full
        body.append(b"x")
        body.set_complete()

    assert (stopped, goes_on, len(whole.result())) == (True, True, READ_AHEAD_BYTES + 1)


async def _read_error(body: BoundedBody) -> str:
    """Return the message of the error that ends the body."""
    with pytest.raises(HuleEduError) as ended:
        await anext(body)
    return ended.value.error_detail.message
