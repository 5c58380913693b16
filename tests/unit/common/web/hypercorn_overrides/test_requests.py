"""What hypercorn would refuse, take or do by itself."""

import asyncio
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from quart import Quart, Response, request

from common.web.middleware.request_head import HEAD_LIMIT_BYTES
from tests.support.eventually import eventually
from tests.support.garbage import complaints
from tests.support.raw_http import connected
from tests.support.web_app import ALLOWED, SERVICE, make_web_app
from tests.support.web_server import RunningServer, run_server


def hello_app() -> Quart:
    """Return an app with a route that tells the path it was asked for."""
    app = make_web_app()

    @app.get("/hello")
    async def hello() -> dict[str, str]:
        return {"path": request.path, "query": request.query_string.decode()}

    @app.get("/")
    async def root() -> dict[str, str]:
        return {"path": request.path}

    @app.get("/host")
    async def host() -> dict[str, str]:
        return {"host": request.headers["Host"]}

    @app.get("/closing")
    async def closing() -> Response:
        return Response(b"", headers={"Connection": "close"})

    @app.post("/read")
    async def read() -> dict[str, int]:
        return {"bytes": len(await request.get_data())}

    return app


@pytest_asyncio.fixture
async def server() -> AsyncIterator[RunningServer]:
    """A server of the hello app."""
    async with run_server(hello_app()) as running:
        yield running


BAD = (400, "INVALID_REQUEST")
UNKNOWN_EXPECTATION = (417, "INVALID_REQUEST")
UNKNOWN_CODING = (501, "INVALID_REQUEST")
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
        pytest.param(POST + b"Transfer-Encoding: gzip\r\n\r\n", UNKNOWN_CODING, id="unknown coding"),
        pytest.param(POST + b"Transfer-Encoding: gzip, chunked\r\n\r\n", UNKNOWN_CODING, id="coding before chunked"),
        pytest.param(POST + b"Transfer-Encoding: identity\r\n\r\n", UNKNOWN_CODING, id="identity"),
        pytest.param(
            POST + b"Transfer-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n", UNKNOWN_CODING, id="two codings"
        ),
        pytest.param(
            b"POST /read HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
            BAD,
            id="coding in HTTP/1.0",
        ),
        pytest.param(GET + b"Expect: 100-continue\r\nExpect: tea\r\n\r\n", UNKNOWN_EXPECTATION, id="expectation"),
        pytest.param(b"GET * HTTP/1.1\r\nHost: a\r\n\r\n", BAD, id="asterisk"),
        pytest.param(b"\rGET /hello HTTP/1.1\r\nHost: a\r\n\r\n", BAD, id="carriage return in front"),
        pytest.param(b"GET http://u@a/hello HTTP/1.1\r\nHost: a\r\n\r\n", BAD, id="URL with a user"),
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
    server: RunningServer, sent: bytes, expected: tuple[int, str]
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
async def test_a_refusal_of_head_has_no_body(server: RunningServer, sent: bytes) -> None:
    """It tells the length of what GET would get (RFC 9110 section 9.3.2), and the connection ends in order."""
    with complaints() as uncaught:
        async with connected(server.port) as connection:
            await connection.send(sent)
            received = await connection.until_closed()

    head, _, body = received.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 400 ")
    assert body == b""
    assert uncaught == []


async def test_garbage_behind_a_head_is_answered_with_a_body(server: RunningServer) -> None:
    """It is no HEAD, whatever came before it."""
    async with connected(server.port) as connection:
        await connection.send(b"HEAD /hello HTTP/1.1\r\nHost: a\r\n\r\n")
        await connection.reader.readuntil(b"\r\n\r\n")
        await connection.send(b"GARBAGE\r\n\r\n")
        answer = await connection.response()

    assert (answer.status, answer.error_code) == BAD


@pytest.mark.parametrize("host", ["a", "a.b-c_d:8080", "127.0.0.1:1", "[::1]", "[2001:db8::7]:443", "", "a:"])
async def test_hosts_are_taken(server: RunningServer, host: str) -> None:
    """Names and addresses, with and without a port, and an empty one (RFC 9112 section 3.2)."""
    async with connected(server.port) as connection:
        await connection.send(f"GET /hello HTTP/1.1\r\nHost: {host}\r\n\r\n".encode())
        answer = await connection.response()

    assert answer.status == 200


async def test_http_2_is_not_spoken(server: RunningServer) -> None:
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
async def test_a_url_as_target_is_its_path(server: RunningServer, target: str, told: dict[str, str]) -> None:
    """A proxy's form of a request is the same request (RFC 9112 section 3.2.2)."""
    async with connected(server.port) as connection:
        answer = await connection.ask(f"GET {target} HTTP/1.1")

    assert answer.json() == told


@pytest.mark.parametrize(
    ("target", "host"),
    [("/host", "test"), ("http://elsewhere:81/host", "elsewhere:81"), ("https://[::1]/host?a", "[::1]")],
)
async def test_a_url_names_the_host(server: RunningServer, target: str, host: str) -> None:
    """What Host says beside a URL is ignored (RFC 9112 section 3.2.2)."""
    async with connected(server.port) as connection:
        answer = await connection.ask(f"GET {target} HTTP/1.1")

    assert answer.json() == {"host": host}


