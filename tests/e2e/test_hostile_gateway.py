"""A hostile, clumsy or unlucky client: one clear error, nothing passed on, and the next caller is served."""

import asyncio
import json
import re
from collections.abc import Callable
from urllib.parse import urlsplit
from uuid import uuid4

import aiohttp
import pytest

from sandbox.stack import Stack
from tests.e2e.browser import Browser
from tests.support.hostility import OPERATIONS, Hostile, Operation, faults_of, format_fault, head
from tests.support.raw_http import RawConnection, connected

JSON = "Content-Type: application/json"


CHUNKED = "Transfer-Encoding: chunked"


LARGE = 10_000_000


DEEP = 100_000


HELD_S = 0.3


def port_of(sandbox: Stack) -> int:
    """Return the gateway's port."""
    port = urlsplit(sandbox.addresses.gateway).port
    assert port is not None
    return port


async def passed_on(sandbox: Stack, text: str) -> list[str]:
    """Return the remembered requests to any simulated service, as JSON, that hold ``text``."""
    found = []
    async with aiohttp.ClientSession() as client:
        for url in sandbox.addresses.upstreams.values():
            async with client.get(f"{url}/_sandbox/requests") as answer:
                found += [json.dumps(each) for each in (await answer.json())["requests"]]
    return [each for each in found if text in each]


def with_lines(*lines: str, body: bytes = b"") -> Hostile:
    """Return the hostile request that is sound but for ``lines`` and ``body``."""
    return lambda operation, login: head(operation.method, operation.path, login, *lines) + body


def with_path(change: Callable[[str], str]) -> Hostile:
    """Return the hostile request whose target is changed."""
    return lambda operation, login: head(operation.method, change(operation.path), login)


def with_method(change: Callable[[str], str]) -> Hostile:
    """Return the hostile request whose method is changed."""
    return lambda operation, login: head(change(operation.method), operation.path, login)


def without_host(operation: Operation, login: str) -> bytes:
    """Return a request that names no host."""
    return head(operation.method, operation.path, login).replace(b"Host: test\r\n", b"")


HEADS: dict[str, Hostile] = {
    "no host": without_host,
    "two hosts": with_lines("Host: other"),
    "a method in lower case": with_method(str.lower),
    "an unknown method": with_method(lambda _: "BREW"),
    "TRACE": with_method(lambda _: "TRACE"),
    "an unknown version": lambda operation, login: head(operation.method, operation.path, login, version="HTTP/3.9"),
    "another scheme": with_path(lambda path: f"ftp://test{path}"),
    "no slash at the beginning": with_path(lambda path: path[1:]),
    "two slashes at the beginning": with_path(lambda path: f"/{path}"),
    "a dot segment": with_path(lambda path: f"{path}/../x"),
    "an encoded dot segment": with_path(lambda path: f"{path}/%2e%2E/x"),
    "an encoded slash": with_path(lambda path: f"{path}%2Fx"),
    "an encoded backslash": with_path(lambda path: f"{path}%5Cx"),
    "an encoded NUL": with_path(lambda path: f"{path}%00"),
    "an encoded line end": with_path(lambda path: f"{path}%0d%0aX:1"),
    "no UTF-8": with_path(lambda path: f"{path}%ff"),
    "a broken escape": with_path(lambda path: f"{path}%zz"),
    "a fragment": with_path(lambda path: f"{path}#x"),
    "bytes beyond ASCII": with_path(lambda path: f"{path}\xe5"),
    "a long target": with_path(lambda path: f"{path}?{'x' * 40_000}"),
    "a long header": with_lines(f"X-Long: {'x' * 65_536}"),
    "many headers": with_lines(*[f"X-{number}: {'x' * 1000}" for number in range(64)]),
    "a control character": with_lines("X-Odd: a\x01b"),
    "a NUL": with_lines("X-Odd: a\x00b"),
    "a line end": with_lines("X-Odd: a\rX-User-ID: forged"),
    "a blank before the colon": with_lines("Content-Length : 0"),
    "lengths that differ": with_lines("Content-Length: 2", "Content-Length: 3", body=b"{}"),
    "a negative length": with_lines("Content-Length: -1"),
    "a length with a sign": with_lines("Content-Length: +2", body=b"{}"),
    "a length beyond numbers": with_lines(f"Content-Length: {'9' * 5_000}"),
    "a length and chunks": with_lines("Content-Length: 2", CHUNKED, body=b"2\r\n{}\r\n0\r\n\r\n"),
    "another transfer coding": with_lines("Transfer-Encoding: gzip, chunked", body=b"0\r\n\r\n"),
    "a NUL for a host": lambda operation, login: head(operation.method, operation.path, login).replace(b"test", b"\0"),
    "a host with quotes": lambda operation, login: head(operation.method, operation.path, login).replace(
        b"test", b'a";for="b'
    ),
}


