"""Value types that several schemas share. Integers are bounded so that JSON on the other side can hold them."""

import re
from typing import Annotated, TypeVar

import orjson
from pydantic import BaseModel, BeforeValidator, Field, PlainValidator, StrictInt, StringConstraints, WithJsonSchema

from api_gateway.paths import MAX_ID_CHARACTERS, holds_control
from common.contracts.values import PLAIN_PATTERN, PlainStr

MAX_COUNT = 2**31 - 1
MAX_REFERENCE_CHARACTERS = 512

EXAMPLE_ID = "3f0c1f8e-5d0a-4d6b-9c1e-2b7a8f6d4e11"
EXAMPLE_CORRELATION_ID = "6f0d1f64-3c1c-4f5e-9a0e-0f5b0c0d7a11"

LEVELS_AROUND = 8
"""How deep a value from a body may come to stand in what is sent on; orjson goes 254 levels deep in all."""

ValueT = TypeVar("ValueT")

_NUL = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")
"""As JSON spells it: behind an odd number of backslashes."""


def encodable(value: ValueT) -> ValueT:
    """Return ``value`` if it can be sent on as JSON and kept.

    That is: not nested too deeply, integers of 64 bits, whole characters and no NUL among them.
    """
    carried: object = value.model_dump() if isinstance(value, BaseModel) else value
    for _ in range(LEVELS_AROUND):
        carried = [carried]
    try:
        spelled = orjson.dumps(carried)
    except TypeError as fault:
        message = f"can't be sent on as JSON: {fault}"
        raise ValueError(message) from fault
    if _NUL.search(spelled):
        message = "must not hold the character NUL"
        raise ValueError(message)
    return value


def _whole(value: object) -> object:
    """Return the integer that a number without a fraction is in JSON Schema, however it was spelled (3.0)."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


Identifier = Annotated[
    PlainStr,
    StringConstraints(max_length=MAX_ID_CHARACTERS),
    Field(examples=[EXAMPLE_ID]),
]
Reference = Annotated[PlainStr, StringConstraints(max_length=MAX_REFERENCE_CHARACTERS)]
PositiveCount = Annotated[StrictInt, Field(gt=0, le=MAX_COUNT), BeforeValidator(_whole)]


def prompt_reference(value: object) -> str | dict[str, object]:
    """Return ``value`` if it can name a prompt: a short string, or an object that can be sent on."""
    if isinstance(value, dict):
        return encodable(value)
    if isinstance(value, str) and 0 < len(value) <= MAX_REFERENCE_CHARACTERS and not holds_control(value):
        return encodable(value)
    message = f"must be 1 to {MAX_REFERENCE_CHARACTERS} characters, no control characters among them, or an object"
    raise ValueError(message)


PromptReference = Annotated[
    str | dict[str, object],
    PlainValidator(prompt_reference),
    WithJsonSchema(
        {
            "oneOf": [
                {
                    "type": "string",
                    "minLength": 1,
                    "maxLength": MAX_REFERENCE_CHARACTERS,
                    "pattern": PLAIN_PATTERN,
                },
                {"type": "object"},
            ]
        }
    ),
]
"""A prompt in storage: its id, or the platform's reference object."""
