"""Value types that several contracts share."""

from datetime import UTC, datetime
from typing import Annotated

from pydantic import AfterValidator, StringConstraints

NonEmptyStr = Annotated[str, StringConstraints(min_length=1, strict=True)]


def _in_utc(moment: datetime) -> datetime:
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


UtcDatetime = Annotated[datetime, AfterValidator(_in_utc)]
"""An aware datetime in UTC; one without a zone is taken for UTC, as some of the platform's producers write it."""
