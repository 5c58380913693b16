"""Every route, every kind of failure, one format."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import NoReturn
from uuid import UUID

import pytest

from common.correlation import correlation_id
from common.errors.catalogue import entry_for
from common.errors.codes import ClassManagementErrorCode, ErrorCode
from common.errors.factories import (
    raise_circuit_breaker_open,
    raise_external_service_error,
    raise_timeout_error,
)
from common.errors.service_factories import raise_class_not_found
from tests.support.asgi_client import Answer, Call
from tests.support.gateway import Gateway, bearer
from tests.support.multipart_bodies import CONTENT_TYPE, file_part, upload

SERVICE = "api-gateway-service"
SECRET_OF_THE_BUG = "the-text-of-the-bug"
JSON = ("Content-Type", "application/json")
TEXT = ("Content-Type", "text/plain")
TOKEN = [*bearer().items()]
ESSAYS = [upload(file_part("essay.txt"))]

WITHOUT_BODY = (
    Call(method="GET", target="/v1/batches/b1/status"),
    Call(method="GET", target="/v1/batches"),
    Call(method="GET", target="/v1/batches/b1/student-associations"),
    Call(method="GET", target="/v1/files/batch/b1/state"),
    Call(method="DELETE", target="/v1/files/batch/b1/files/f1"),
    Call(method="GET", target="/v1/classes"),
    Call(method="GET", target="/v1/classes/c1"),
    Call(method="GET", target="/bff/v1/teacher/dashboard"),
)
VALIDATED = (
    Call(
        method="POST",
        target="/v1/batches/register",
        headers=[JSON],
        chunks=[b'{"expected_essay_count":1,"course_code":"SV1"}'],
    ),
    Call(
        method="PATCH",
        target="/v1/batches/b1/prompt",
        headers=[JSON],
        chunks=[b'{"student_prompt_ref":{"references":{"student_prompt_text":{"storage_id":"p1"}}}}'],
    ),
    Call(method="POST", target="/v1/batches/b1/pipelines", headers=[JSON], chunks=[b'{"requested_pipeline":"nlp"}']),
)
PASSED_ON = (
    Call(method="POST", target="/v1/classes", headers=[JSON], chunks=[b"{}"]),
    Call(method="PUT", target="/bff/v1/teacher/x", headers=[JSON], chunks=[b"{}"]),
    Call(method="POST", target="/v1/batches/b1/student-associations/confirm", headers=[JSON], chunks=[b"{}"]),
)
UPLOADS = (
    Call(method="POST", target="/v1/files/batch", headers=[("Content-Type", CONTENT_TYPE)], chunks=ESSAYS),
    Call(method="POST", target="/v1/files/batch/b1/files", headers=[("Content-Type", CONTENT_TYPE)], chunks=ESSAYS),
)
ANONYMOUS = (
    Call(method="POST", target="/v1/auth/login", headers=[JSON], chunks=[b'{"email": "a@b.se", "password": "x"}']),
    Call(method="POST", target="/v1/auth/refresh", headers=[JSON], chunks=[b'{"refresh_token": "t"}']),
    Call(method="POST", target="/v1/auth/logout", headers=[JSON], chunks=[b"{}"]),
)
PROTECTED = (*WITHOUT_BODY, *VALIDATED, *PASSED_ON, *UPLOADS)
EVERY_ROUTE = (*PROTECTED, *ANONYMOUS)


class BugError(Exception):
    """Something nobody foresaw."""


def failed() -> NoReturn:
    """Fail as the adapter does for an upstream that can't be reached."""
    raise_external_service_error(
        service=SERVICE, operation="call", message="It failed.", correlation_id=correlation_id(), external_service="x"
    )


def timed_out() -> NoReturn:
    """Fail as the adapter does for an upstream that takes too long."""
    raise_timeout_error(
        service=SERVICE, operation="call", message="Too long.", correlation_id=correlation_id(), timeout_seconds=30
    )


def held_back() -> NoReturn:
    """Fail as the adapter does while an upstream's circuit is open."""
    raise_circuit_breaker_open(
        service=SERVICE, operation="call", message="Not now.", correlation_id=correlation_id(), retry_after_s=7
    )


