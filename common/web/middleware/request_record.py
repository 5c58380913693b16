"""One request or socket as the access log and the metrics see it."""

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
"""Signs an error outside any exchange (in a test that calls Quart without the boundary)."""

UNMATCHED = "unmatched"
"""The route of whatever matched none."""

PREFLIGHT = "preflight"
"""The route of every preflight: it is answered before routes are looked at."""


@dataclass(slots=True)
class Exchange:
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


class ExchangeObserver(Protocol):
    """Is told of each exchange once it is over: the access log, the metrics."""

    def exchange_ended(self, exchange: Exchange) -> None:
        """Take note; must be quick and must not raise."""
        ...


current: ContextVar[Exchange | None] = ContextVar("exchange", default=None)


def current_service() -> str:
    """Return the service that serves the current request or socket, UNKNOWN_SERVICE outside any."""
    exchange = current.get()
    return UNKNOWN_SERVICE if exchange is None else exchange.service


def record_user(user_id: str) -> None:
    """Put the authenticated user into the access log line of the current request or socket."""
    if (exchange := current.get()) is not None:
        exchange.user_id = user_id


def record_facts(**facts: JsonValue) -> None:
    """Put ``facts`` into the access log line of the current request or socket (and before its observers)."""
    if (exchange := current.get()) is not None:
        exchange.facts = {**(exchange.facts or {}), **facts}


def record_route(matched: Request | Websocket) -> None:
    """Note which route the current request or socket matched, if any."""
    exchange = current.get()
    if exchange is not None and matched.url_rule is not None:
        exchange.route = matched.url_rule.rule
        name_server_span(exchange.method, exchange.route)


def outlive_client() -> None:
    """Let the current request be served to its end although its client leaves; its body has been read.

    For work whose outcome is kept for a client that comes back. What bounds it are its own deadlines.
    """
    if (exchange := current.get()) is not None:
        exchange.outlives_client = True


def outlives_client() -> bool:
    """Tell whether the current request is served to its end whether its client stays or leaves."""
    exchange = current.get()
    return exchange is not None and exchange.outlives_client


def record_client_gone() -> None:
    """Note that the client of the current request left."""
    if (exchange := current.get()) is not None:
        exchange.client_gone = True
