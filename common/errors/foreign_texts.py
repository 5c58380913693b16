"""Texts of pydantic and of other services as they may be shown to a client.

A sentence is short, on one line, and has nothing in it that acts on a screen. An invalid field is named in the
contract's words, without its value.
"""

import re
import unicodedata
from urllib.parse import quote

from pydantic import JsonValue, ValidationError
from pydantic_core import ErrorDetails

from common.redaction import is_secret

MOST_CHARACTERS = 300
"""Of a text that passes; what is longer is more likely a page or a stack than a sentence for a teacher."""

_TERMINAL_CODES = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]")
_CONTROL_CATEGORY = "C"
_ADDRESS = re.compile(r"://|\b\d{1,3}(?:\.\d{1,3}){3}\b|\b[A-Za-z][\w.-]*:\d{2,5}\b", re.ASCII)
"""A URL, an IPv4 address, or a host with its port: an exception's text more likely than a sentence for a teacher."""

MOST_FIELDS = 50
"""A body of a megabyte can be wrong in a hundred thousand places; the response names the first few."""

_POINTER_LIMIT = 256
_KIND = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,63}")
_MISSING = "missing"
_HIDDEN = "Input is not valid"
_INTRODUCTION = "Value error, "
"""What pydantic puts before the sentence of a validator's ValueError."""

_SENTENCES = {
    "model_type": "Input should be an object",
    "model_attributes_type": "Input should be an object",
    "dataclass_type": "Input should be an object",
    "uuid_parsing": "Input should be a valid UUID",
    "string_pattern_mismatch": "String contains characters that are not allowed here",
}
"""Our sentences where pydantic's name a Python class, quote the value or speak in patterns."""


def sentence(text: str) -> str:
    """Return ``text`` as :func:`one_line` does, empty when it names the address of a machine."""
    return "" if _ADDRESS.search(text) else one_line(text)


def one_line(text: str) -> str:
    """Return ``text`` as one line of at most 300 characters, without control and format characters."""
    plain = _TERMINAL_CODES.sub("", text)
    shown = "".join(" " if character.isspace() else character for character in plain if _is_shown(character))
    line = " ".join(shown.split())
    return line if len(line) <= MOST_CHARACTERS else line[: MOST_CHARACTERS - 1].rstrip() + "…"


def _is_shown(character: str) -> bool:
    return character.isspace() or unicodedata.category(character)[0] != _CONTROL_CATEGORY


def field_errors(failure: ValidationError, *, secret: bool = False) -> list[JsonValue]:
    """Return ``[{pointer, code, message}]`` for each invalid field, at most :data:`MOST_FIELDS`.

    ``pointer`` is a JSON Pointer in URI fragment form (RFC 6901 section 6), ``code`` pydantic's error
    type in capitals. The rejected value is never shown; for a secret field, and for all when ``secret``,
    neither is pydantic's sentence, which may quote it.
    """
    found = failure.errors(include_url=False, include_context=False, include_input=False)
    return [_field_error(error, secret=secret) for error in found[:MOST_FIELDS]]


def foreign_field_errors(found: JsonValue) -> dict[str, JsonValue]:
    """Return another service's list of invalid fields as details of an error; none when ``found`` is no list.

    Its items are pydantic's (``loc``, ``msg``, ``type``), or have our form already. Whatever else they hold, the
    rejected value above all, stays behind, and so does the sentence about a secret field.
    """
    items = found if isinstance(found, list) else []
    fields: list[JsonValue] = [field for item in items if (field := _translate(item)) is not None]
    if not fields:
        return {}
    further = len(fields) - MOST_FIELDS
    details: dict[str, JsonValue] = {"field_errors": fields[:MOST_FIELDS]}
    return details | {"further_field_errors": further} if further > 0 else details


def pointer(location: tuple[int | str, ...]) -> str:
    """Return the JSON Pointer of ``location`` in URI fragment form: ``("a", 0)`` is ``#/a/0``."""
    tokens = (str(token).replace("~", "~0").replace("/", "~1") for token in location)
    encoded = "#" + "".join(f"/{quote(token, safe='~', errors='replace')}" for token in tokens)
    return encoded[:_POINTER_LIMIT]


def _translate(item: JsonValue) -> JsonValue:
    match item:
        case {"loc": [*location], "msg": str(sentence), **rest}:
            tokens = tuple(token for token in location if isinstance(token, int | str))
            return _format(rest.get("type"), pointer(tokens), sentence)
        case {"pointer": str(place), "code": kind, "message": str(sentence)}:
            return _format(kind, one_line(place)[:_POINTER_LIMIT], sentence)
        case _:
            return None


def _format(kind: object, place: str, sentence: str) -> JsonValue:
    word = kind if isinstance(kind, str) and _KIND.fullmatch(kind) else "invalid"
    message = _HIDDEN if is_secret(place) else one_line(sentence.removeprefix(_INTRODUCTION))
    return {"pointer": place, "code": _code(word), "message": message}


def _field_error(error: ErrorDetails, *, secret: bool) -> JsonValue:
    kind, location = error["type"], error["loc"]
    hidden = secret or any(isinstance(token, str) and is_secret(token) for token in location)
    message = _HIDDEN if hidden and kind != _MISSING else _SENTENCES.get(kind, error["msg"].removeprefix(_INTRODUCTION))
    return {"pointer": pointer(location), "code": _code(kind), "message": message}


def _code(kind: str) -> str:
    return "REQUIRED" if kind == _MISSING else kind.upper()
