"""Whatever fails inside a Quart app leaves in the house format, over HTTP and at a socket's handshake."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import orjson
import pytest
from opentelemetry.sdk.trace import TracerProvider
from quart import Quart
from quart.testing.connections import WebsocketResponseError
from quart.typing import TestClientProtocol as Client
from structlog.testing import capture_logs
from structlog.typing import EventDict
from werkzeug.datastructures import Headers

from common.correlation import bind_correlation_id
from common.errors.codes import ErrorCode
from common.errors.detail import ErrorDetail
from common.errors.quart_handlers import create_error_response, extract_correlation_id
from tests.unit.common.errors.asking import Request, ask, post
from tests.unit.common.errors.failing_app import CORRELATION_ID, HEADERS, PUBLIC_URL, SERVICE

FAILURES = {
    "error raised": (Request("GET", "/limited"), 429, ErrorCode.RATE_LIMIT),
    "bug": (Request("GET", "/bug"), 500, ErrorCode.UNKNOWN_ERROR),
    "before_request": (Request("GET", "/batches", {"X-Refused": "1"}), 401, ErrorCode.AUTHENTICATION_ERROR),
    "after_request": (Request("GET", "/batches", {"X-Unsealed": "1"}), 500, ErrorCode.UNKNOWN_ERROR),
    "dependency": (Request("GET", "/injected"), 401, ErrorCode.AUTHENTICATION_ERROR),
    "task group": (Request("GET", "/group"), 409, ErrorCode.CONFLICT),
    "task group with a bug": (Request("GET", "/group-with-bug"), 500, ErrorCode.UNKNOWN_ERROR),
    "no route": (Request("GET", "/nowhere"), 404, ErrorCode.RESOURCE_NOT_FOUND),
    "wrong method": (Request("DELETE", "/batches"), 405, ErrorCode.METHOD_NOT_ALLOWED),
    "unknown method": (Request("BREW", "/batches"), 405, ErrorCode.METHOD_NOT_ALLOWED),
    "slow body": (Request("GET", "/slow"), 408, ErrorCode.REQUEST_TIMEOUT),
    "headers too large": (Request("GET", "/headers-too-large"), 431, ErrorCode.HEADERS_TOO_LARGE),
    "body too large": (post(b"x" * 3_000, path="/text"), 413, ErrorCode.PAYLOAD_TOO_LARGE),
    "bad JSON": (post(b'{"title":'), 400, ErrorCode.PARSING_ERROR),
    "JSON too deep": (post(b"[" * 2_000), 400, ErrorCode.PARSING_ERROR),
    "JSON number too long": (post(b'{"title":1' + b"0" * 2_900 + b"}"), 400, ErrorCode.VALIDATION_ERROR),
    "JSON not UTF-8": (post(b'{"title":"\xff"}'), 400, ErrorCode.PARSING_ERROR),
    "text not UTF-8": (post(b"\xff", "text/plain", path="/text"), 400, ErrorCode.PARSING_ERROR),
    "not JSON": (post(b'{"title":"x"}', "text/plain"), 415, ErrorCode.UNSUPPORTED_MEDIA_TYPE),
    "form for JSON": (Request("POST", "/batches", form={"title": "x"}), 415, ErrorCode.UNSUPPORTED_MEDIA_TYPE),
    "untyped": (
        Request("POST", "/batches", {"Content-Length": "13"}, b'{"title":"x"}'),
        415,
        ErrorCode.UNSUPPORTED_MEDIA_TYPE,
    ),
    "no body": (Request("POST", "/batches"), 400, ErrorCode.VALIDATION_ERROR),
    "null": (post(b"null"), 400, ErrorCode.VALIDATION_ERROR),
    "invalid body": (post(b"{}"), 400, ErrorCode.VALIDATION_ERROR),
    "invalid form": (Request("POST", "/upload", form={"title": ""}), 400, ErrorCode.VALIDATION_ERROR),
    "invalid query": (Request("GET", "/batches?limit=many"), 400, ErrorCode.VALIDATION_ERROR),
    "invalid headers": (Request("GET", "/retries"), 400, ErrorCode.VALIDATION_ERROR),
    "missing form field": (Request("POST", "/form", form={"x": "y"}), 400, ErrorCode.MISSING_REQUIRED_FIELD),
    "invalid answer": (Request("GET", "/broken-promise"), 500, ErrorCode.PROCESSING_ERROR),
    "decoding bug": (Request("GET", "/decoding-bug"), 500, ErrorCode.UNKNOWN_ERROR),
    "abort 401": (Request("GET", "/abort/401"), 401, ErrorCode.AUTHENTICATION_ERROR),
    "abort 410": (Request("GET", "/abort/410"), 410, ErrorCode.RESOURCE_NOT_FOUND),
    "abort 422": (Request("GET", "/abort/422"), 422, ErrorCode.VALIDATION_ERROR),
    "abort 500": (Request("GET", "/abort/500"), 500, ErrorCode.UNKNOWN_ERROR),
    "abort 503": (Request("GET", "/abort/503"), 503, ErrorCode.SERVICE_UNAVAILABLE),
}
every_failure = pytest.mark.parametrize(("request_", "status", "code"), FAILURES.values(), ids=FAILURES)


@every_failure
async def test_a_failure_has_the_house_format(client: Client, request_: Request, status: int, code: ErrorCode) -> None:
    """Each failure has its code and status, the request's correlation id, our name and the time, and is JSON."""
    answer = await ask(client, request_)

    assert (answer.status, answer.error["code"]) == (status, code)
    assert answer.headers["Content-Type"] == "application/json"
    assert answer.error.keys() == {"code", "message", "correlation_id", "service", "timestamp", "details"}
    assert answer.error["correlation_id"] == str(CORRELATION_ID)
    assert answer.error["service"] == SERVICE
    age = datetime.now(UTC) - datetime.fromisoformat(str(answer.error["timestamp"]))
    assert timedelta(seconds=-1) < age < timedelta(seconds=30)


