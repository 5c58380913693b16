"""How an upstream's error reply reaches the caller: passed, wrapped, or taken on us (docs/gateway.md, row 21)."""

import json

import pytest
from pydantic import JsonValue
from structlog.testing import capture_logs

from api_gateway.upstream.caller_errors import error_from, is_handed_on
from api_gateway.upstream.error_replies import ErrorReply
from api_gateway.upstream.ports import UpstreamName, UpstreamRequest
from common.correlation import correlation_id
from common.errors.catalogue import CATALOGUE
from common.errors.codes import AuthReason
from common.errors.exceptions import HuleEduError

CLASSES = "/v1/classes/c1"
LOGIN = "/v1/auth/login"
INTERNAL = "/internal/v1/batches/b1/status"
SECRET = "Traceback: password=hunter2 at 10.0.0.7"
SHAPES = ("code", "error_code")

Headers = tuple[tuple[str, str], ...]


def coded(code: str, *, under: str = "code", **changes: JsonValue) -> bytes:
    """Return an error of class management's in shape A, or in B when the code stands ``under`` error_code."""
    error: dict[str, JsonValue] = {
        under: code,
        "message": "No such class.",
        "correlation_id": "11111111-1111-4111-8111-111111111111",
        "service": "class-management-service",
        "timestamp": "2026-03-02T08:00:00Z",
        "operation": "get_class",
        "details": {"class_id": "c1", "error_details": SECRET},
        "stack_trace": SECRET,
    }
    return json.dumps({"error": error | changes, "debug": SECRET}).encode()


def texted(text: str, **beside: JsonValue) -> bytes:
    """Return an error in shape C."""
    return json.dumps({"error": text, **beside}).encode()


def told(
    status: int,
    body: bytes,
    *,
    path: str = CLASSES,
    headers: Headers = (),
    upstream: UpstreamName = UpstreamName.CMS,
) -> HuleEduError:
    """Return what a caller is told of that reply."""
    return error_from(ErrorReply(status, headers, body), UpstreamRequest(upstream=upstream, method="GET", path=path))


def details_of(error: HuleEduError) -> dict[str, JsonValue]:
    """Return the facts that ``error`` tells."""
    return error.error_detail.details


@pytest.mark.parametrize("under", SHAPES)
def test_a_coded_error_passes(under: str) -> None:
    """Code, message, service and the listed details are the upstream's, and the correlation id is ours."""
    error = told(404, coded("CLASS_NOT_FOUND", under=under))

    assert error.status_code == 404
    assert error.to_dict()["error"] == {
        "code": "CLASS_NOT_FOUND",
        "message": "No such class.",
        "correlation_id": str(correlation_id()),
        "service": "class-management-service",
        "timestamp": error.error_detail.timestamp.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "details": {"class_id": "c1"},
    }


@pytest.mark.parametrize("under", SHAPES)
@pytest.mark.parametrize(
    ("status", "code", "expected"),
    [
        (400, "CLASS_NOT_FOUND", 404),
        (400, "MULTIPLE_COURSE_ERROR", 409),
        (500, "VALIDATION_ERROR", 400),
        (400, "SERVICE_UNAVAILABLE", 503),
        (503, "REQUEST_QUEUED", 503),
    ],
)
def test_the_table_knows_the_status_better(status: int, code: str, expected: int, under: str) -> None:
    """A known code has the status of its row, unless that is no error's."""
    error = told(status, coded(code, under=under))

    assert (error.status_code, error.error_code) == (expected, code)


@pytest.mark.parametrize(
    ("status", "code", "expected", "reason"),
    [
        (400, "IDENTITY_INVALID_CREDENTIALS", 401, AuthReason.WRONG_CREDENTIALS),
        (400, "IDENTITY_ACCOUNT_LOCKED", 403, AuthReason.ACCOUNT_LOCKED),
        (400, "IDENTITY_EMAIL_NOT_VERIFIED", 403, AuthReason.EMAIL_NOT_VERIFIED),
        (401, "IDENTITY_REFRESH_TOKEN_EXPIRED", 401, AuthReason.TOKEN_EXPIRED),
        (401, "IDENTITY_REFRESH_TOKEN_INVALID", 401, AuthReason.TOKEN_INVALID),
        (401, "IDENTITY_TOKEN_INVALID", 401, AuthReason.TOKEN_INVALID),
        (401, "AUTHENTICATION_ERROR", 401, AuthReason.TOKEN_INVALID),
        (400, "IDENTITY_USER_ALREADY_EXISTS", 409, None),
        (400, "RATE_LIMIT", 429, None),
    ],
)
def test_identitys_errors_say_what_they_mean(status: int, code: str, expected: int, reason: AuthReason | None) -> None:
    """The status that identity should have answered, and why a credential was refused; the e-mail address stays."""
    body = coded(code, under="error_code", service="identity_service", details={"email": "maria@skola.example"})

    error = told(status, body, path=LOGIN, upstream=UpstreamName.IDENTITY)

    assert (error.status_code, error.error_code) == (expected, code)
    assert details_of(error) == ({} if reason is None else {"reason": reason})


