"""How an upstream's error reply reaches the caller: passed, wrapped, or taken on us (docs/gateway.md, row 21)."""

import json

import pytest
from pydantic import JsonValue

from api_gateway.adapters.upstream_errors import ErrorReply, error_from
from api_gateway.domain import UpstreamName, UpstreamRequest
from common.correlation import correlation_id
from common.errors.exceptions import HuleEduError

CLASSES = "/v1/classes/c1"
SECRET = "Traceback: password=hunter2 at 10.0.0.7"


def envelope(code: str, **changes: JsonValue) -> bytes:
    """Return an error in the platform's shape."""
    error: dict[str, JsonValue] = {
        "code": code,
        "message": "No such class.",
        "correlation_id": "11111111-1111-4111-8111-111111111111",
        "service": "class-management-service",
        "timestamp": "2026-03-02T08:00:00Z",
        "details": {"class_id": "c1"},
    }
    return json.dumps({"error": error | changes, "debug": SECRET}).encode()


def told(status: int, body: bytes, *, path: str = CLASSES, headers: tuple[tuple[str, str], ...] = ()) -> HuleEduError:
    """Return what a caller is told of that reply."""
    request = UpstreamRequest(upstream=UpstreamName.CMS, method="GET", path=path)
    return error_from(ErrorReply(status, headers, body), request)


def test_our_shape_passes() -> None:
    """Status, code, message, service and details are the upstream's, and the correlation id is ours."""
    error = told(404, envelope("CLASS_NOT_FOUND"))

    assert error.status_code == 404
    assert error.to_dict()["error"] == {
        "code": "CLASS_NOT_FOUND",
        "message": "No such class.",
        "correlation_id": str(correlation_id()),
        "service": "class-management-service",
        "timestamp": error.error_detail.timestamp.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "details": {"class_id": "c1"},
    }


def test_nothing_else_of_our_shape_passes() -> None:
    """Members that the shape doesn't know stay behind, inside the error and beside it."""
    error = told(409, envelope("CONFLICT", stack_trace=SECRET))

    assert SECRET not in json.dumps(error.to_dict())


def test_a_5xx_in_our_shape_passes() -> None:
    """A failure that the service itself describes keeps its status and code."""
    error = told(503, envelope("SERVICE_UNAVAILABLE"), headers=(("Retry-After", "7"),))

    assert (error.status_code, error.error_code) == (503, "SERVICE_UNAVAILABLE")
    assert error.headers == {"Retry-After": "7"}


def test_a_passed_error_is_not_marked_as_made_here() -> None:
    """Proxy-Status is for what the gateway made."""
    assert "Proxy-Status" not in told(404, envelope("CLASS_NOT_FOUND")).headers


def test_an_unknown_but_well_formed_code_passes() -> None:
    """Services extend the codes without asking the gateway."""
    error = told(400, envelope("ESSAY_IN_LATIN"))

    assert error.error_code == "ESSAY_IN_LATIN"


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (400, "INVALID_REQUEST"),
        (402, "INSUFFICIENT_CREDITS"),
        (403, "AUTHORIZATION_ERROR"),
        (404, "RESOURCE_NOT_FOUND"),
        (405, "METHOD_NOT_ALLOWED"),
        (408, "REQUEST_TIMEOUT"),
        (409, "CONFLICT"),
        (410, "RESOURCE_NOT_FOUND"),
        (413, "PAYLOAD_TOO_LARGE"),
        (415, "UNSUPPORTED_MEDIA_TYPE"),
        (418, "INVALID_REQUEST"),
        (422, "VALIDATION_ERROR"),
        (429, "RATE_LIMIT"),
        (431, "HEADERS_TOO_LARGE"),
    ],
)
def test_a_foreign_4xx_keeps_its_status_and_takes_the_nearest_code(status: int, code: str) -> None:
    """Its body is not copied."""
    error = told(status, SECRET.encode())

    assert (error.status_code, error.error_code, error.service) == (status, code, "api-gateway-service")
    assert error.error_detail.details == {"external_service": "cms", "upstream_status": status}
    assert SECRET not in json.dumps(error.to_dict())
    assert error.headers["Proxy-Status"] == f"api-gateway-service; received-status={status}; next-hop=cms"


