"""Times as the dashboard takes them: in UTC, with ``Z`` (docs/gateway.md, row 32).

The platform writes them without a zone. A browser reads such a time as local, and the dashboard's schema refuses it.
"""

import re
from datetime import UTC, datetime
from typing import Final

from pydantic import JsonValue

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
