"""What hypercorn would refuse, take or do by itself."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from quart import Quart, Response, request

from common.web.heads import HEAD_LIMIT_BYTES
from tests.support.eventually import eventually
from tests.support.garbage import complaints
from tests.support.raw_http import connected
from tests.support.web_app import SERVICE, prepared_app
from tests.support.web_server import Served, served


def hello_app() -> Quart:
    """Return an app with a route that tells the path it was asked for."""
    app = prepared_app()

    @app.get("/hello")
    async def hello() -> dict[str, str]:
        return {"path": request.path, "query": request.query_string.decode()}

    @app.get("/")
    async def root() -> dict[str, str]:
        return {"path": request.path}

    @app.get("/closing")
    async def closing() -> Response:
        return Response(b"", headers={"Connection": "close"})

    @app.post("/read")
    async def read() -> dict[str, int]:
        return {"bytes": len(await request.get_data())}

    return app


@pytest_asyncio.fixture
async def server() -> AsyncIterator[Served]:
    """A server of the hello app."""
    async with served(hello_app()) as running:
        yield running


BAD = (400, "INVALID_REQUEST")
LARGE = (431, "HEADERS_TOO_LARGE")
GET = b"GET /hello HTTP/1.1\r\nHost: a\r\n"
POST = b"POST /read HTTP/1.1\r\nHost: a\r\n"


@pytest.mark.parametrize(
    ("sent", "expected"),
    [
        pytest.param(b"GARBAGE\r\n\r\n", BAD, id="garbage"),
        pytest.param(b"GET /hello HTTP/1.1\r\n\r\n", BAD, id="no host"),
        pytest.param(GET + b"Host: b\r\n\r\n", BAD, id="two hosts"),
        pytest.param(GET + b"Bad Header: b\r\n\r\n", BAD, id="space in a name"),
        pytest.param(GET + b"X: \x00\r\n\r\n", BAD, id="NUL in a value"),
        pytest.param(GET + b"X: a\x01b\r\n\r\n", BAD, id="control character in a value"),
        pytest.param(GET + b"X: a\x7fb\r\n\r\n", BAD, id="DEL in a value"),
        pytest.param(b"GET /hello HTTP/1.1\r\nHost: a b\r\n\r\n", BAD, id="host with a blank"),
        pytest.param(b'GET /hello HTTP/1.1\r\nHost: a",for="b\r\n\r\n', BAD, id="host with quotes"),
        pytest.param(b"GET /hello HTTP/1.1\r\nHost: a/b\r\n\r\n", BAD, id="host with a slash"),
        pytest.param(b"get /hello HTTP/1.1\r\nHost: a\r\n\r\n", BAD, id="method in lower case"),
        pytest.param(b"GET /hello#part HTTP/1.1\r\nHost: a\r\n\r\n", BAD, id="fragment"),
        pytest.param(b"GET /hello?a#part HTTP/1.1\r\nHost: a\r\n\r\n", BAD, id="fragment behind a query"),
        pytest.param(b"GET hello HTTP/1.1\r\nHost: a\r\n\r\n", BAD, id="no slash"),
        pytest.param(b"GET ?x=1 HTTP/1.1\r\nHost: a\r\n\r\n", BAD, id="query alone"),
        pytest.param(b"CONNECT a:80 HTTP/1.1\r\nHost: a\r\n\r\n", BAD, id="authority"),
        pytest.param(b"GET /hello HTTP/3.9\r\nHost: a\r\n\r\n", BAD, id="unknown version"),
        pytest.param(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", BAD, id="HTTP/2 preface"),
        pytest.param(POST + b"Content-Length: -1\r\n\r\n", BAD, id="negative length"),
        pytest.param(POST + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\n", BAD, id="two lengths"),
        pytest.param(POST + b"Transfer-Encoding: gzip\r\n\r\n", BAD, id="unknown coding"),
        pytest.param(
            POST + b"Transfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n0\r\n\r\n", BAD, id="coding and length"
        ),
        pytest.param(POST + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n", BAD, id="broken chunk"),
        pytest.param(GET + b"X: " + b"x" * 200_000, LARGE, id="endless header"),
        pytest.param(GET + b"X: " + b"x" * HEAD_LIMIT_BYTES + b"\r\n\r\n", LARGE, id="large header"),
        pytest.param(b"GET /" + b"x" * 200_000, LARGE, id="endless path"),
    ],
)
async def test_a_bad_head_is_answered_in_the_house_format(
    server: Served, sent: bytes, expected: tuple[int, str]
) -> None:
    """Whatever is wrong with it, the client reads a body, a correlation id, and then the end of the connection."""
    async with connected(server.port) as connection:
        await connection.send(sent)
        answer = await connection.response()
        rest = await connection.until_closed()

    assert (answer.status, answer.error_code) == expected
    assert answer.headers["connection"] == "close"
    assert len(answer.headers["x-correlation-id"]) == 36
    assert f'"service":"{SERVICE}"'.encode() in answer.body
    assert rest == b""


@pytest.mark.parametrize(
    "sent",
    [
        pytest.param(b"HEAD /hello#part HTTP/1.1\r\nHost: a\r\n\r\n", id="head"),
        pytest.param(b"HEAD /read HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", id="body"),
    ],
)
async def test_a_refusal_of_head_has_no_body(server: Served, sent: bytes) -> None:
    """It tells the length of what GET would get (RFC 9110 section 9.3.2), and the connection ends in order."""
    with complaints() as uncaught:
        async with connected(server.port) as connection:
            await connection.send(sent)
            received = await connection.until_closed()

    head, _, body = received.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 400 ")
    assert body == b""
    assert uncaught == []


async def test_garbage_behind_a_head_is_answered_with_a_body(server: Served) -> None:
    """It is no HEAD, whatever came before it."""
    async with connected(server.port) as connection:
        await connection.send(b"HEAD /hello HTTP/1.1\r\nHost: a\r\n\r\n")
        await connection.reader.readuntil(b"\r\n\r\n")
        await connection.send(b"GARBAGE\r\n\r\n")
        answer = await connection.response()

    assert (answer.status, answer.error_code) == BAD


@pytest.mark.parametrize("host", ["a", "a.b-c_d:8080", "127.0.0.1:1", "[::1]", "[2001:db8::7]:443", "", "a:"])
async def test_hosts_are_taken(server: Served, host: str) -> None:
    """Names and addresses, with and without a port, and an empty one (RFC 9112 section 3.2)."""
    async with connected(server.port) as connection:
        await connection.send(f"GET /hello HTTP/1.1\r\nHost: {host}\r\n\r\n".encode())
        answer = await connection.response()

    assert answer.status == 200


async def test_http_2_is_not_spoken(server: Served) -> None:
    """An offer to upgrade to cleartext HTTP/2 is ignored: the answer is HTTP/1.1."""
    async with connected(server.port) as connection:
        answer = await connection.ask(
            "GET /hello HTTP/1.1\nConnection: Upgrade, HTTP2-Settings\nUpgrade: h2c\nHTTP2-Settings: AAMAAABkAAQAAP__"
        )

    assert answer.status == 200


@pytest.mark.parametrize(
    ("target", "told"),
    [
        ("http://elsewhere/hello?a=1", {"path": "/hello", "query": "a=1"}),
        ("HTTP://elsewhere:80/hello", {"path": "/hello", "query": ""}),
        ("http://elsewhere", {"path": "/"}),
        ("/hello?a=%2F", {"path": "/hello", "query": "a=%2F"}),
    ],
)
async def test_a_url_as_target_is_its_path(server: Served, target: str, told: dict[str, str]) -> None:
    """A proxy's form of a request is the same request (RFC 9112 section 3.2.2)."""
    async with connected(server.port) as connection:
        answer = await connection.ask(f"GET {target} HTTP/1.1")

    assert answer.json() == told


