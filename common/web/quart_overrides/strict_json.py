"""Reads JSON as its grammar says, and nothing else; large documents beside the event loop."""

import asyncio
import json
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from json import JSONDecodeError
from math import isfinite
from typing import Final

import orjson
from pydantic import JsonValue

LARGE_BYTES: Final = 32_768
"""What is larger takes milliseconds to read, in which the event loop would serve no other request."""

_NOT_UTF8: Final = "is not valid UTF-8"
"""How orjson's message begins; it names no position."""


async def read_json(raw: bytes) -> JsonValue:
    """Return what :func:`parse_json` does; a large document is read in a thread, one after the other."""
    if len(raw) <= LARGE_BYTES:
        return parse_json(raw)
    return await asyncio.get_running_loop().run_in_executor(_large_documents(), parse_json, raw)


@cache
def _large_documents() -> ThreadPoolExecutor:
    """Return the one thread: more would take the interpreter's lock from the event loop in turn."""
    return ThreadPoolExecutor(max_workers=1, thread_name_prefix="large-json")


class NotJsonError(ValueError):
    """The text isn't JSON; the message says what is wrong and where, in words that a client may be shown."""


def parse_json(raw: bytes) -> JsonValue:
    """Return the value that ``raw`` spells. Raises :class:`NotJsonError`.

    Two parsers agree: orjson knows Unicode and grammar to the letter, the standard library's can see a member
    that comes twice.
    """
    try:
        orjson.loads(raw)
        value: JsonValue = _DECODER.decode(raw.decode())
    except RecursionError:
        message = "the nesting is too deep"
        raise NotJsonError(message) from None
    except JSONDecodeError as error:
        message = f"{_without_position(error.msg)} (line {error.lineno}, column {error.colno})"
        if _NOT_UTF8 in error.msg:
            message = "it is not UTF-8"
        raise NotJsonError(message) from None
    return value


def _reject_duplicates(pairs: list[tuple[str, JsonValue]]) -> JsonValue:
    members = dict(pairs)
    if len(members) < len(pairs):
        message = "an object names a member twice"
        raise NotJsonError(message)
    return members


def _parse_finite(literal: str) -> float:
    value = float(literal)
    if not isfinite(value):
        message = "a number is too large"
        raise NotJsonError(message)
    return value


_DECODER: Final = json.JSONDecoder(object_pairs_hook=_reject_duplicates, parse_float=_parse_finite)


def _without_position(problem: str) -> str:
    """Return a parser's message without its position, which is reported apart."""
    return problem.partition(": line ")[0].partition(" at line ")[0] or "it can't be parsed"
