"""The services behind the gateway: their names, what is asked of them, and the port that asks. No framework, no I/O."""

from collections.abc import AsyncIterable, AsyncIterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from pydantic import JsonValue

from common.clock import Clock
from common.correlation import correlation_id
from common.identity.identity_headers import USER_HEADER, identity_headers
from common.identity.principal import Principal

INTERNAL_PATH_PREFIX = "/internal/"


class UpstreamName(StrEnum):
    """A service behind the gateway; the values are metric labels and the keys of its settings."""

    IDENTITY = "identity"
    BOS = "bos"
    RAS = "ras"
    FILE = "file"
    CMS = "cms"
    BFF = "bff"


class CircuitState(StrEnum):
    """Whether calls to an upstream pass (docs/gateway.md, row 12)."""

    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half_open"


class TimeoutClass(StrEnum):
    """Which deadline a request to an upstream stands under."""

    NORMAL = "normal"
    """HTTP_CLIENT_TIMEOUT_SECONDS in total, retries included."""

    UPLOAD = "upload"
    """UPLOAD_TIMEOUT_SECONDS without progress; no total."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UpstreamRequest:
    """One request to a service behind the gateway.

    ``path`` is raw (still percent-encoded), begins with a slash and has been judged; ``query`` is raw and without
    its question mark. ``headers`` are end-to-end headers only: the caller's, cleaned, then identity and correlation.
    At most one of ``json`` and ``body`` is given; ``content_length`` is set when the body's length is known.
    ``answers`` are error statuses whose reply the caller reads itself instead of having an error raised.
    ``within_s`` is what is left of the route's time where it asks more than once; the route's whole time otherwise.
    """

    upstream: UpstreamName
    method: str
    path: str
    query: str = ""
    headers: Sequence[tuple[str, str]] = ()
    json: JsonValue | None = None
    body: AsyncIterable[bytes] | None = None
    content_length: int | None = None
    timeout_class: TimeoutClass = TimeoutClass.NORMAL
    answers: frozenset[int] = frozenset()
    within_s: float | None = None

    @property
    def idempotent(self) -> bool:
        """Whether the request may be sent again after a failure (docs/gateway.md, row 11)."""
        return self.method in {"GET", "HEAD"} and self.body is None

    @property
    def caller(self) -> str | None:
        """The user that the request is sent for, by its identity header; None without one."""
        return next((value for name, value in self.headers if name == USER_HEADER), None)

    @property
    def internal(self) -> bool:
        """Whether the path is one of a service's internal routes, which ask for the internal API key."""
        return self.path.startswith(INTERNAL_PATH_PREFIX)


@dataclass(frozen=True, slots=True)
class UpstreamReply:
    """A whole, small answer, read here and not passed on.

    Attributes:
        status: its status.
        body: its body, decoded, at most a few MB.
        retry_after: its ``Retry-After`` as it came, empty without one.
    """

    status: int
    body: bytes
    retry_after: str = ""


class UpstreamStream(Protocol):
    """A response whose body is still coming. The code that opened it closes it, however far it was read."""

    @property
    def status(self) -> int:
        """The status, below 400 or one of the request's ``answers``."""
        ...

    @property
    def headers(self) -> Sequence[tuple[str, str]]:
        """End-to-end headers in order, Content-Encoding and Content-Length as the upstream sent them."""
        ...

    @property
    def whole(self) -> bytes | None:
        """The body, where it isn't empty and all of it has come already with its head, as short ones do; else None."""
        ...

    @property
    def body(self) -> AsyncIterator[bytes]:
        """The body as it comes, undecoded, read no faster than it is consumed."""
        ...

    async def close(self) -> None:
        """Give the connection back when the body was read to its end, else cut it. Safe to call twice."""
        ...


class Upstreams(Protocol):
    """Asks the services behind the gateway.

    Both methods raise HuleEduError for every failure: refused or reset connections (502), the deadline (504), an open
    circuit (503), an answer beyond bounds or not HTTP (502), and every reply with status 400 and above that is not
    one of the request's ``answers``, translated as an upstream's error (docs/gateway.md, row 21). Requests to internal
    routes get X-Internal-API-Key and X-Service-ID here, and every request with a total X-Request-Deadline-Ms; identity
    and correlation headers stand in the request already.
    Cancelling either aborts the request to the upstream.
    """

    async def fetch(self, request: UpstreamRequest) -> UpstreamReply:
        """Send ``request`` and return its whole answer."""
        ...

    async def open(self, request: UpstreamRequest) -> UpstreamStream:
        """Send ``request`` and return its answer as soon as its body begins; the caller closes it.

        An error raised by ``request.body`` while it is read (too large, too slow) comes out as it was raised.
        """
        ...


class RouteDeadline:
    """The time of one request; it begins to run when this is made.

    Args:
        total_s: for every call to an upstream together (HTTP_CLIENT_TIMEOUT_SECONDS).
        clock: tells how much is gone.
    """

    def __init__(self, total_s: float, clock: Clock) -> None:
        self._clock = clock
        self._ends = clock.monotonic() + total_s

    @property
    def left_s(self) -> float:
        """Seconds that the next call may take, none of them when the time is over."""
        return max(0.0, self._ends - self._clock.monotonic())


def on_behalf_of(principal: Principal) -> tuple[tuple[str, str], ...]:
    """Return the headers that tell an upstream on whose behalf it is asked, and under which correlation id."""
    return tuple(identity_headers(principal, correlation_id()).items())
