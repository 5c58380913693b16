"""Value types that several contracts share."""

from datetime import UTC, datetime
from typing import Annotated

from pydantic import AfterValidator, StringConstraints

NonEmptyStr = Annotated[str, StringConstraints(min_length=1, strict=True)]
PLAIN_PATTERN = r"^[^\u0000-\u001f\u007f]+$"
PlainStr = Annotated[NonEmptyStr, StringConstraints(pattern=PLAIN_PATTERN)]
"""An identifier or a reference: no control character, which a log, a header, a key or a database reads its own way."""

TRIMMED_PATTERN = r"^[^\s\u0000-\u001f\u007f](?:[^\u0000-\u001f\u007f]*[^\s\u0000-\u001f\u007f])?$"
TrimmedStr = Annotated[NonEmptyStr, StringConstraints(pattern=TRIMMED_PATTERN)]
"""A plain string without blanks at its ends, which the command's consumer strips and so would read another string."""

FreeStr = Annotated[str, StringConstraints(strict=True, pattern=r"^[^\u0000]*$")]
"""A text that may have lines and tabs, but no NUL, which databases refuse and other languages take for its end."""


def _in_utc(moment: datetime) -> datetime:
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


UtcDatetime = Annotated[datetime, AfterValidator(_in_utc)]
"""An aware datetime in UTC; one without a zone is taken for UTC, as some of the platform's producers write it."""
