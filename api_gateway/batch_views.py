"""What a teacher sees of a batch: the Result Aggregator's record in the dashboard's words, its times in UTC."""

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final, NoReturn

import structlog
from pydantic import JsonValue

from api_gateway import fail
from api_gateway.json_replies import JsonObject, text_of
from api_gateway.upstream.ports import UpstreamName
from common.contracts.statuses import dashboard_status, is_known_status
from common.errors.codes import ErrorCode
from common.identity.principal import UserId

OLDEST: Final = datetime.min.replace(tzinfo=UTC)

_TIME_NAMES: Final = ("_at", "_updated", "timestamp")
_TIME: Final = re.compile(r"(\d{4}-\d\d-\d\d)[Tt ](\d\d:\d\d(?::\d\d(?:[.,]\d+)?)?)([Zz]|[+-]\d\d:?\d\d)?", re.ASCII)


def with_utc_times(record: dict[str, JsonValue]) -> dict[str, JsonValue]:
    """Return ``record`` with each member that is called like a time and is one in UTC; what is none stays as it is."""
    return {name: in_utc(value) if name.endswith(_TIME_NAMES) else value for name, value in record.items()}


def in_utc(value: JsonValue) -> JsonValue:
    """Return a time as ``YYYY-MM-DDThh:mm:ss.ffffffZ``, to the digits it has; one without a zone is UTC's already."""
    spelled = _spelling_of(value)
    moment = None if spelled is None else _moment_spelled(spelled)
    if spelled is None or moment is None:
        return value
    if moment.utcoffset():
        return moment.astimezone(UTC).isoformat().removesuffix("+00:00") + "Z"
    date, time, _ = spelled.groups()
    return f"{date}T{time.replace(',', '.')}Z"


def moment_of(value: JsonValue) -> datetime:
    """Return the moment that ``value`` tells, to compare by; the oldest there is when it tells none."""
    spelled = _spelling_of(value)
    moment = None if spelled is None else _moment_spelled(spelled)
    return OLDEST if moment is None else moment.astimezone(UTC)


def _spelling_of(value: JsonValue) -> re.Match[str] | None:
    return _TIME.fullmatch(value) if isinstance(value, str) else None


def _moment_spelled(spelled: re.Match[str]) -> datetime | None:
    """Return an aware moment that can be told in UTC, None for what is no time, such as 30 February."""
    try:
        moment = datetime.fromisoformat(spelled[0].upper())
        aware = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment
        aware.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return aware


OWNER = "user_id"

_logger = structlog.get_logger(__name__)


def owner_of(record: JsonObject) -> UserId:
    """Return whose batch a record is of; one that doesn't say is the aggregator's fault."""
    return UserId(text_of(record, OWNER, UpstreamName.RAS))


def refuse_other_owner() -> NoReturn:
    """Raise AUTHORIZATION_ERROR for a batch that isn't the caller's; the owner is never named."""
    raise fail.during("require_ownership").error(ErrorCode.AUTHORIZATION_ERROR, "This batch belongs to another user.")


def refuse_unknown_batch(batch_id: str) -> NoReturn:
    """Raise RESOURCE_NOT_FOUND for the batch."""
    raise fail.during("find_batch").not_found("batch", batch_id, "There is no such batch.")


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
