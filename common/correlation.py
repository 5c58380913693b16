"""The correlation id of the work at hand, carried by the task's context.

It is bound once where work enters (an HTTP request, a socket, a Kafka record) and read wherever
something leaves: error bodies, logs, upstream headers, Kafka envelopes.
"""

from contextvars import ContextVar, Token
from uuid import NAMESPACE_OID, UUID, uuid4, uuid5

CORRELATION_HEADER = "X-Correlation-ID"

_current: ContextVar[UUID | None] = ContextVar("correlation_id", default=None)


def correlation_id() -> UUID:
    """Return the id bound to the current context; a fresh one is bound when there is none."""
    bound = _current.get()
    if bound is None:
        bound = uuid4()
        _current.set(bound)
    return bound


def bound_correlation_id() -> UUID | None:
    """Return the id bound to the current context, if any; for logs, which must not bind one in passing."""
    return _current.get()


def bind_correlation_id(value: UUID) -> Token[UUID | None]:
    """Make ``value`` the id of the current context and of the tasks it starts."""
    return _current.set(value)


def parse_correlation_id(raw: str | None) -> UUID | None:
    """Return the UUID that ``raw`` spells in its canonical 36 characters, else None.

    ``uuid.UUID`` alone would also take braces, URN prefixes and missing hyphens.
    """
    if raw is None or len(raw) != len("00000000-0000-0000-0000-000000000000"):
        return None
    try:
        parsed = UUID(raw)
    except ValueError:
        return None
    return parsed if str(parsed) == raw.lower() else None


def canonical_correlation_id(value: UUID | str | None) -> UUID:
    """Return the UUID of an id that arrives in any form: a UUID, its text, another text, or nothing.

    A text that spells no UUID always gives the same one, which the platform's services derive too (``uuid5`` under
    the OID namespace). Nothing, or an empty text, gives the id bound to the current context, else a fresh one. That one
    is not bound, since an error at start-up would else lend its id to every task that starts later.
    """
    text = str(value or "")
    if not text:
        return bound_correlation_id() or uuid4()
    try:
        return UUID(text)
    except ValueError:
        return uuid5(NAMESPACE_OID, text.encode(errors="replace").decode())