@pytest.mark.parametrize(
    ("given", "passed"), [("revoked", "revoked"), (SECRET, "token_invalid"), ([1], "token_invalid")]
)
def test_a_reason_is_one_of_our_words(given: JsonValue, passed: str) -> None:
    """Another service's reason passes where it is one of them; else the table's stands."""
    body = coded("IDENTITY_TOKEN_INVALID", details={"reason": given})

    assert details_of(told(401, body, path=LOGIN)) == {"reason": passed}


def test_a_refusal_names_no_users() -> None:
    """The file service tells whose batch it is and who asked; neither reaches a caller."""
    body = coded(
        "AUTHORIZATION_ERROR",
        under="error_code",
        message="You do not own this batch",
        service="file_service",
        details={"batch_id": "b1", "batch_owner": "teacher-erik", "requested_user": "teacher-maria"},
    )

    error = told(403, body, path="/v1/files/batch/b1/state", upstream=UpstreamName.FILE)

    assert (error.status_code, error.error_code) == (403, "AUTHORIZATION_ERROR")
    assert "teacher-" not in json.dumps(error.to_dict())


@pytest.mark.parametrize("code", CATALOGUE)
def test_only_listed_details_pass(code: str) -> None:
    """Whatever a service tells besides what the table lists for the code stays behind."""
    entry = CATALOGUE[code]
    unlisted = ("user_id", "owner", "email", "stack_trace", "error_details", "exception_type", "url", "operation")
    details: dict[str, JsonValue] = dict.fromkeys([*entry.details, *unlisted], "x")

    error = told(500, coded(code, details=details), path=LOGIN)

    assert details_of(error).keys() <= entry.details | {"reason", "external_service", "upstream_status"}


@pytest.mark.parametrize(("resource_id", "passes"), [("c1", True), ("teacher-erik", False), (7, False)])
def test_a_resources_id_passes_where_the_caller_named_it(resource_id: JsonValue, *, passes: bool) -> None:
    """It could be anybody's, a user's too."""
    body = coded("RESOURCE_NOT_FOUND", details={"resource_type": "class", "resource_id": resource_id})

    assert ("resource_id" in details_of(told(404, body))) is passes


def test_listed_details_are_bounded() -> None:
    """Texts become lines, lists and nesting are cut."""
    deep: JsonValue = [[[["too deep"]]]]
    body = coded(
        "COURSE_NOT_FOUND", details={"course_code": "ENG\n9", "missing_course_codes": ["A"] * 99, "course_id": deep}
    )

    facts = details_of(told(404, body))

    assert facts == {"course_code": "ENG 9", "missing_course_codes": ["A"] * 50, "course_id": [[[None]]]}


@pytest.mark.parametrize("under", SHAPES)
def test_a_5xx_with_a_code_passes(under: str) -> None:
    """A failure that the service itself describes keeps its code."""
    error = told(503, coded("SERVICE_UNAVAILABLE", under=under), headers=(("Retry-After", "7"),))

    assert (error.status_code, error.error_code) == (503, "SERVICE_UNAVAILABLE")
    assert error.headers == {"Retry-After": "7"}


def test_a_passed_error_is_not_marked_as_made_here() -> None:
    """Proxy-Status is for what the gateway made."""
    assert "Proxy-Status" not in told(404, coded("CLASS_NOT_FOUND")).headers


@pytest.mark.parametrize("under", SHAPES)
@pytest.mark.parametrize("status", [400, 418, 500, 503])
def test_an_unknown_but_well_formed_code_passes(status: int, under: str) -> None:
    """Services extend the codes without asking the gateway; nobody knows which of their details may pass."""
    error = told(status, coded("ESSAY_IN_LATIN", under=under))

    assert (error.error_code, error.status_code, details_of(error)) == ("ESSAY_IN_LATIN", status, {})


