"""What a teacher sees of a batch: the Result Aggregator's record in the dashboard's words, without its owner."""

from typing import NoReturn

import structlog
from pydantic import JsonValue

from api_gateway.domain import SERVICE_NAME, UpstreamName
from api_gateway.upstream_answers import JsonObject, object_of, objects_of, text_of
from common.contracts.statuses import dashboard_status, is_known_status
from common.correlation import correlation_id
from common.errors.factories import raise_authorization_error, raise_resource_not_found
from common.identity.principal import UserId

OWNER = "user_id"

_logger = structlog.get_logger(__name__)


def owner_of(record: JsonObject) -> UserId:
    """Return whose batch a record is of; one that doesn't say is the aggregator's fault."""
    return UserId(text_of(record, OWNER, UpstreamName.RAS))


def refuse_other_owner() -> NoReturn:
    """Raise AUTHORIZATION_ERROR for a batch that isn't the caller's; the owner is never named."""
    raise_authorization_error(
        service=SERVICE_NAME,
        operation="require_ownership",
        message="This batch belongs to someone else.",
        correlation_id=correlation_id(),
    )


def refuse_unknown_batch(batch_id: str) -> NoReturn:
    """Raise RESOURCE_NOT_FOUND for the batch."""
    raise_resource_not_found(
        service=SERVICE_NAME,
        operation="find_batch",
        message="There is no such batch.",
        correlation_id=correlation_id(),
        resource_type="batch",
        resource_id=batch_id,
    )


def status_view(record: JsonObject) -> JsonObject:
    """Return ``{status, details}`` of one batch's record."""
    return {"status": _shown_status(record), "details": _without_owner(record)}


def page_view(page: JsonObject) -> JsonObject:
    """Return ``{batches, pagination}`` of one page of records, each with its ``status``."""
    return {
        "batches": [_summary(record) for record in objects_of(page, "batches", UpstreamName.RAS)],
        "pagination": object_of(page, "pagination", UpstreamName.RAS),
    }


def _summary(record: JsonObject) -> JsonValue:
    return {**_without_owner(record), "status": _shown_status(record)}


def _without_owner(record: JsonObject) -> JsonObject:
    return {name: value for name, value in record.items() if name != OWNER}


def _shown_status(record: JsonObject) -> str:
    status = text_of(record, "overall_status", UpstreamName.RAS)
    if not is_known_status(status):
        _logger.warning("batch.unknown_status", status=status)
    return dashboard_status(status).value
