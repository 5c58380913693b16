"""The platform's three shapes of errors are told apart, and from everything else."""

import json

import pytest
from pydantic import JsonValue

from api_gateway.upstream.error_replies import CodedError, TextError, has_coded_error, read_error

SHAPE_A: JsonValue = {
    "error": {
        "code": "CLASS_NOT_FOUND",
        "message": "No such class.",
        "correlation_id": "11111111-1111-4111-8111-111111111111",
        "service": "class_management_service",
        "timestamp": "2026-03-02T08:00:00Z",
        "details": {"class_id": "c1"},
    }
}
SHAPE_B: JsonValue = {
    "error": {
        "error_code": "CLASS_NOT_FOUND",
        "message": "No such class.",
        "correlation_id": "11111111-1111-4111-8111-111111111111",
        "timestamp": "Mon, 02 Mar 2026 08:00:00 GMT",
        "service": "class_management_service",
        "operation": "get_class",
        "details": {"class_id": "c1"},
        "stack_trace": "Traceback (most recent call last)",
        "trace_id": None,
        "span_id": None,
    }
}
FOREIGN = [
    b"",
    b"not json",
    b"\xff\xfe",
    b"[]",
    b"null",
    b'"error"',
    b"{}",
    b'{"error": null}',
    b'{"error": {}}',
    b'{"error": ["text"]}',
    b'{"detail": "Not Found"}',
    b'{"error": {"message": "no code", "service": "cms"}}',
    b'{"error": {"code": 7, "message": "m", "service": "cms"}}',
    b'{"error": {"code": "lower case\\r\\nX-Evil: 1", "message": "m", "service": "cms"}}',
    b'{"error": {"code": "CONFLICT\\n", "message": "m", "service": "cms"}}',
    b'{"error": {"code": "CONFLICT", "message": {"a": 1}, "service": "cms"}}',
    b"<!doctype html><title>308</title>",
    b"[" * 5000,
]


@pytest.mark.parametrize("shape", [SHAPE_A, SHAPE_B])
def test_both_coded_shapes_are_read_alike(shape: JsonValue) -> None:
    """Code, message, service and details are found under the names of either shape."""
    expected = CodedError("CLASS_NOT_FOUND", "No such class.", "class_management_service", {"class_id": "c1"})

    assert read_error(json.dumps(shape).encode()) == expected


@pytest.mark.parametrize("details", [b'"text"', b"[1]", b"null", b"7"])
def test_a_coded_error_stands_without_its_facts(details: bytes) -> None:
    """Details that are no object and a service that is no text are left out; code and message still count."""
    body = b'{"error": {"code": "CONFLICT", "message": "m", "service": 7, "details": ' + details + b"}}"

    assert read_error(body) == CodedError("CONFLICT", "m")


@pytest.mark.parametrize("details", [None, "why", [{"loc": ["name"], "msg": "Field required"}]])
def test_a_text_is_read_with_whatever_its_details_are(details: JsonValue) -> None:
    """Other members beside them count for nothing."""
    body = json.dumps({"error": "Batch is locked", "details": details, "batch_id": "b1"}).encode()

    assert read_error(body) == TextError("Batch is locked", details)


@pytest.mark.parametrize("body", FOREIGN)
def test_anything_else_is_none_of_them(body: bytes) -> None:
    """A body that only resembles a shape is as foreign as any other."""
    assert read_error(body) is None


@pytest.mark.parametrize(
    ("body", "coded"),
    [(json.dumps(SHAPE_A), True), (json.dumps(SHAPE_B), True), ('{"error": "text"}', False), ("oops", False)],
)
def test_only_a_code_makes_it_the_services_own_word(body: str, *, coded: bool) -> None:
    """Shapes A and B say what failed; shape C and foreign bodies don't."""
    assert has_coded_error(body.encode()) is coded
