"""What is mistyped at a login is told by its field; the identity service would answer 500 to it."""

import pytest
from pydantic import JsonValue

from tests.support.asgi_client import Call
from tests.support.gateway import Gateway

LOGIN = "/v1/auth/login"
REFRESH = "/v1/auth/refresh"


@pytest.mark.parametrize(
    ("path", "body", "field"),
    [
        (LOGIN, {"email": "maria"}, "email"),
        (LOGIN, {"email": "maria@skola.example"}, "password"),
        (LOGIN, {"email": "maria", "password": "p"}, "email"),
        (LOGIN, {"email": "maria @skola.example", "password": "p"}, "email"),
        (LOGIN, {"email": None, "password": "p"}, "email"),
        (LOGIN, {"email": "maria@skola.example", "password": 1}, "password"),
        (REFRESH, {}, "refresh_token"),
        (REFRESH, {"refresh_token": None}, "refresh_token"),
        (REFRESH, {"refresh_token": ["t"]}, "refresh_token"),
    ],
)
async def test_a_body_of_another_form_is_refused_by_its_field(
    gateway: Gateway, path: str, body: JsonValue, field: str
) -> None:
    """400, and the identity service isn't asked; nothing that was typed is repeated."""
    answer = await gateway.client.send_json("POST", path, body)

    assert (answer.status, answer.header("x-error-code")) == (400, "VALIDATION_ERROR")
    assert f"#/{field}" in answer.pointers
    assert b"skola" not in answer.body
    assert gateway.upstreams.seen == []


@pytest.mark.parametrize("path", [LOGIN, REFRESH])
@pytest.mark.parametrize("body", [b"", b"[]", b"null", b"{", b'"x"'])
async def test_a_body_that_is_no_object_is_refused(gateway: Gateway, path: str, body: bytes) -> None:
    """400 in the one format."""
    headers = [("Content-Type", "application/json")]

    answer = await gateway.client.send(Call(method="POST", target=path, headers=headers, chunks=[body]))

    assert answer.status == 400
    assert answer.error["code"] in {"VALIDATION_ERROR", "PARSING_ERROR"}
    assert gateway.upstreams.seen == []


async def test_what_is_sound_passes_as_it_came(gateway: Gateway) -> None:
    """Members that the edge doesn't know are the identity service's matter."""
    body: JsonValue = {"email": "åsa@skola.example", "password": " with blanks ", "device": "phone"}

    answer = await gateway.client.send_json("POST", LOGIN, body)

    assert answer.status == 200
    assert "device" in gateway.upstreams.seen[0].body.decode()