@pytest.mark.parametrize("name", HEADS)
async def test_a_hostile_head_is_one_clear_error_on_every_route(sandbox: Stack, maria: Browser, name: str) -> None:
    """4xx in the one format; no service hears of it; the gateway serves on."""
    marker = uuid4().hex
    login = f"X-Marker: {marker}\r\nAuthorization: Bearer {maria.token}"

    faults = await faults_of(port_of(sandbox), HEADS[name], login=login)

    assert faults == {}
    assert await passed_on(sandbox, marker) == []
    assert (await maria.call("GET", "/v1/batches")).status == 200


PROTECTED = [f"{operation.method} {operation.path}" for operation in OPERATIONS if operation.protected]


BODILESS = {"POST /v1/auth/logout", "POST /v1/ws/tickets"}
"""These do without what a body says."""


BODIES: dict[str, Hostile] = {
    "10 MB": with_lines(JSON, f"Content-Length: {LARGE}", body=b"x" * LARGE),
    "10 MB in chunks": with_lines(
        JSON, CHUNKED, body=b"10000\r\n" + b"x" * 65_536 + (b"\r\n10000\r\n" + b"x" * 65_536) * 20
    ),
    "deep nesting": with_lines(JSON, f"Content-Length: {2 * DEEP}", body=b"[" * DEEP + b"]" * DEEP),
    "an array": with_lines(JSON, "Content-Length: 2", body=b"[]"),
    "a huge number": with_lines(JSON, "Content-Length: 5000", body=b"9" * 5000),
    "another type": with_lines("Content-Type: text/plain", "Content-Length: 2", body=b"{}"),
    "two types": with_lines("Content-Type: text/plain", JSON, "Content-Length: 2", body=b"{}"),
    "no UTF-8": with_lines(JSON, "Content-Length: 2", body=b"\xff\xfe"),
    "half of it": with_lines(JSON, "Content-Length: 8", body=b'{"a": 1,'),
    "nothing": with_lines(JSON, "Content-Length: 0"),
    "a broken chunk": with_lines(JSON, CHUNKED, body=b"zz\r\n{}\r\n0\r\n\r\n"),
    "a negative chunk": with_lines(JSON, CHUNKED, body=b"-1\r\n{}\r\n0\r\n\r\n"),
}


PASSED_ON = re.compile(r"POST /v1/auth/logout$|[A-Z]+ /v1/classes|POST \S+/student-associations/confirm$")
"""Routes that pass a body on as it is; the services behind answer 500 to one they don't expect, which is 502 here."""


def is_refused_behind(route: str, fault: str) -> bool:
    """Tell whether a service that judges the body itself failed at it, in the one format."""
    return PASSED_ON.match(route) is not None and "status 502" in fault and "EXTERNAL_SERVICE_ERROR" in fault


@pytest.mark.parametrize("name", BODIES)
async def test_a_hostile_body_is_one_clear_error_where_a_body_counts(sandbox: Stack, maria: Browser, name: str) -> None:
    """4xx in the one format from every route that reads a body; the others don't mind one they never read.

    Where a service behind judges the body, its 500 is a 502 in the one format, and closes that service for nobody.
    """
    faults = await faults_of(port_of(sandbox), BODIES[name], login=f"Authorization: Bearer {maria.token}")

    needing = {f"{operation.method} {operation.path}" for operation in OPERATIONS if operation.needs_body}
    told = {route: fault for route, fault in faults.items() if not is_refused_behind(route, fault)}
    assert {route: fault for route, fault in told.items() if route in needing or "status 2" not in fault} == {}
    assert (await maria.call("GET", "/v1/batches")).status == 200


async def test_two_tokens_are_none(sandbox: Stack, maria: Browser) -> None:
    """Two Authorization headers are refused, whichever is good; routes that ask for none don't look.

    The second isn't good: a good one alone would log its user out, and with it each login of the same second.
    """
    login = f"Authorization: Bearer {maria.token}"

    faults = await faults_of(port_of(sandbox), with_lines("Authorization: Bearer of.some.other"), login=login)

    assert faults.keys().isdisjoint(PROTECTED)


