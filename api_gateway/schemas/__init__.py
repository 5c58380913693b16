"""What callers send and get, as models: the validation of bodies and the source of the OpenAPI description.

The value types that several of them share stand here. Integers are bounded so that JSON on the other side can hold
them.
"""

from typing import Annotated

from pydantic import BeforeValidator, Field, JsonValue, StrictInt, StringConstraints

from api_gateway.paths import MAX_ID_CHARACTERS
from common.contracts.envelope import PlainStr

MAX_COUNT = 2**31 - 1
MAX_REFERENCE_CHARACTERS = 512
EXAMPLE_ID = "3f0c1f8e-5d0a-4d6b-9c1e-2b7a8f6d4e11"

EXAMPLE_PROMPT_REFERENCE: dict[str, JsonValue] = {
    "references": {"student_prompt_text": {"storage_id": "prompt-winter-2025"}}
}

EXAMPLE_CORRELATION_ID = "6f0d1f64-3c1c-4f5e-9a0e-0f5b0c0d7a11"


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
