"""JSON in and out: read as RFC 8259 means it, written by orjson, and never the invalid ``NaN``."""

import json
from json import JSONDecodeError
from math import isfinite

import orjson
from pydantic import JsonValue
from pydantic_core import to_jsonable_python
from quart.json.provider import JSONProvider

_NOT_UTF8 = "is not valid UTF-8"
"""How orjson begins to say so; it doesn't say where."""


class NotJsonError(ValueError):
    """The text isn't JSON; the message says what is wrong and where, in words a client may read."""


def parse_json(raw: bytes) -> JsonValue:
    """Return the value that ``raw`` spells. Raises :class:`NotJsonError`.

    Two parsers agree: orjson knows Unicode and grammar to the letter, the standard library's can see a member
    that comes twice.
    """
    try:
        orjson.loads(raw)
        value: JsonValue = json.loads(raw, object_pairs_hook=_distinct, parse_float=_finite)
    except RecursionError:
        message = "the nesting is too deep"
        raise NotJsonError(message) from None
    except JSONDecodeError as error:
        message = f"{_plain(error.msg)} (line {error.lineno}, column {error.colno})"
        if _NOT_UTF8 in error.msg:
            message = "it is not UTF-8"
        raise NotJsonError(message) from None
    return value


def _distinct(pairs: list[tuple[str, JsonValue]]) -> JsonValue:
    members = dict(pairs)
    if len(members) < len(pairs):
        message = "an object names a member twice"
        raise NotJsonError(message)
    return members


def _finite(literal: str) -> float:
    value = float(literal)
    if not isfinite(value):
        message = "a number is too large"
        raise NotJsonError(message)
    return value


def _plain(problem: str) -> str:
    """Return a parser's complaint without its position, which is told apart."""
    return problem.partition(": line ")[0].partition(" at line ")[0] or "it can't be parsed"


class OrjsonProvider(JSONProvider):
    """``app.json``; set it after QuartSchema, which sets its own."""

    def dumps(self, obj: object, **kwargs: object) -> str:
        """Return ``obj`` as JSON; of Quart's options only ``indent`` (always two spaces) and ``sort_keys`` count."""
        options = orjson.OPT_INDENT_2 if kwargs.get("indent") else 0
        options |= orjson.OPT_SORT_KEYS if kwargs.get("sort_keys") else 0
        return orjson.dumps(obj, default=to_jsonable_python, option=options).decode()

    def loads(self, s: str | bytes, **_kwargs: object) -> JsonValue:
        """Return the value that ``s`` spells; raises ValueError for anything that isn't JSON."""
        value: JsonValue = orjson.loads(s)
        return value
