"""Every shape in which a service tells of a failure, in every route that can meet it (docs/gateway.md, row 21)."""

import json
from dataclasses import dataclass

import pytest
from pydantic import JsonValue

from api_gateway.upstream.ports import UpstreamName
from tests.support.asgi_client import Answer, Call
from tests.support.gateway import USER, Gateway, bearer

HARMFUL = ("teacher-erik", "hunter2", "10.0.0.7", "<script>", "Traceback", "\x1b", "\n")
TEXT = "Batch is locked: SPELLCHECK_STARTED"
REFERENCE: JsonValue = {"references": {"student_prompt_text": {"storage_id": "s1"}}}


@dataclass(frozen=True)
class Route:
    """A request that reaches ``upstream``, on one of its internal routes or one that is for callers."""

    method: str
    target: str
    upstream: UpstreamName
    body: JsonValue = None
    internal: bool = False


ROUTES = [
    Route("POST", "/v1/auth/login", UpstreamName.IDENTITY, {"email": "a@b.se", "password": "p"}),
    Route("POST", "/v1/auth/refresh", UpstreamName.IDENTITY, {"refresh_token": "r"}),
    Route("POST", "/v1/auth/logout", UpstreamName.IDENTITY, {"refresh_token": "r"}),
    Route("POST", "/v1/batches/register", UpstreamName.BOS, {"expected_essay_count": 1, "course_code": "ENG5"}),
    Route("PATCH", "/v1/batches/b1/prompt", UpstreamName.BOS, {"student_prompt_ref": REFERENCE}),
    Route("POST", "/v1/batches/b1/pipelines", UpstreamName.BOS, {"requested_pipeline": "nlp"}, internal=True),
    Route("GET", "/v1/batches", UpstreamName.RAS, internal=True),
    Route("GET", "/v1/batches/b1/status", UpstreamName.RAS, internal=True),
    Route("GET", "/v1/batches/b1/student-associations", UpstreamName.CMS),
    Route("POST", "/v1/batches/b1/student-associations/confirm", UpstreamName.CMS, {"associations": []}),
    Route("GET", "/v1/files/batch/b1/state", UpstreamName.FILE),
    Route("DELETE", "/v1/files/batch/b1/files/f1", UpstreamName.FILE),
    Route("GET", "/v1/classes", UpstreamName.CMS),
    Route("POST", "/v1/classes", UpstreamName.CMS, {"name": "9A"}),
    Route("DELETE", "/v1/classes/c1", UpstreamName.CMS),
    Route("GET", "/bff/v1/teacher/dashboard", UpstreamName.BFF),
]
EXTERNAL = [route for route in ROUTES if not route.internal]
INTERNAL = [route for route in ROUTES if route.internal]


def of_route(route: Route) -> str:
    """Return the test's name for ``route``."""
    return f"{route.method} {route.target}"


def coded(under: str, code: str = "AUTHORIZATION_ERROR", **changes: JsonValue) -> bytes:
    """Return the refusal that names two users, in shape A or B."""
    error: dict[str, JsonValue] = {
        under: code,
        "message": "You do not\n own\x1b[31m this batch",
        "correlation_id": "11111111-1111-4111-8111-111111111111",
        "timestamp": "Sat, 28 Nov 2026 08:00:00 GMT",
        "service": "file_service",
        "operation": "validate_batch",
        "details": {"batch_owner": "teacher-erik", "requested_user": "teacher-erik", "error": "hunter2"},
        "stack_trace": "Traceback: 10.0.0.7",
    }
    return json.dumps({"error": error | changes, "url": "http://10.0.0.7"}).encode()


def texted(text: str = TEXT, details: JsonValue = "Traceback: hunter2") -> bytes:
    """Return a refusal in shape C, with members that are for nobody."""
    return json.dumps({"error": text, "details": details, "owner": "teacher-erik"}).encode()


def refused(answer: Answer) -> tuple[int, object, object]:
    """Return status, code and message, having looked that nothing harmful came along."""
    assert [text for text in HARMFUL if text in json.dumps(answer.json)] == []
    assert [text for text in HARMFUL if text in str(answer.headers)] == []
    assert answer.error["code"] == answer.header("x-error-code")
    return answer.status, answer.error["code"], answer.error["message"]


async def answered(
    gateway: Gateway, route: Route, status: int, body: bytes, content_type: str = "application/json"
) -> Answer:
    """Return what a caller gets who asks for ``route`` when its service replies so."""
    owned: JsonValue = {"batch_id": "b1", "user_id": USER, "overall_status": "processing"}
    gateway.upstreams.answer(UpstreamName.RAS, owned)
    gateway.upstreams.answer(route.upstream, body, status=status, headers=[("Content-Type", content_type)])
    call = Call(
        method=route.method,
        target=route.target,
        headers=[*bearer().items(), ("Content-Type", "application/json")],
        chunks=[] if route.body is None else [json.dumps(route.body).encode()],
    )
    return await gateway.client.send(call)


