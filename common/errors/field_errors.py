"""What pydantic found wrong, field by field, in the contract's words and without the values."""

from urllib.parse import quote

from pydantic import JsonValue, ValidationError
from pydantic_core import ErrorDetails

from common.errors.secrets import is_secret

MOST_FIELDS = 50
"""A body of a megabyte can be wrong in a hundred thousand places; the client is told of the first few."""

_POINTER_LIMIT = 256
_INTRODUCTION = "Value error, "
"""What pydantic puts before the sentence of a validator's ValueError."""

_SENTENCES = {
    "model_type": "Input should be an object",
    "model_attributes_type": "Input should be an object",
    "dataclass_type": "Input should be an object",
    "uuid_parsing": "Input should be a valid UUID",
    "string_pattern_mismatch": "String holds characters that may not stand here",
}
"""Our sentences where pydantic's name a Python class, quote the value or speak in patterns."""


def field_errors(failure: ValidationError, *, secret: bool = False) -> list[JsonValue]:
    """Return ``[{pointer, code, message}]`` for each invalid field, at most :data:`MOST_FIELDS`.

    ``pointer`` is a JSON Pointer in URI fragment form (RFC 6901 section 6), ``code`` pydantic's error
    type in capitals. The rejected value is never told; of a secret field, and of all when ``secret``,
    not even pydantic's sentence, which may quote it.
    """
    found = failure.errors(include_url=False, include_context=False, include_input=False)
    return [_field_error(error, secret=secret) for error in found[:MOST_FIELDS]]


def pointer(location: tuple[int | str, ...]) -> str:
    """Return the JSON Pointer of ``location`` in URI fragment form: ``("a", 0)`` is ``#/a/0``."""
    tokens = (str(token).replace("~", "~0").replace("/", "~1") for token in location)
    encoded = "#" + "".join(f"/{quote(token, safe='~', errors='replace')}" for token in tokens)
    return encoded[:_POINTER_LIMIT]


def _field_error(error: ErrorDetails, *, secret: bool) -> JsonValue:
    kind, location = error["type"], error["loc"]
    code = "REQUIRED" if kind == "missing" else kind.upper()
    hidden = secret or any(isinstance(token, str) and is_secret(token) for token in location)
    message = (
        "Input is not valid"
        if hidden and kind != "missing"
        else _SENTENCES.get(kind, error["msg"].removeprefix(_INTRODUCTION))
    )
    return {"pointer": pointer(location), "code": code, "message": message}