def test_a_passed_message_is_a_line() -> None:
    """A service can't write more, or anything else, into a message than fits on a screen."""
    error = told(404, coded("CLASS_NOT_FOUND", message="\x1b[31mNo\nclass" + "!" * 999, service="\x00" + "s" * 999))

    assert error.error_detail.message == "No class" + "!" * 291 + "…"
    assert len(error.service) == 300


def test_a_coded_error_without_words_has_the_tables() -> None:
    """An empty message and no service say nothing; the upstream's name stands in."""
    error = told(404, coded("CLASS_NOT_FOUND", message=" ", service=None))

    assert (error.error_detail.message, error.service) == ("No class has that id.", "cms")


def test_no_message_names_an_internal_address() -> None:
    """Of a service's exception texts the words that the table has for the code are told instead."""
    inside = "Cannot connect to host http://10.0.0.7:5002"

    passed = told(404, coded("CLASS_NOT_FOUND", message=inside, service="http://10.0.0.7"))
    wrapped = told(400, texted(inside))

    assert (passed.error_detail.message, passed.service) == ("No class has that id.", "cms")
    assert "10.0.0.7" not in wrapped.error_detail.message


@pytest.mark.parametrize(
    ("upstream", "path", "status", "text", "code"),
    [
        (UpstreamName.BOS, "/v1/batches/b1/prompt", 409, "Batch not editable for prompt amendment", "CONFLICT"),
        (UpstreamName.FILE, "/v1/files/batch", 409, "Batch is locked: SPELLCHECK_STARTED", "CONFLICT"),
        (UpstreamName.BOS, "/v1/batches/register", 400, "user_id is required", "INVALID_REQUEST"),
        (UpstreamName.CMS, "/v1/batches/b1/student-associations", 404, "Batch not found", "RESOURCE_NOT_FOUND"),
        (UpstreamName.CMS, CLASSES, 400, "only one course per class is supported", "INVALID_REQUEST"),
        (UpstreamName.BFF, "/bff/v1/teacher/dashboard", 403, "Not a teacher", "AUTHORIZATION_ERROR"),
        (UpstreamName.IDENTITY, LOGIN, 401, "Invalid or expired token", "AUTHENTICATION_ERROR"),
    ],
)
def test_a_text_of_a_4xx_is_the_message(upstream: UpstreamName, path: str, status: int, text: str, code: str) -> None:
    """A teacher reads why; status and upstream are told, the code is the nearest."""
    error = told(status, texted(text, batch_id="b1", owner="u-42"), path=path, upstream=upstream)

    assert (error.status_code, error.error_code, error.error_detail.message) == (status, code, text)
    assert details_of(error).items() >= {"external_service": upstream.value, "upstream_status": status}.items()
    assert error.headers["Proxy-Status"] == f"api-gateway-service; received-status={status}; next-hop={upstream}"
    assert "u-42" not in json.dumps(error.to_dict())


@pytest.mark.parametrize("details", ["a string: " + SECRET, [SECRET], [{"a": SECRET}], {"loc": ["x"]}, 7, None])
def test_other_details_of_a_text_are_dropped(details: JsonValue) -> None:
    """Only a list of invalid fields is understood."""
    error = told(409, texted("Batch is locked", details=details))

    assert details_of(error) == {"external_service": "cms", "upstream_status": 409}


@pytest.mark.parametrize(("status", "code"), [(400, "VALIDATION_ERROR"), (422, "VALIDATION_ERROR"), (409, "CONFLICT")])
def test_field_errors_of_a_text_pass(status: int, code: str) -> None:
    """Place, kind and sentence of each invalid field; never the rejected value, nor a sentence about a secret."""
    found: JsonValue = [
        {"loc": ["students", 0, "email"], "msg": "Field required", "type": "missing", "input": SECRET},
        {"loc": ["password"], "msg": f"{SECRET} is too short", "type": "string_too_short"},
        {"loc": "name", "msg": "no list"},
        {"msg": "nowhere"},
    ]

    error = told(status, texted("Validation failed", details=found))

    assert error.error_code == code
    assert details_of(error)["field_errors"] == [
        {"pointer": "#/students/0/email", "code": "REQUIRED", "message": "Field required"},
        {"pointer": "#/password", "code": "STRING_TOO_SHORT", "message": "Input is not valid"},
    ]
    assert SECRET not in json.dumps(error.to_dict())


