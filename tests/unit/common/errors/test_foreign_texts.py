"""Texts of other services become one harmless line; invalid fields are named by JSON Pointer, without their values."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, JsonValue, TypeAdapter, ValidationError, field_validator

from common.errors.foreign_texts import (
    MOST_CHARACTERS,
    MOST_FIELDS,
    field_errors,
    foreign_field_errors,
    one_line,
    pointer,
    sentence,
)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("Batch is locked: SPELLCHECK_STARTED", "Batch is locked: SPELLCHECK_STARTED"),
        ("  Läraren\r\n\thar ingen\u2028klass  ", "Läraren har ingen klass"),
        ("\x1b[31;1mred\x1b[0m \x07bell\x00", "red bell"),
        ("<script>alert(1)</script>", "<script>alert(1)</script>"),
        ("abc\u202egnp.exe", "abcgnp.exe"),
        ("\x1b[2J \n", ""),
        ("", ""),
        ("x" * 301, "x" * 299 + "…"),
        ("x" * 300, "x" * 300),
    ],
)
def test_a_text_becomes_a_line(text: str, line: str) -> None:
    """White space is one blank, control and format characters go, and what is longer than may be is marked as cut."""
    assert one_line(text) == line


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("The aggregator at http://ras:5003 failed", ""),
        ("Cannot connect to host result-aggregator:5003 ssl:default", ""),
        ("Connect call failed ('10.0.0.7', 5432)", ""),
        ("postgresql://user:secret@db/batches", ""),
        ("Batch is locked: SPELLCHECK_STARTED", "Batch is locked: SPELLCHECK_STARTED"),
        ("Wait until 12:30, or 10.5 minutes", "Wait until 12:30, or 10.5 minutes"),
    ],
)
def test_a_sentence_names_no_machine(text: str, told: str) -> None:
    """An address tells a teacher nothing, and others where the services are."""
    assert sentence(text) == told


@given(st.text())
def test_a_line_is_always_short_and_plain(text: str) -> None:
    """Whatever the text holds, nothing in its line acts on a screen."""
    line = one_line(text)

    assert len(line) <= MOST_CHARACTERS
    assert not any(unicodedata.category(character).startswith(("C", "Zl", "Zp")) for character in line)


class Login(BaseModel):
    """A body whose validators quote what they refuse, as careless ones do."""

    email: str
    password: str
    refresh_tokens: list[str] = []
    scores: list[int] = []

    @field_validator("password", "refresh_tokens")
    @classmethod
    def quote(cls, value: object) -> object:
        """Refuse, quoting."""
        message = f"{value} is weak"
        raise ValueError(message)


def failure_of(body: object) -> ValidationError:
    """Return why ``body`` is no Login."""
    with pytest.raises(ValidationError) as failed:
        Login.model_validate(body)
    return failed.value


def translated(items: list[dict[str, object]]) -> list[dict[str, JsonValue]]:
    """Return what is told of another service's ``items``."""
    fields = foreign_field_errors(TypeAdapter(JsonValue).validate_python(items))["field_errors"]
    return TypeAdapter(list[dict[str, JsonValue]]).validate_python(fields)


@pytest.mark.parametrize(
    ("location", "expected"),
    [
        ((), "#"),
        (("title",), "#/title"),
        (("essays", 0, "id"), "#/essays/0/id"),
        (("a/b", "m~n"), "#/a~1b/m~0n"),
        (("å b",), "#/%C3%A5%20b"),
        (("\ud800",), "#/%3F"),
    ],
)
def test_a_pointer_names_the_place(location: tuple[int | str, ...], expected: str) -> None:
    """Tokens are escaped as RFC 6901 section 6 says."""
    assert pointer(location) == expected


def test_a_pointer_is_bounded() -> None:
    """A client's endless key doesn't come back whole."""
    assert len(pointer(("k" * 10_000,))) == 256


def test_a_secrets_refusal_is_not_quoted() -> None:
    """A validator that quotes the password doesn't get to the client."""
    errors = field_errors(failure_of({"email": "a@b.se", "password": "hunter2", "refresh_tokens": ["hunter2"]}))

    assert errors == [
        {"pointer": "#/password", "code": "VALUE_ERROR", "message": "Input is not valid"},
        {"pointer": "#/refresh_tokens", "code": "VALUE_ERROR", "message": "Input is not valid"},
    ]


def test_a_validators_own_sentence_is_told_as_it_was_written() -> None:
    """Pydantic's introduction to it is left out; the same words inside the sentence stay."""

    class Named(BaseModel):
        name: str

        @field_validator("name")
        @classmethod
        def refuse(cls, _value: str) -> str:
            message = "must not read Value error, ever"
            raise ValueError(message)

    with pytest.raises(ValidationError) as failed:
        Named.model_validate({"name": "n"})

    assert field_errors(failed.value) == [
        {"pointer": "#/name", "code": "VALUE_ERROR", "message": "must not read Value error, ever"}
    ]


def test_a_missing_secret_may_be_named() -> None:
    """That a password is missing is no secret."""
    assert field_errors(failure_of({"email": "a@b.se"})) == [
        {"pointer": "#/password", "code": "REQUIRED", "message": "Field required"}
    ]


def test_only_the_first_errors_are_told() -> None:
    """An answer about a body isn't larger than the body."""
    errors = field_errors(failure_of({"email": "a@b.se", "scores": ["x"] * 10_000}))

    assert len(errors) == MOST_FIELDS


@pytest.mark.parametrize(
    ("item", "field"),
    [
        (
            {"loc": ["essays", 0], "msg": "Value error, Too\nshort", "type": "value_error", "input": "hunter2"},
            {"pointer": "#/essays/0", "code": "VALUE_ERROR", "message": "Too short"},
        ),
        (
            {"loc": [], "msg": "Field required", "type": "missing"},
            {"pointer": "#", "code": "REQUIRED", "message": "Field required"},
        ),
        (
            {"loc": ["a", None, {"b": 1}], "msg": "No", "type": 7},
            {"pointer": "#/a", "code": "INVALID", "message": "No"},
        ),
        (
            {"loc": ["refresh_token"], "msg": "hunter2 is weak", "type": "value_error"},
            {"pointer": "#/refresh_token", "code": "VALUE_ERROR", "message": "Input is not valid"},
        ),
        (
            {"pointer": "#/name", "code": "REQUIRED", "message": "Field required", "value": "hunter2"},
            {"pointer": "#/name", "code": "REQUIRED", "message": "Field required"},
        ),
    ],
)
def test_another_services_field_takes_our_form(item: dict[str, object], field: dict[str, JsonValue]) -> None:
    """Pydantic's items and our own are understood; the rejected value and a sentence about a secret stay behind."""
    assert translated([item]) == [field]


@pytest.mark.parametrize(
    "found", [None, "text", 7, {}, [], ["text"], [{"msg": "no place"}], [{"loc": "a", "msg": "b"}]]
)
def test_anything_else_is_no_list_of_fields(found: JsonValue) -> None:
    """Nothing is told of it."""
    assert foreign_field_errors(found) == {}


def test_another_services_fields_are_counted() -> None:
    """The first fifty are told, the others counted."""
    details = foreign_field_errors([{"loc": [place], "msg": "No"} for place in range(MOST_FIELDS + 7)])

    assert details["further_field_errors"] == 7
    assert isinstance(details["field_errors"], list)
    assert len(details["field_errors"]) == MOST_FIELDS