@every_failure
async def test_a_failure_has_the_house_headers(client: Client, request_: Request, status: int, code: ErrorCode) -> None:
    """Code and documentation stand in headers too; nothing is kept by a cache, and a cache knows why it differs."""
    answer = await ask(client, request_)

    assert answer.headers.getlist("X-Error-Code") == [code]
    assert answer.headers.getlist("Cache-Control") == ["no-store"]
    assert answer.headers.getlist("Link") == [f'<{PUBLIC_URL}/v1/errors/{code}>; rel="describedby"']
    assert "Accept" in answer.headers["Vary"].split(", ")
    assert answer.headers.getlist("Content-Length") == [str(len(answer.body))]
    assert answer.status == status


@every_failure
async def test_a_failure_is_a_problem_for_who_asks(
    client: Client, request_: Request, status: int, code: ErrorCode
) -> None:
    """The same failure is told in RFC 9457's form when Accept names it."""
    asking = Request(
        request_.method,
        request_.path,
        {**request_.headers, "Accept": "application/problem+json, application/json;q=0.9"},
        request_.data,
        request_.form,
    )

    answer = await ask(client, asking)

    told = orjson.loads(answer.body)
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert (answer.status, told["status"], told["code"]) == (status, status, code)
    assert told["instance"] == f"urn:uuid:{CORRELATION_ID}"


@pytest.mark.parametrize("path", ["/bug", "/group-with-bug", "/broken-promise"])
async def test_internals_are_never_shown(client: Client, path: str) -> None:
    """Nothing of a bug reaches the client: no message, no class, no stack, no value."""
    answer = await ask(client, Request("GET", path))

    assert answer.status == 500
    for hidden in (b"hunter2", b'Error"', b"Traceback", b"RuntimeError"):
        assert hidden not in answer.body


async def test_a_bug_is_logged_once_with_its_stack(client: Client) -> None:
    """One line, an error, carrying the exception and the correlation id under which a user asks about it."""
    with capture_logs() as lines:
        await ask(client, Request("GET", "/bug"))

    [line] = lines
    assert (line["event"], line["log_level"]) == ("error.answered", "error")
    assert isinstance(line["exc_info"], RuntimeError)
    assert line["correlation_id"] == str(CORRELATION_ID)
    assert line["operation"] == "GET /bug"


async def test_an_expected_failure_is_one_quiet_line(client: Client) -> None:
    """A refused token is no incident: an info line without a stack."""
    with capture_logs() as lines:
        await ask(client, Request("GET", "/injected"))

    [line] = lines
    assert (line["log_level"], line["error_code"], line["status"]) == ("info", "AUTHENTICATION_ERROR", 401)
    assert "exc_info" not in line


async def test_what_quart_logged_is_not_logged_again(client: Client, caplog: pytest.LogCaptureFixture) -> None:
    """Quart logs the stack of an error in after_request itself; ours is then a line without one."""
    with capture_logs() as lines:
        await ask(client, Request("GET", "/batches", {"X-Unsealed": "1"}))

    assert stacks(lines) == 0
    assert [record.exc_info is not None for record in caplog.records] == [True]


def stacks(lines: list[EventDict]) -> int:
    """Count the lines that carry a stack."""
    return len([line for line in lines if "exc_info" in line])