def refused() -> NoReturn:
    """Fail as the adapter does for an upstream's own error in the platform's shape."""
    raise_class_not_found(
        service=SERVICE, operation="call", message="No such class.", correlation_id=correlation_id(), class_id="c"
    )


def broke() -> NoReturn:
    """Fail as nobody foresaw."""
    raise BugError(SECRET_OF_THE_BUG)


BEHIND = {
    failed: ErrorCode.EXTERNAL_SERVICE_ERROR,
    timed_out: ErrorCode.TIMEOUT,
    held_back: ErrorCode.CIRCUIT_BREAKER_OPEN,
    refused: ClassManagementErrorCode.CLASS_NOT_FOUND,
    broke: ErrorCode.UNKNOWN_ERROR,
}


@dataclass(frozen=True)
class Fault:
    """One way to send a request wrongly, and the code it is answered with."""

    code: ErrorCode
    spoil: Callable[[Call], Call]


def named(call: Call) -> str:
    """Return what a test of ``call`` is called."""
    return f"{call.method} {call.target}"


def sent_by_a_teacher(call: Call) -> Call:
    """Return ``call`` with a token."""
    return replace(call, headers=[*call.headers, *TOKEN])


def assert_house_format(answer: Answer, code: str, call: Call) -> None:
    """Assert that ``answer`` is the platform's error of ``code`` and tells no more than that."""
    assert (answer.status, answer.header("content-type")) == (entry_for(code).status, "application/json"), named(call)
    assert set(answer.object) == {"error"}
    assert set(answer.error) == {"code", "message", "correlation_id", "service", "timestamp", "details"}
    assert answer.error["code"] == answer.header("x-error-code") == code
    assert UUID(str(answer.error["correlation_id"])).version == 4
    assert answer.error["service"] == SERVICE
    assert datetime.fromisoformat(str(answer.error["timestamp"])).utcoffset() is not None
    assert isinstance(answer.details, dict)
    assert answer.error["message"]
    assert SECRET_OF_THE_BUG not in answer.body.decode()
    assert "Traceback" not in answer.body.decode()


@pytest.mark.parametrize("call", EVERY_ROUTE, ids=named)
@pytest.mark.parametrize("failing", BEHIND, ids=lambda failing: failing.__name__)
async def test_a_failure_behind_the_route(gateway: Gateway, call: Call, failing: Callable[[], NoReturn]) -> None:
    """Whatever happens behind any route is told in the one format."""
    gateway.upstreams.failing = failing

    answer = await gateway.client.send(sent_by_a_teacher(call))

    assert_house_format(answer, BEHIND[failing], call)


@pytest.mark.parametrize("call", EVERY_ROUTE, ids=named)
async def test_a_problem_for_those_who_ask(gateway: Gateway, call: Call) -> None:
    """With Accept naming it, the same failure is an RFC 9457 problem."""
    gateway.upstreams.failing = failed
    asked = replace(call, headers=[*call.headers, ("Accept", "application/problem+json")])

    answer = await gateway.client.send(sent_by_a_teacher(asked))

    assert answer.header("content-type") == "application/problem+json"
    assert (answer.object["status"], answer.object["code"]) == (502, "EXTERNAL_SERVICE_ERROR")
    assert "Accept" in ", ".join(answer.all("vary"))


@pytest.mark.parametrize("call", PROTECTED, ids=named)
@pytest.mark.parametrize(
    ("values", "code"),
    [([], "AUTHENTICATION_ERROR"), (["Bearer garbage"], "AUTHENTICATION_ERROR"), (["Bearer"], "INVALID_REQUEST")],
    ids=["no token", "garbage", "malformed"],
)
async def test_a_caller_nobody_knows(gateway: Gateway, call: Call, values: list[str], code: str) -> None:
    """Each refusal of a credential is told in the one format, and nobody behind is asked."""
    headers = [*call.headers, *(("Authorization", value) for value in values)]

    answer = await gateway.client.send(replace(call, headers=headers))

    assert_house_format(answer, code, call)
    assert gateway.upstreams.seen == []