@pytest.mark.parametrize("target", ["*", "http://elsewhere"])
async def test_options_of_the_whole_server(server: RunningServer, target: str) -> None:
    """``OPTIONS *`` tells the methods, also as proxies spell it (RFC 9112 section 3.2.4); the connection is kept."""
    async with connected(server.port) as connection:
        answer = await connection.ask(f"OPTIONS {target} HTTP/1.1")
        after = await connection.ask("GET /hello HTTP/1.1")

    assert (answer.status, answer.headers["allow"], answer.body) == (204, ALLOWED.methods, b"")
    assert after.status == 200


HELLO = GET + b"\r\n"


@pytest.mark.parametrize(
    "pieces",
    [
        [b"\r\n" + HELLO],
        [b"\n" + HELLO],
        [b"\r\n\r\n\n\r\n" + HELLO],
        [b"\r\n", HELLO],
        [b"\r", b"\n" + HELLO],
        [b"\r\n\r", b"\n", HELLO[:9], HELLO[9:]],
        [HELLO, b"\r\n", HELLO],
        [HELLO + b"\r\n\r\n" + HELLO],
        [POST + b"Content-Length: 2\r\n\r\nhi\r\n" + HELLO],
        [POST + b"Content-Length: 2\r\n\r\nhi\r", b"\n" + HELLO],
        [POST + b"Transfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n\r\n" + HELLO],
    ],
)
async def test_empty_lines_before_a_request_are_skipped(server: RunningServer, pieces: list[bytes]) -> None:
    """RFC 9112 section 2.2: old clients send one behind a body; however they arrive, each request is answered."""
    requests = b"".join(pieces).count(b"HTTP/1.1")
    async with connected(server.port) as connection:
        for piece in pieces:
            await connection.send(piece)
            await asyncio.sleep(0)
        answers = [await connection.response() for _ in range(requests)]

    assert {answer.status for answer in answers} == {200}
    assert answers[-1].json() == {"path": "/hello", "query": ""}


PREFLIGHT = b"Host: a\r\nOrigin: https://app.example\r\nAccess-Control-Request-Method: GET\r\n\r\n"


async def test_a_preflight_of_an_over_long_head_is_answered(server: RunningServer) -> None:
    """The browser then sends the request itself, whose refusal the page can read."""
    line = b"/hello?" + b"x" * HEAD_LIMIT_BYTES + b" HTTP/1.1\r\n"
    async with connected(server.port) as connection:
        await connection.send(b"OPTIONS " + line + PREFLIGHT)
        preflight = await connection.response()
        await connection.send(b"GET " + line + PREFLIGHT)
        answer = await connection.response()

    assert preflight.status == 204
    assert preflight.headers["access-control-allow-methods"] == ALLOWED.methods
    assert (answer.status, answer.error_code) == LARGE


async def test_neither_server_nor_version_is_told(server: RunningServer) -> None:
    """A Date as HTTP wants it, and no banner."""
    async with connected(server.port) as connection:
        answer = await connection.ask("GET /hello HTTP/1.1")

    assert answer.headers["date"].endswith(" GMT")
    assert "server" not in answer.headers


async def test_http_1_0_is_served_and_closed(server: RunningServer) -> None:
    """Old clients get an answer and the end of the connection."""
    async with connected(server.port) as connection:
        answer = await connection.ask("GET /hello HTTP/1.0")
        rest = await connection.until_closed()

    assert answer.status == 200
    assert rest == b""


@pytest.mark.parametrize("behind", [b"GET /hello HTTP/1.1\r\nHost: test\r\n\r\n", b"garbage", b"x" * 90_000], ids=len)
async def test_what_follows_a_last_request_is_ignored(server: RunningServer, behind: bytes) -> None:
    """A request with ``Connection: close`` is answered whatever comes behind it, and leaves nothing behind itself."""
    async with connected(server.port) as connection:
        await connection.send(b"GET /hello HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n" + behind)
        answer = await connection.response()
        rest = await connection.until_closed()
    await eventually(lambda: server.connections == 0)

    assert answer.status == 200
    assert rest == b""


async def test_a_request_behind_a_closing_answer_ends_with_the_connection(server: RunningServer) -> None:
    """What was pipelined behind an answer with ``Connection: close`` gets none and leaves nothing behind."""
    async with connected(server.port) as connection:
        await connection.send(b"GET /closing HTTP/1.1\r\nHost: test\r\n\r\n" * 2)
        answer = await connection.response()
        rest = await connection.until_closed()
    await eventually(lambda: server.connections == 0)

    assert answer.headers["connection"] == "close"
    assert rest == b""


async def test_a_body_that_turns_to_garbage_ends_its_request(server: RunningServer) -> None:
    """A broken chunk is a 400, and the handler that was reading it is gone."""
    async with connected(server.port) as connection:
        await connection.send(b"POST /read HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n")
        await eventually(lambda: server.drain.requests == 1)
        await connection.send(b"zz\r\n")
        answer = await connection.response()
    await eventually(lambda: server.drain.requests == 0)

    assert (answer.status, answer.error_code) == (400, "INVALID_REQUEST")
