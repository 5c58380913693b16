"""Whether a pipeline may start: the Batch Orchestrator's preflight answer, as the caller is told it."""

from http import HTTPStatus

import orjson
from pydantic import JsonValue

from api_gateway.batch_views import refuse_unknown_batch
from api_gateway.domain import SERVICE_NAME, UpstreamName
from api_gateway.ports import UpstreamReply
from api_gateway.upstream_answers import JsonObject, json_object
from common.correlation import correlation_id
from common.errors.codes import ErrorCode
from common.errors.exceptions import Place
from common.errors.factories import raise_authorization_error, raise_rate_limit

JUDGED_STATUSES = frozenset({HTTPStatus.PAYMENT_REQUIRED, HTTPStatus.NOT_FOUND, HTTPStatus.TOO_MANY_REQUESTS})
"""Error statuses of the preflight that :func:`require_admission` reads."""

DEFAULT_PAUSE_S = 60.0
LONGEST_PAUSE_S = 86_400.0
CREDIT_WORD = "credit"
OPERATION = "preflight_pipeline"


def require_admission(reply: UpstreamReply, batch_id: str) -> None:
    """Return when the preflight allows the pipeline.

    Raises:
        HuleEduError: INSUFFICIENT_CREDITS with the credit figures, RATE_LIMIT, RESOURCE_NOT_FOUND; AUTHORIZATION_ERROR
            when the answer is 200 but not ``allowed``; INVALID_RESPONSE when it can't be read.
    """
    match reply.status:
        case HTTPStatus.PAYMENT_REQUIRED:
            raise Place(SERVICE_NAME, OPERATION, correlation_id()).error(
                ErrorCode.INSUFFICIENT_CREDITS,
                "There are not enough credits for this pipeline.",
                details=_credit_figures(reply),
            )
        case HTTPStatus.TOO_MANY_REQUESTS:
            raise_rate_limit(
                service=SERVICE_NAME,
                operation=OPERATION,
                message="Too many pipelines were started; wait before starting another.",
                correlation_id=correlation_id(),
                retry_after_s=_pause_s(reply),
            )
        case HTTPStatus.NOT_FOUND:
            refuse_unknown_batch(batch_id)
    if json_object(reply, UpstreamName.BOS).get("allowed") is not True:
        raise_authorization_error(
            service=SERVICE_NAME,
            operation=OPERATION,
            message="This pipeline may not be started on this batch.",
            correlation_id=correlation_id(),
        )


def _credit_figures(reply: UpstreamReply) -> JsonObject:
    """Return the figures about credits and nothing else: what comes from internal routes isn't meant for callers."""
    return {name: value for name, value in _facts(reply).items() if CREDIT_WORD in name and _is_number(value)}


def _pause_s(reply: UpstreamReply) -> float:
    header = next((value for name, value in reply.headers if name.lower() == "retry-after"), "")
    told = _facts(reply).get("retry_after_seconds")
    said = header if header.isdecimal() else told if isinstance(told, int | float) else DEFAULT_PAUSE_S
    return min(float(said), LONGEST_PAUSE_S)


def _facts(reply: UpstreamReply) -> JsonObject:
    """Return the facts of a refusal: the body's own, or those of the platform's error shape."""
    try:
        body: JsonValue = orjson.loads(reply.body)
    except orjson.JSONDecodeError:
        return {}
    match body:
        case {"error": {"details": dict() as details}}:
            return details
        case dict():
            return body
        case _:
            return {}


def _is_number(value: JsonValue) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