@pytest.mark.parametrize("under", ["code", "error_code"])
@pytest.mark.parametrize("route", EXTERNAL, ids=of_route)
async def test_a_coded_error_keeps_its_meaning(gateway: Gateway, route: Route, under: str) -> None:
    """Its status is put right, its message is a line, and the users it names stay unnamed."""
    answer = await answered(gateway, route, 400, coded(under))

    assert refused(answer) == (403, "AUTHORIZATION_ERROR", "You do not own this batch")
    assert (answer.error["service"], answer.details) == ("file_service", {})


@pytest.mark.parametrize("route", EXTERNAL, ids=of_route)
async def test_a_text_is_told(gateway: Gateway, route: Route) -> None:
    """The teacher learns why."""
    answer = await answered(gateway, route, 409, texted())

    assert refused(answer) == (409, "CONFLICT", TEXT)
    assert answer.details == {"external_service": route.upstream.value, "upstream_status": 409}


@pytest.mark.parametrize("body", [coded("code"), coded("error_code"), texted()])
@pytest.mark.parametrize("route", INTERNAL, ids=of_route)
async def test_internal_routes_stay_internal(gateway: Gateway, route: Route, body: bytes) -> None:
    """What was said between services is not for callers."""
    answer = await answered(gateway, route, 409, body)

    assert refused(answer) == (409, "CONFLICT", f"The {route.upstream} service refused the request.")


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (b"<!doctype html><script>Traceback</script>", "text/html"),
        (b"Traceback\n10.0.0.7", "application/json"),
        (b'{"detail": "hunter2"}', "application/json"),
        (texted("hunter2" * 50_000), "application/json"),
        (b"\x00\xff", "application/octet-stream"),
        (b"", "application/json"),
    ],
    ids=["html", "no json", "detail", "huge", "bytes", "nothing"],
)
@pytest.mark.parametrize("route", ROUTES, ids=of_route)
async def test_a_foreign_failure_is_told_in_our_words(
    gateway: Gateway, route: Route, body: bytes, content_type: str
) -> None:
    """A page, a stack, half a body or a huge one: 502, and nothing of it."""
    answer = await answered(gateway, route, 500, body, content_type)

    assert refused(answer)[:2] == (502, "EXTERNAL_SERVICE_ERROR")


@pytest.mark.parametrize(
    "route", [route for route in ROUTES if route.upstream is not UpstreamName.IDENTITY], ids=of_route
)
@pytest.mark.parametrize(
    "body", [coded("error_code", "AUTHENTICATION_ERROR"), texted("User authentication required"), b""]
)
async def test_no_service_logs_a_teacher_out(gateway: Gateway, route: Route, body: bytes) -> None:
    """The token was good: a 401 from behind is between the gateway and the service."""
    answer = await answered(gateway, route, 401, body)

    assert refused(answer)[:2] == (502, "EXTERNAL_SERVICE_ERROR")
    assert answer.all("www-authenticate") == []


@pytest.mark.parametrize(
    ("route", "status", "code", "expected", "reason"),
    [
        ("login", 400, "IDENTITY_INVALID_CREDENTIALS", 401, "wrong_credentials"),
        ("login", 400, "IDENTITY_ACCOUNT_LOCKED", 403, "account_locked"),
        ("login", 400, "IDENTITY_EMAIL_NOT_VERIFIED", 403, "email_not_verified"),
        ("login", 400, "RATE_LIMIT", 429, None),
        ("refresh", 401, "IDENTITY_REFRESH_TOKEN_EXPIRED", 401, "token_expired"),
        ("refresh", 401, "IDENTITY_REFRESH_TOKEN_INVALID", 401, "token_invalid"),
        ("logout", 400, "IDENTITY_TOKEN_INVALID", 401, "token_invalid"),
    ],
)
async def test_the_dashboard_knows_what_to_do_after_a_login(
    gateway: Gateway, route: str, status: int, code: str, expected: int, reason: str | None
) -> None:
    """Status, reason and challenge are those that identity should have sent."""
    target = f"/v1/auth/{route}"
    body: JsonValue = {"email": "a@b.se", "password": "p", "refresh_token": "r"}

    answer = await answered(
        gateway, Route("POST", target, UpstreamName.IDENTITY, body), status, coded("error_code", code)
    )

    assert refused(answer)[:2] == (expected, code)
    assert answer.details.get("reason") == reason
    assert answer.all("www-authenticate") == (['Bearer realm="huleedu"'] if expected == 401 else [])
