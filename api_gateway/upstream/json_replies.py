"""Reads the small JSON replies of upstreams; one that isn't what was agreed on is 502 INVALID_RESPONSE."""

from typing import NoReturn

import orjson
from pydantic import JsonValue

from api_gateway import fail
from api_gateway.paths import id_fault
from api_gateway.upstream.ports import UpstreamName, UpstreamReply
from common.errors.codes import ErrorCode

JsonObject = dict[str, JsonValue]


def json_object(reply: UpstreamReply, upstream: UpstreamName) -> JsonObject:
    """Return the JSON object that is ``reply``'s body."""
    try:
        value = orjson.loads(reply.body)
    except orjson.JSONDecodeError:
        refuse_answer(upstream, "its body is not JSON")
    if not isinstance(value, dict):
        refuse_answer(upstream, "its body is not a JSON object")
    return value


def text_of(record: JsonObject, name: str, upstream: UpstreamName) -> str:
    """Return the non-empty string that ``record`` holds under ``name``."""
    value = record.get(name)
    if not isinstance(value, str) or not value:
        refuse_answer(upstream, f"{name} is not a string")
    return value


def identifier_of(record: JsonObject, name: str, upstream: UpstreamName) -> str:
    """Return the identifier that ``record`` holds under ``name``, one that a path can hold."""
    value = text_of(record, name, upstream)
    if (fault := id_fault(value)) is not None:
        refuse_answer(upstream, f"{name} {fault}")
    return value


def count_of(record: JsonObject, name: str, upstream: UpstreamName) -> int:
    """Return the number, zero or more, that ``record`` holds under ``name``."""
    value = record.get(name)
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        refuse_answer(upstream, f"{name} is not a count")
    return value


def object_of(record: JsonObject, name: str, upstream: UpstreamName) -> JsonObject:
    """Return the object that ``record`` holds under ``name``."""
    value = record.get(name)
    if not isinstance(value, dict):
        refuse_answer(upstream, f"{name} is not an object")
    return value


def objects_of(record: JsonObject, name: str, upstream: UpstreamName) -> list[JsonObject]:
    """Return the list of objects that ``record`` holds under ``name``."""
    value = record.get(name)
    if not isinstance(value, list):
        refuse_answer(upstream, f"{name} is not a list")
    objects = [item for item in value if isinstance(item, dict)]
    if len(objects) < len(value):
        refuse_answer(upstream, f"{name} contains items that are not objects")
    return objects


def refuse_answer(upstream: UpstreamName, why: str) -> NoReturn:
    """Raise INVALID_RESPONSE: ``upstream`` answered, but not what was agreed on."""
    raise fail.during("read_upstream_answer").error(
        ErrorCode.INVALID_RESPONSE,
        f"The {upstream} service sent an unusable response: {why}.",
        details={"external_service": upstream.value},
    )