FORGED = (
    *("X-User-ID", "x_user_id", "X.User.ID", "X-Org-ID", "X-Identity-Encoding", "X-Service-ID"),
    *("X-Internal-API-Key", "x_internal_api_key", "Remote-User", "X-Remote-User", "Remote-Addr"),
    *("Forwarded", "X-Forwarded-For", "x_forwarded_for", "X-Forwarded-Host", "X-Forwarded-User", "X-Forwarded-Port"),
    *("X-Real-IP", "X-Client-IP", "True-Client-IP", "X-Original-URL", "X-Rewrite-URL", "X-HTTP-Method-Override"),
    *("X-Correlation-ID", "x_correlation_id", "X-Request-Deadline-Ms", "Proxy", "Proxy-Authorization"),
    *("Content_Length", "Transfer_Encoding", "Connection: X-User-ID, X-Correlation-ID, close\r\nTE"),
)


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/v1/classes"),
        ("GET", "/v1/batches"),
        ("GET", "/bff/v1/teacher/dashboard"),
        ("GET", "/v1/files/batch/some/state"),
        ("POST", "/v1/auth/login"),
    ],
)
async def test_nobody_passes_for_another(sandbox: Stack, maria: Browser, method: str, path: str) -> None:
    """Whatever a caller writes about who it is and where it comes from, no service reads it."""
    forged = f"forged-{uuid4().hex}"
    lines = [*[f"{name}: {forged}" for name in FORGED], f"Authorization: Bearer {maria.token}", f"X-Marker: m{forged}"]

    async with connected(port_of(sandbox)) as connection:
        await connection.send(head(method, path, *lines, JSON, "Content-Length: 2") + b"{}")
        await connection.response()

    heard = await passed_on(sandbox, forged)
    assert [each for each in heard if f'"{forged}"' in each] == []


async def asked(connection: RawConnection, *parts: bytes) -> str:
    """Send ``parts`` and return what is wrong with the answer's format, if anything."""
    for part in parts:
        await connection.send(part)
    return format_fault(await connection.response())


async def test_pipelined_requests_are_answered_in_order(sandbox: Stack, maria: Browser) -> None:
    """Good, bad, bodied and malformed ones each get their own answer; behind a malformed one comes the end."""
    login = f"Authorization: Bearer {maria.token}"
    good, missing = head("GET", "/v1/batches", login), head("GET", "/v1/nothing", login)
    bodied = head("POST", "/v1/batches/register", login, JSON, "Content-Length: 2") + b"{}"

    async with connected(port_of(sandbox)) as connection:
        await connection.send(good + bodied + missing + good + b"BAD\r\n\r\n" + good)
        statuses = [(await connection.response()).status for _ in range(5)]
        rest = await connection.until_closed()

    assert (statuses, rest) == ([200, 400, 404, 200, 400], b"")


async def test_old_and_roundabout_forms_are_the_same_request(sandbox: Stack, maria: Browser) -> None:
    """HTTP/1.0 without a host, a URL for a target, and a client that has shut its side all get their answer."""
    login = f"Authorization: Bearer {maria.token}"
    answers = []
    for sent in (
        head("GET", "/v1/batches", login, version="HTTP/1.0").replace(b"Host: test\r\n", b""),
        head("GET", "http://elsewhere.example/v1/batches", login),
        head("GET", "/livez"),
    ):
        async with connected(port_of(sandbox)) as connection:
            await connection.send(sent)
            connection.writer.write_eof()
            answers.append((await connection.response()).status)

    assert answers == [200, 200, 200]


@pytest.mark.parametrize(
    ("path", "length", "status"),
    [("/v1/nothing", 2, 404), ("/v1/batches/register", LARGE, 413), ("/v1/classes", LARGE, 413)],
)
async def test_whoever_asks_first_is_spared_the_sending(
    sandbox: Stack, maria: Browser, path: str, length: int, status: int
) -> None:
    """``Expect: 100-continue`` on what will be refused gets the refusal and no 100."""
    login = f"Authorization: Bearer {maria.token}"
    sent = head("POST", path, login, JSON, f"Content-Length: {length}", "Expect: 100-continue")

    async with connected(port_of(sandbox)) as connection:
        await connection.send(sent)
        answer = await connection.response()

    assert (answer.status, format_fault(answer)) == (status, "")


async def test_a_slow_login_holds_no_place_at_the_identity_service(sandbox: Stack) -> None:
    """Anybody can send a body slowly: the service hears of it only once it is here."""
    marker, body = uuid4().hex, b'{"email": "a@b.se", "password": "no-such-password"}'
    sent = head("POST", "/v1/auth/login", JSON, f"Content-Length: {len(body)}", f"X-Marker: {marker}")

    async with connected(port_of(sandbox)) as connection:
        await connection.send(sent + body[:-1])
        await asyncio.sleep(HELD_S)
        early = await passed_on(sandbox, marker)
        fault = await asked(connection, body[-1:])

    assert (early, fault) == ([], "")
    assert len(await passed_on(sandbox, marker)) == 1


async def test_a_cut_body_never_reaches_a_service_whole(sandbox: Stack, maria: Browser) -> None:
    """A client that promises ten bytes, sends four and leaves creates no class."""
    name = uuid4().hex
    body = json.dumps({"name": name, "course_codes": ["ENG5"]}).encode()
    login = f"Authorization: Bearer {maria.token}"

    async with connected(port_of(sandbox)) as connection:
        await connection.send(head("POST", "/v1/classes", login, JSON, f"Content-Length: {len(body) + 6}") + body)
        await asyncio.sleep(HELD_S)
        connection.writer.write_eof()
        await connection.until_closed()

    listed = await maria.call("GET", "/v1/classes")
    assert name not in json.dumps(listed.body)
