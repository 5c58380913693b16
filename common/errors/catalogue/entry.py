"""One row of the table, and the function that makes one."""

from dataclasses import dataclass

from common.errors.codes import AnyErrorCode, AuthReason, CloseCode
from common.errors.texts import TeacherTexts

ASK_US = "Show a general message with the correlation id; report the failure if it persists."
LATER = "Retry after increasing, jittered delays; respect `Retry-After`."
RESEND_SAFELY = "Retry reads at once, and commands only with the same `Idempotency-Key`, after increasing delays."


@dataclass(frozen=True, slots=True)
class ErrorEntry:
    """One row of the table.

    Attributes:
        code: the failure's name.
        status: its HTTP status.
        close_code: the code that closes a socket it ends.
        title: what it is called; the same for every occurrence (RFC 9457, ``title``).
        meaning: when it happens.
        advice: what the client should do.
        teacher: what a teacher reads, in each language.
        retryable: whether the same request, sent again later, may succeed.
        details: the names in ``details`` that pass when a service behind the edge reports the failure. Never one that
            could hold another user's id, an e-mail address, an internal address or the text of an exception.
        reason: ``details.reason`` of a service's error that gives none of its own.
    """

    code: AnyErrorCode
    status: int
    close_code: int
    title: str
    meaning: str
    advice: str
    teacher: TeacherTexts
    retryable: bool
    details: frozenset[str]
    reason: AuthReason | None


def row(
    code: AnyErrorCode,
    status: int,
    words: tuple[str, str, str],
    *,
    teacher: TeacherTexts,
    retryable: bool = False,
    close: CloseCode = CloseCode.SERVER_ERROR,
    details: tuple[str, ...] = (),
    reason: AuthReason | None = None,
) -> ErrorEntry:
    """Return the row of ``code``; ``words`` are the developers' title, meaning and advice."""
    title, meaning, advice = words
    return ErrorEntry(code, status, int(close), title, meaning, advice, teacher, retryable, frozenset(details), reason)