FAULTS = {
    "no JSON": Fault(ErrorCode.PARSING_ERROR, lambda call: replace(call, chunks=[b"{"])),
    "not UTF-8": Fault(ErrorCode.PARSING_ERROR, lambda call: replace(call, chunks=[b'"\xff"'])),
    "NaN": Fault(ErrorCode.PARSING_ERROR, lambda call: replace(call, chunks=[b'{"x": NaN}'])),
    "deeply nested": Fault(ErrorCode.PARSING_ERROR, lambda call: replace(call, chunks=[b"[" * 100_000])),
    "no body": Fault(ErrorCode.VALIDATION_ERROR, lambda call: replace(call, chunks=[])),
    "an array": Fault(ErrorCode.VALIDATION_ERROR, lambda call: replace(call, chunks=[b"[]"])),
    "no fields": Fault(ErrorCode.VALIDATION_ERROR, lambda call: replace(call, chunks=[b"{}"])),
    "text": Fault(
        ErrorCode.UNSUPPORTED_MEDIA_TYPE, lambda call: replace(call, headers=[("Content-Type", "text/plain")])
    ),
    "no type": Fault(ErrorCode.UNSUPPORTED_MEDIA_TYPE, lambda call: replace(call, headers=[])),
    "10 MB": Fault(ErrorCode.PAYLOAD_TOO_LARGE, lambda call: replace(call, chunks=[b" " * 1_048_576] * 10)),
    "10 MB, unannounced": Fault(
        ErrorCode.PAYLOAD_TOO_LARGE, lambda call: replace(call, chunks=[b" " * 1_048_576] * 10, chunked=True)
    ),
}


@pytest.mark.parametrize("call", VALIDATED, ids=named)
@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS.keys())
async def test_a_body_that_is_wrong(gateway: Gateway, call: Call, fault: Fault) -> None:
    """Each way to send a wrong body to a route that reads it is told in the one format, and nobody behind is asked."""
    answer = await gateway.client.send(sent_by_a_teacher(fault.spoil(call)))

    assert_house_format(answer, fault.code, call)
    assert gateway.upstreams.seen == []


@pytest.mark.parametrize("call", [*VALIDATED, *UPLOADS, *ANONYMOUS], ids=named)
async def test_a_body_that_is_compressed(gateway: Gateway, call: Call) -> None:
    """Where a body is read here, 415 tells what is taken instead (RFC 9110 section 15.5.16)."""
    compressed = replace(call, headers=[*call.headers, ("Content-Encoding", "gzip")])

    answer = await gateway.client.send(sent_by_a_teacher(compressed))

    assert_house_format(answer, "UNSUPPORTED_MEDIA_TYPE", call)
    assert answer.header("accept-encoding") == "identity"
    assert gateway.upstreams.seen == []


@pytest.mark.parametrize("call", [call for call in PROTECTED if "/b1" in call.target], ids=named)
@pytest.mark.parametrize(
    ("batch_id", "code"),
    [
        ("%00", "INVALID_REQUEST"),
        ("a" * 256, "VALIDATION_ERROR"),
        ("%E2%80%8B", "VALIDATION_ERROR"),
        ("%ff", "INVALID_REQUEST"),
    ],
    ids=["NUL", "not UTF-8", "too long", "invisible"],
)
async def test_an_id_that_is_none(gateway: Gateway, call: Call, batch_id: str, code: str) -> None:
    """An impossible identifier is 400 in the one format on every route that takes one, and nobody behind is asked."""
    target = call.target.replace("/b1", f"/{batch_id}")

    answer = await gateway.client.send(sent_by_a_teacher(replace(call, target=target)))

    assert_house_format(answer, code, call)
    assert gateway.upstreams.seen == []


@pytest.mark.parametrize("method", ["BREW", "TRACE", "CONNECT"])
@pytest.mark.parametrize("call", EVERY_ROUTE, ids=named)
async def test_a_method_that_is_none(gateway: Gateway, call: Call, method: str) -> None:
    """A method no route knows is 405 in the one format, with those there are."""
    answer = await gateway.client.send(Call(method=method, target=call.target))

    assert_house_format(answer, "METHOD_NOT_ALLOWED", call)
    assert call.method in answer.header("allow").split(", ")
