"""A request or an answer that breaks its schema is told field by field, without the values."""

import pytest
from pydantic import JsonValue
from quart.typing import TestClientProtocol as Client

from tests.unit.common.errors.asking import Request, ask, post

INVALID_BODY = b'{"title": "", "essays": [1, "many"], "password": "hunter2hunter2"}'
INVALID: list[tuple[Request, str, JsonValue]] = [
    (
        post(INVALID_BODY),
        "body",
        [
            {
                "pointer": "#/title",
                "code": "STRING_TOO_SHORT",
                "message": "String should have at least 1 character",
            },
            {
                "pointer": "#/essays/1",
                "code": "INT_PARSING",
                "message": "Input should be a valid integer, unable to parse string as an integer",
            },
            {"pointer": "#/password", "code": "STRING_TOO_LONG", "message": "Input is not valid"},
        ],
    ),
    (post(b"{}"), "body", [{"pointer": "#/title", "code": "REQUIRED", "message": "Field required"}]),
    (post(b"[]"), "body", [{"pointer": "#", "code": "MODEL_TYPE", "message": "Input should be an object"}]),
    (
        Request("GET", "/batches?limit=101"),
        "query",
        [
            {
                "pointer": "#/limit",
                "code": "LESS_THAN_EQUAL",
                "message": "Input should be less than or equal to 100",
            }
        ],
    ),
    (
        Request("GET", "/retries"),
        "headers",
        [{"pointer": "#/x_retry_count", "code": "REQUIRED", "message": "Field required"}],
    ),
    (
        Request("POST", "/upload", form={"title": ""}),
        "form",
        [
            {
                "pointer": "#/title",
                "code": "STRING_TOO_SHORT",
                "message": "String should have at least 1 character",
            }
        ],
    ),
]


@pytest.mark.parametrize(("request_", "location", "errors"), INVALID)
async def test_each_invalid_field_is_named(client: Client, request_: Request, location: str, errors: JsonValue) -> None:
    """A form can put each message at its field; a rejected value is never echoed."""
    answer = await ask(client, request_)

    assert answer.details == {"location": location, "field_errors": errors}
    assert b"hunter2" not in answer.body


async def test_our_own_invalid_answer_names_its_fields(client: Client) -> None:
    """A broken promise of ours is a 500 that says which field broke it, and nothing of its value."""
    answer = await ask(client, Request("GET", "/broken-promise"))

    assert answer.details == {
        "field_errors": [{"pointer": "#/batch_id", "code": "UUID_PARSING", "message": "Input is not valid"}]
    }


async def test_a_wrong_type_is_told_the_right_one(client: Client) -> None:
    """415 carries Accept (RFC 9110 section 15.5.16)."""
    answer = await ask(client, post(b"x", "text/plain"))

    assert answer.headers["Accept"] == "application/json"
    assert answer.details == {"supported": ["application/json"]}


async def test_bad_json_is_located(client: Client) -> None:
    """The client is told where its JSON breaks."""
    answer = await ask(client, post(b'{"title":\n]'))

    assert answer.details == {"line": 2, "column": 1}