def test_too_many_field_errors_are_counted() -> None:
    """The first fifty are told."""
    found: JsonValue = [{"loc": ["essays", place], "msg": "No"} for place in range(60)]

    facts = details_of(told(400, texted("Validation failed", details=found)))

    assert (
        len(facts["field_errors"] if isinstance(facts["field_errors"], list) else ""),
        facts["further_field_errors"],
    ) == (50, 10)


@pytest.mark.parametrize("text", ["", " \r\n", "\x1b[0m\x00"])
def test_an_empty_text_is_replaced(text: str) -> None:
    """There is always a sentence."""
    assert told(409, texted(text)).error_detail.message == "The cms service refused the request."


@pytest.mark.parametrize(
    "body",
    [
        b"",
        SECRET.encode(),
        b"<!doctype html><h1>hunter2</h1>",
        b'{"detail": "hunter2"}',
        b'{"detail": [{"loc": ["body"], "msg": "hunter2", "type": "missing"}]}',
        b'{"error": {"message": "hunter2"}}',
        b'{"error": {"code": "lower case", "message": "hunter2", "service": "cms"}}',
        b'{"error": ["hunter2"]}',
    ],
)
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
        (416, "INVALID_REQUEST"),
        (418, "INVALID_REQUEST"),
        (422, "VALIDATION_ERROR"),
        (429, "RATE_LIMIT"),
        (431, "HEADERS_TOO_LARGE"),
    ],
)
def test_a_foreign_4xx_keeps_its_status_and_takes_the_nearest_code(status: int, code: str, body: bytes) -> None:
    """Its body is not copied."""
    error = told(status, body)

    assert (error.status_code, error.error_code, error.service) == (status, code, "api-gateway-service")
    assert details_of(error) == {"external_service": "cms", "upstream_status": status}
    assert "hunter2" not in json.dumps(error.to_dict())
    assert error.headers["Proxy-Status"] == f"api-gateway-service; received-status={status}; next-hop=cms"


@pytest.mark.parametrize("body", [b"<h1>hunter2</h1>", b'{"error": "hunter2"}', b'{"detail": "hunter2"}'])
@pytest.mark.parametrize("status", [500, 501, 502, 503, 504, 599])
def test_a_5xx_without_a_code_becomes_502(status: int, body: bytes) -> None:
    """The upstream's status is in the details, and nothing of its body; when to come again is kept."""
    error = told(status, body, headers=(("Retry-After", "3"),))

    assert (error.status_code, error.error_code) == (502, "EXTERNAL_SERVICE_ERROR")
    assert details_of(error) == {"external_service": "cms", "upstream_status": status}
    assert "hunter2" not in json.dumps(error.to_dict())
    assert error.headers["Retry-After"] == "3"


@pytest.mark.parametrize(
    "body", [coded("AUTHORIZATION_ERROR"), coded("CLASS_NOT_FOUND", under="error_code"), texted(SECRET)]
)
def test_nothing_of_internal_routes_passes(body: bytes) -> None:
    """What a service says on an internal route is not for callers, whatever its shape."""
    error = told(403, body, path=INTERNAL)

    assert (error.status_code, error.error_code) == (403, "AUTHORIZATION_ERROR")
    assert details_of(error) == {"external_service": "cms", "upstream_status": 403}
    assert error.error_detail.message == "The cms service refused the request."


@pytest.mark.parametrize("body", [b"", coded("AUTHENTICATION_ERROR"), texted("User authentication required")])
@pytest.mark.parametrize("status", [401, 407])
def test_an_upstream_that_wants_other_credentials_is_our_fault(status: int, body: bytes) -> None:
    """Outside the auth routes the caller's token was good, so 401 would send the teacher to the login for nothing."""
    error = told(status, body, headers=(("WWW-Authenticate", "Basic"), ("Retry-After", "1")))

    assert (error.status_code, error.error_code) == (502, "EXTERNAL_SERVICE_ERROR")
    assert error.headers.keys() == {"Proxy-Status"}


@pytest.mark.parametrize("code", ["AUTHENTICATION_ERROR", "IDENTITY_TOKEN_EXPIRED", "INVALID_API_KEY"])
@pytest.mark.parametrize("status", [400, 403, 500])
def test_a_code_that_means_401_is_our_fault_too(status: int, code: str) -> None:
    """The services' statuses are often wrong; the row of the code would make it a 401."""
    error = told(status, coded(code, under="error_code"))

    assert (error.status_code, error.error_code) == (502, "EXTERNAL_SERVICE_ERROR")