@pytest.mark.parametrize("status", [500, 501, 502, 503, 504, 599])
def test_a_foreign_5xx_becomes_502(status: int) -> None:
    """The upstream's status is in the details."""
    error = told(status, b"<h1>Internal Server Error</h1>")

    assert (error.status_code, error.error_code) == (502, "EXTERNAL_SERVICE_ERROR")
    assert error.error_detail.details["upstream_status"] == status


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"not json",
        b"\xff\xfe",
        b"[]",
        b"null",
        b'"error"',
        b'{"error": "gone"}',
        b'{"error": {"message": "no code", "service": "cms"}}',
        b'{"error": {"code": 7, "message": "m", "service": "cms"}}',
        b'{"error": {"code": "lower case\\r\\nX-Evil: 1", "message": "m", "service": "cms"}}',
        b'{"error": {"code": "CONFLICT", "message": {"a": 1}, "service": "cms"}}',
        b'{"error": {"code": "CONFLICT", "message": "m", "service": "cms", "details": "text"}}',
        b"[" * 5000,
    ],
)
def test_whatever_is_not_quite_our_shape_is_wrapped(body: bytes) -> None:
    """A body that only resembles the shape is as foreign as any other."""
    error = told(409, body)

    assert (error.status_code, error.error_code, error.service) == (409, "CONFLICT", "api-gateway-service")


def test_nothing_of_internal_routes_passes() -> None:
    """What a service says on an internal route is not for callers, though it has our shape."""
    error = told(403, envelope("AUTHORIZATION_ERROR", details={"owner": "u-42"}), path="/internal/v1/batches/b1/status")

    assert error.error_detail.details == {"external_service": "cms", "upstream_status": 403}
    assert error.error_detail.message == "The cms service refused the request."


@pytest.mark.parametrize("body", [b"", envelope("AUTHENTICATION_ERROR")])
@pytest.mark.parametrize("status", [401, 407])
def test_an_upstream_that_wants_other_credentials_is_our_fault(status: int, body: bytes) -> None:
    """Outside the auth routes the caller's token was good, so 401 would send the teacher to the login for nothing."""
    error = told(status, body, headers=(("WWW-Authenticate", "Basic"),))

    assert (error.status_code, error.error_code) == (502, "EXTERNAL_SERVICE_ERROR")
    assert "WWW-Authenticate" not in error.headers


def test_a_refused_internal_key_is_our_fault() -> None:
    """INVALID_API_KEY speaks of the gateway's key, whatever status carries it."""
    error = told(403, envelope("INVALID_API_KEY"))

    assert (error.status_code, error.error_code) == (502, "EXTERNAL_SERVICE_ERROR")


def test_a_failed_login_is_the_callers() -> None:
    """The identity service's 401 passes, with the challenge that a 401 must carry."""
    error = told(401, envelope("AUTHENTICATION_ERROR"), path="/v1/auth/login")

    assert (error.status_code, error.error_code) == (401, "AUTHENTICATION_ERROR")
    assert error.headers["WWW-Authenticate"] == 'Bearer realm="huleedu"'


def test_allow_and_retry_after_pass_with_a_wrapped_error() -> None:
    """They tell the caller what to do; other headers stay behind."""
    headers = (("allow", "GET"), ("retry-after", "3"), ("Set-Cookie", "a=b"), ("X-Internal", SECRET))

    error = told(405, b"", headers=headers)

    assert error.headers["Allow"] == "GET"
    assert error.headers["Retry-After"] == "3"
    assert error.headers.keys() == {"Allow", "Retry-After", "Proxy-Status"}