async def test_neither_server_nor_version_is_told(server: Served) -> None:
    """A Date as HTTP wants it, and no banner."""
    async with connected(server.port) as connection:
        answer = await connection.ask("GET /hello HTTP/1.1")

    assert answer.headers["date"].endswith(" GMT")
    assert "server" not in answer.headers


async def test_http_1_0_is_served_and_closed(server: Served) -> None:
    """Old clients get an answer and the end of the connection."""
    async with connected(server.port) as connection:
        answer = await connection.ask("GET /hello HTTP/1.0")
        rest = await connection.until_closed()

    assert answer.status == 200
    assert rest == b""


@pytest.mark.parametrize("behind", [b"GET /hello HTTP/1.1\r\nHost: test\r\n\r\n", b"garbage", b"x" * 90_000], ids=len)
async def test_what_follows_a_last_request_is_ignored(server: Served, behind: bytes) -> None:
    """A request with ``Connection: close`` is answered whatever comes behind it, and leaves nothing behind itself."""
    async with connected(server.port) as connection:
        await connection.send(b"GET /hello HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n" + behind)
        answer = await connection.response()
        rest = await connection.until_closed()
    await eventually(lambda: server.connections == 0)

    assert answer.status == 200
    assert rest == b""


async def test_a_request_behind_a_closing_answer_ends_with_the_connection(server: Served) -> None:
    """What was pipelined behind an answer with ``Connection: close`` gets none and leaves nothing behind."""
    async with connected(server.port) as connection:
        await connection.send(b"GET /closing HTTP/1.1\r\nHost: test\r\n\r\n" * 2)
        answer = await connection.response()
        rest = await connection.until_closed()
    await eventually(lambda: server.connections == 0)

    assert answer.headers["connection"] == "close"
    assert rest == b""


async def test_a_body_that_turns_to_garbage_ends_its_request(server: Served) -> None:
    """A broken chunk is a 400, and the handler that was reading it is gone."""
    async with connected(server.port) as connection:
        await connection.send(b"POST /read HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n")
        await eventually(lambda: server.drain.requests == 1)
        await connection.send(b"zz\r\n")
        answer = await connection.response()
    await eventually(lambda: server.drain.requests == 0)

    assert (answer.status, answer.error_code) == (400, "INVALID_REQUEST")