async def test_a_failure_is_recorded_on_the_current_span(client: Client) -> None:
    """A trace shows which error ended the request."""
    with TracerProvider().get_tracer("test").start_as_current_span("GET") as span:
        await ask(client, Request("GET", "/bug"))

    assert span.to_json().count('"exception.type": "RuntimeError"') == 1  # type: ignore[attr-defined]
    assert span.attributes["error.code"] == "UNKNOWN_ERROR"  # type: ignore[attr-defined]


async def test_the_errors_own_headers_are_kept(client: Client) -> None:
    """Retry-After and what else the error brings is sent, and its Vary joins ours."""
    answer = await ask(client, Request("GET", "/limited"))

    assert answer.headers["Retry-After"] == "2"
    assert answer.headers["RateLimit"] == '"requests";r=0;t=2'
    assert set(answer.headers["Vary"].split(", ")) == {"Accept", "Origin"}


async def test_a_wrong_method_is_told_the_right_ones(client: Client) -> None:
    """405 carries Allow (RFC 9110 section 15.5.6)."""
    answer = await ask(client, Request("DELETE", "/batches"))

    assert set(answer.headers["Allow"].split(", ")) == {"GET", "HEAD", "OPTIONS", "POST"}


@pytest.mark.parametrize(
    ("path", "challenge"),
    [
        ("/injected", 'Bearer realm="huleedu", error="invalid_token"'),
        ("/abort/401", 'Bearer realm="huleedu"'),
    ],
)
async def test_every_401_carries_a_challenge(client: Client, path: str, challenge: str) -> None:
    """RFC 9110 section 15.5.2 knows no 401 without WWW-Authenticate."""
    answer = await ask(client, Request("GET", path))

    assert answer.headers.getlist("WWW-Authenticate") == [challenge]


async def test_an_aborts_own_words_are_kept(client: Client) -> None:
    """A description someone wrote is told, the framework's stock text isn't."""
    answer = await ask(client, Request("GET", "/worded"))

    assert answer.error["message"] == "The batch is running."


async def test_a_finished_response_passes(client: Client) -> None:
    """Aborting with a response of one's own is no failure to describe."""
    answer = await ask(client, Request("GET", "/finished"))

    assert (answer.status, answer.body) == (418, b"as it is")


@pytest.mark.parametrize("given", ["", "not-a-uuid", "{8e03978e-40d5-43e8-bc93-6894a57f9324}"])
async def test_a_bad_correlation_id_is_replaced_by_the_bound_one(client: Client, given: str) -> None:
    """What isn't a UUID never reaches a body."""
    bound = UUID("00000000-0000-4000-8000-000000000001")
    bind_correlation_id(bound)

    answer = await ask(client, Request("GET", "/nowhere", {"X-Correlation-ID": given}))

    assert answer.error["correlation_id"] == str(bound)


async def test_the_requests_correlation_id_is_extracted(app: Quart) -> None:
    """The header's UUID is the request's id."""
    async with app.test_request_context("/", headers=HEADERS) as context:
        assert extract_correlation_id(context.request) == str(CORRELATION_ID)


async def test_a_response_is_made_from_a_detail(app: Quart) -> None:
    """A handler may answer a failure without raising it, with the catalogue's status or its own."""
    detail = ErrorDetail(
        error_code="ESSAY_LOCKED", message="Locked.", correlation_id=CORRELATION_ID, service="bos", operation="lock"
    )

    async with app.test_request_context("/"):
        plain = create_error_response(detail)
        foreign = create_error_response(detail, 423, {"Retry-After": "3", "Content-Type": "text/html"})

    assert plain.status_code == 500
    assert (foreign.status_code, foreign.headers["Retry-After"]) == (423, "3")
    assert foreign.content_type == "application/json"
    assert foreign.headers["Link"] == f'<{PUBLIC_URL}/v1/errors>; rel="describedby"'


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("/ws", 401, ErrorCode.AUTHENTICATION_ERROR),
        ("/ws-injected", 401, ErrorCode.AUTHENTICATION_ERROR),
        ("/ws-bug", 500, ErrorCode.UNKNOWN_ERROR),
        ("/ws-nowhere", 404, ErrorCode.RESOURCE_NOT_FOUND),
    ],
)
async def test_a_refused_handshake_is_answered_over_http(
    client: Client, path: str, status: int, code: ErrorCode
) -> None:
    """Before its accept a socket is still a request: it gets the body and the headers every request gets."""
    with pytest.raises(WebsocketResponseError) as refused:
        async with client.websocket(path, headers=Headers(HEADERS)) as socket:
            await socket.receive()

    response = refused.value.response
    error = orjson.loads(await response.get_data(as_text=False))["error"]
    assert response.status_code == status
    assert (error["code"], error["correlation_id"], error["service"]) == (code, str(CORRELATION_ID), SERVICE)
    assert response.headers["X-Error-Code"] == code
