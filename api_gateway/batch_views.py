"""What a teacher sees of a batch: the Result Aggregator's record in the dashboard's words, without its owner."""

from collections.abc import Sequence
from typing import NoReturn

import structlog
from pydantic import JsonValue

from api_gateway.domain import SERVICE_NAME, UpstreamName
from api_gateway.upstream_answers import JsonObject, text_of
from api_gateway.utc_times import with_utc_times
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
        message="This batch belongs to another user.",
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
    status = _shown_status(record)
    return {"status": status, "details": _shown(record, status)}


def list_view(records: Sequence[JsonObject], *, limit: int, offset: int, total: int) -> JsonObject:
    """Return ``{batches, pagination}`` of the records on one page, each with its ``status``."""
    return {
        "batches": [_summary(record) for record in records],
        "pagination": {"limit": limit, "offset": offset, "total": total},
    }


def _summary(record: JsonObject) -> JsonValue:
    status = _shown_status(record)
    return {**_shown(record, status), "status": status}


def _shown(record: JsonObject, status: str) -> JsonObject:
    """Return the record without its owner, its times and those of its essays in UTC."""
    shown = with_utc_times({name: value for name, value in record.items() if name != OWNER})
    if isinstance(essays := record.get("essays"), list):
        shown["essays"] = [with_utc_times(essay) if isinstance(essay, dict) else essay for essay in essays]
    return {**shown, "overall_status": status}


def _shown_status(record: JsonObject) -> str:
    status = text_of(record, "overall_status", UpstreamName.RAS)
    if not is_known_status(status):
        _logger.warning("batch.unknown_status", status=status)
    return dashboard_status(status).value
