"""What the services answer as rudely as the platform's own do, a dashboard can decide by (docs/gateway.md, row 21)."""

import json

import pytest

from tests.e2e.browser import Browser, assert_house_error


async def test_a_wrong_password_is_a_401_that_asks_for_no_refresh(maria: Browser) -> None:
    """Identity answers 400."""
    credentials = {"email": "maria@skola.example", "password": "wrong"}

    answer = await maria.call("POST", "/v1/auth/login", json=credentials)

    details = assert_house_error(answer, status=401, code="IDENTITY_INVALID_CREDENTIALS")
    assert details == {"reason": "wrong_credentials"}
    assert answer.headers["WWW-Authenticate"] == 'Bearer realm="huleedu"'


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST"])
@pytest.mark.parametrize("path", ["/v1/classes", "/v1/classes/", "/v1/classes?limit=1"])
async def test_the_collection_of_classes_is_there_with_and_without_its_slash(
    maria: Browser, method: str, path: str
) -> None:
    """Class management redirects the one without, and names its internal address."""
    body = {"name": "8B", "course_codes": ["ENG5"]} if method == "POST" else None

    answer = await maria.call(method, path, json=body)

    assert answer.status == (201 if method == "POST" else 200)
    assert "Location" not in answer.headers


@pytest.mark.parametrize(
    ("courses", "status", "code", "details"),
    [
        (["ENG5", "SV1"], 409, "MULTIPLE_COURSE_ERROR", {"provided_course_codes": ["ENG5", "SV1"]}),
        (["NOPE"], 404, "COURSE_NOT_FOUND", {"course_code": "NOPE"}),
    ],
)
async def test_a_class_is_refused_by_what_is_wrong_with_it(
    maria: Browser, courses: list[str], status: int, code: str, details: dict[str, object]
) -> None:
    """Class management answers 400 to both, in a shape of its own."""
    answer = await maria.call("POST", "/v1/classes", json={"name": "8B", "course_codes": courses})

    assert assert_house_error(answer, status=status, code=code) == details


async def test_another_teachers_batch_stays_without_a_name(maria: Browser, erik: Browser) -> None:
    """The file service's refusal names the owner and who asked."""
    batch_id = await maria.new_batch()

    answer = await erik.call("GET", f"/v1/files/batch/{batch_id}/state")

    assert assert_house_error(answer, status=403, code="AUTHORIZATION_ERROR") == {}
    assert "teacher-" not in json.dumps(answer.body)


async def test_a_plain_text_reaches_the_teacher(maria: Browser) -> None:
    """``{"error": "text"}`` of a service becomes the message."""
    answer = await maria.call("GET", "/v1/classes/nope")

    assert_house_error(answer, status=400, code="INVALID_REQUEST")
    assert answer.body["error"]["message"] == "Invalid class ID format"
