"""Requests that no well-meant client sends, to every operation the gateway describes, and what must come back."""

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path

import orjson

from tests.support.raw_http import RawResponse, connected

DESCRIPTION = Path(__file__).parents[2] / "docs" / "openapi.json"
ANSWERED_WITHIN_S = 60.0
MOST_TRIES = 5
HOUSE_FIELDS = {"code", "message", "correlation_id", "service", "timestamp", "details"}


@dataclass(frozen=True, slots=True)
class Operation:
    """A method on a path whose parameters are filled in."""

    method: str
    path: str
    protected: bool
    needs_body: bool


Hostile = Callable[[Operation, str], bytes]
"""Makes the bytes to send for an operation, given the header line that lets its caller in (or any other)."""


def head(method: str, target: str, *lines: str, version: str = "HTTP/1.1") -> bytes:
    """Return the head of a request."""
    return "\r\n".join([f"{method} {target} {version}", "Host: test", *lines, "", ""]).encode("latin-1")


def operations() -> Iterator[Operation]:
    """Yield every operation of docs/openapi.json."""
    described = orjson.loads(DESCRIPTION.read_bytes())
    for template, methods in described["paths"].items():
        path = template.replace("{", "").replace("}", "")
        for method, told in methods.items():
            if method != "parameters":
                required = told.get("requestBody", {}).get("required", False)
                yield Operation(method.upper(), path, _is_protected(told["security"]), required)


def _is_protected(security: list[dict[str, list[str]]]) -> bool:
    """Tell whether every alternative of ``security`` asks for something."""
    return bool(security) and {} not in security


OPERATIONS = tuple(operations())


async def faults_of(port: int, hostile: Hostile, *, login: str) -> dict[str, str]:
    """Send ``hostile`` to every operation; return what is wrong with which answer, nothing when all is well.

    Right is one 4xx in the one format, in time (or the 501 of an unknown transfer coding). ``login`` is the header line
    that lets a caller in.
    """

    async def attacked(operation: Operation) -> tuple[str, str]:
        line = login if operation.protected else "X-Nobody: here"
        return f"{operation.method} {operation.path}", await fault_of(port, hostile(operation, line))

    found = await asyncio.gather(*[attacked(operation) for operation in OPERATIONS])
    return {name: fault for name, fault in found if fault}


async def fault_of(port: int, sent: bytes) -> str:
    """Return what is wrong with the answer to ``sent``, or nothing.

    A gateway that is too busy for an answer says so, and when to come again; it is asked again then.
    """
    try:
        for _ in range(MOST_TRIES):
            async with asyncio.timeout(ANSWERED_WITHIN_S), connected(port) as connection:
                connection.writer.write(sent)
                answer = await connection.response()
            if answer.status != HTTPStatus.SERVICE_UNAVAILABLE or "retry-after" not in answer.headers:
                break
            await asyncio.sleep(int(answer.headers["retry-after"]))
        return format_fault(answer)
    except (OSError, EOFError) as failure:
        return repr(failure)


def format_fault(answer: RawResponse) -> str:
    """Return what keeps ``answer`` from being a 4xx or 501 in the one format, or nothing."""
    is_clients = HTTPStatus.BAD_REQUEST <= answer.status < HTTPStatus.INTERNAL_SERVER_ERROR
    if not is_clients and answer.status != HTTPStatus.NOT_IMPLEMENTED:
        return f"status {answer.status}: {answer.body[:200]!r}"
    match answer.json():
        case {"error": {"code": code, "correlation_id": correlation_id, **rest}} if rest.keys() < HOUSE_FIELDS:
            told = (answer.headers.get("x-error-code"), answer.headers.get("x-correlation-id"))
            return "" if told == (code, correlation_id) else f"headers tell {told}"
        case other:
            return f"body {other!r}"
