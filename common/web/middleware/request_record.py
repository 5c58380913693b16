"""The record of one request or socket, from which the access log and the metrics are written."""

from contextvars import ContextVar
from dataclasses import dataclass, field
from time import perf_counter
from typing import Literal, Protocol
from uuid import UUID

from pydantic import JsonValue
from quart import Request, Websocket

from common.observability.tracing import name_server_span

CLIENT_GONE = 499
"""The status of a request whose client left before the answer was complete (nginx's code; never sent)."""

UNKNOWN_SERVICE = "edge"
"""The service of an error outside any request (in a test that calls Quart without the edge middleware)."""

UNMATCHED = "unmatched"
"""The route of a request that matched none."""

PREFLIGHT = "preflight"
"""The route of every preflight, which is answered before routing."""


@dataclass(slots=True)
class RequestRecord:
    """What is known about one request or socket, filled in on its way.

    ``route`` is the template that matched, ``status`` the HTTP status (101 for an accepted socket),
    ``close_code`` the code a socket was closed with, by whichever side spoke first; ``facts`` is
    what handlers want to see in the access log and the metrics.
    """

    service: str
    kind: Literal["http", "websocket"]
    method: str
    path: str
    query: bytes
    correlation_id: UUID
    started: float = field(default_factory=perf_counter)
    route: str = UNMATCHED
    status: int = 0
    close_code: int | None = None
    bytes_sent: int = 0
    user_id: str | None = None
    client_gone: bool = False
    outlives_client: bool = False
    facts: dict[str, JsonValue] | None = None

    def duration_s(self) -> float:
        """Return the seconds since the head was read."""
        return perf_counter() - self.started


class RequestObserver(Protocol):
    """Is notified when a request or socket has ended; the access log and the metrics are such."""

    def request_ended(self, record: RequestRecord) -> None:
        """Observe ``record``; must be quick and must not raise."""
        ...


current_record: ContextVar[RequestRecord | None] = ContextVar("request_record", default=None)


def current_service() -> str:
    """Return the service that serves the current request or socket, UNKNOWN_SERVICE outside any."""
    record = current_record.get()
    return UNKNOWN_SERVICE if record is None else record.service


def record_user(user_id: str) -> None:
    """Put the authenticated user into the access log line of the current request or socket."""
    if (record := current_record.get()) is not None:
        record.user_id = user_id


def record_sent(size: int) -> None:
    """Add ``size`` bytes to what the current request or socket has been sent."""
    if (record := current_record.get()) is not None:
        record.bytes_sent += size


def record_facts(**facts: JsonValue) -> None:
    """Put ``facts`` into the access log line of the current request or socket (and before its observers)."""
    if (record := current_record.get()) is not None:
        record.facts = {**(record.facts or {}), **facts}


def record_route(matched: Request | Websocket) -> None:
    """Note which route the current request or socket matched, if any."""
    record = current_record.get()
    if record is not None and matched.url_rule is not None:
        record.route = matched.url_rule.rule
        name_server_span(record.method, record.route)


def outlive_client() -> None:
    """Let the current request be served to its end although its client leaves; its body has been read.

    For work whose outcome is kept for a client that comes back. What bounds it are its own deadlines.
    """
    if (record := current_record.get()) is not None:
        record.outlives_client = True


def outlives_client() -> bool:
    """Tell whether the current request is served to its end whether its client stays or leaves."""
    record = current_record.get()
    return record is not None and record.outlives_client


def record_client_gone() -> None:
    """Note that the client of the current request left."""
    if (record := current_record.get()) is not None:
        record.client_gone = True
