"""What JSON Schema can't say about a request body, told to schemathesis; schemathesis.toml loads this."""

import schemathesis
from pydantic import JsonValue

from api_gateway.schemas import MAX_COUNT
from api_gateway.schemas.batches import MAX_ESSAYS

REGISTER = "/v1/batches/register"


def match_counts(context: schemathesis.HookContext, body: JsonValue) -> JsonValue:
    """Return ``body`` with as many essays expected as it has ids: a schema can't compare a number with a length.

    A body that breaks another rule goes on breaking it.
    """
    if context.operation is None or context.operation.path != REGISTER or not isinstance(body, dict):
        return body
    match body:
        case {"essay_ids": [_, *_] as ids, "expected_essay_count": int() | float() as expected} if (
            0 < expected <= MAX_COUNT and len(ids) <= MAX_ESSAYS
        ):
            return {**body, "expected_essay_count": len(ids)}
        case _:
            return body


schemathesis.hook("map_body")(match_counts)