@pytest.mark.parametrize("path", [CLASSES, LOGIN, INTERNAL])
def test_a_refused_api_key_is_our_fault_everywhere(path: str) -> None:
    """INVALID_API_KEY speaks of the gateway's key, whatever status carries it; no caller has one."""
    error = told(403, coded("INVALID_API_KEY"), path=path)

    assert (error.status_code, error.error_code) == (502, "EXTERNAL_SERVICE_ERROR")


@pytest.mark.parametrize(("path", "setting"), [(INTERNAL, "HULEEDU_INTERNAL_API_KEY"), (CLASSES, None)])
def test_the_log_says_which_setting_is_wrong(path: str, setting: str | None) -> None:
    """An operator finds the setting by the event; the key itself is never logged."""
    with capture_logs() as logs:
        told(401, b"", path=path)

    assert logs == [
        {
            "event": "upstream.refused_gateway",
            "log_level": "error",
            "upstream": "cms",
            "upstream_status": 401,
            "setting": setting,
        }
    ]


@pytest.mark.parametrize("body", [coded("AUTHENTICATION_ERROR"), texted("Invalid or expired token"), b"oops"])
def test_a_failed_login_is_the_callers(body: bytes) -> None:
    """The identity service's 401 passes, with a challenge of ours: a foreign scheme makes browsers ask for a login."""
    error = told(401, body, path=LOGIN, headers=(("WWW-Authenticate", 'Basic realm="identity:5003"'),))

    assert (error.status_code, error.error_code) == (401, "AUTHENTICATION_ERROR")
    assert details_of(error)["reason"] == "token_invalid"
    assert error.headers["WWW-Authenticate"] == 'Bearer realm="huleedu"'


@pytest.mark.parametrize(
    ("status", "kept"),
    [
        (405, {"Allow": "GET, PUT"}),
        (415, {"Accept": "text/csv", "Accept-Encoding": "gzip", "Accept-Patch": "application/json"}),
        (416, {"Content-Range": "bytes */10", "Accept-Ranges": "bytes"}),
        (409, {}),
        (429, {}),
        (503, {}),
    ],
)
@pytest.mark.parametrize("body", [b"", texted("no"), coded("ESSAY_IN_LATIN")])
def test_headers_that_give_the_status_its_meaning_pass(status: int, kept: dict[str, str], body: bytes) -> None:
    """And when to come again; any other header stays behind."""
    headers = (
        ("allow", "GET"),
        ("Allow", "PUT"),
        ("accept", "text/csv"),
        ("accept-encoding", "gzip"),
        ("accept-patch", "application/json"),
        ("content-range", "bytes */10"),
        ("accept-ranges", "bytes"),
        ("retry-after", "3"),
        ("Set-Cookie", "a=b"),
        ("WWW-Authenticate", "Basic"),
        ("Location", "http://cms:5002/"),
        ("X-Internal", SECRET),
    )

    error = told(status, body, headers=headers)

    assert {name: value for name, value in error.headers.items() if name != "Proxy-Status"} == {
        "Retry-After": "3",
        **kept,
    }


@pytest.mark.parametrize("status", [300, 301, 302, 303, 305, 307, 308, 399])
@pytest.mark.parametrize("path", [CLASSES, LOGIN, INTERNAL, "/bff/v1/teacher/dashboard"])
def test_a_redirect_is_an_answer_that_was_not_agreed_on(status: int, path: str) -> None:
    """Neither its body nor where it leads to passes."""
    error = told(
        status, b'<a href="http://cms:5002/v1/classes/">', path=path, headers=(("Location", "http://cms:5002/"),)
    )

    assert (error.status_code, error.error_code) == (502, "INVALID_RESPONSE")
    assert error.headers.keys() == {"Proxy-Status"}
    assert "cms:5002" not in json.dumps(error.to_dict())


@pytest.mark.parametrize(
    ("status", "handed_on"),
    [
        (200, True),
        (204, True),
        (206, True),
        (304, True),
        (300, False),
        (308, False),
        (402, True),
        (404, False),
        (500, False),
    ],
)
def test_what_is_handed_on(status: int, *, handed_on: bool) -> None:
    """Successes, "not modified", and the error statuses that the request asked for."""
    request = UpstreamRequest(upstream=UpstreamName.CMS, method="GET", path=CLASSES, answers=frozenset({402}))

    assert is_handed_on(status, request) is handed_on
