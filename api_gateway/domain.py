"""The gateway's own values: which services stand behind it and what is asked of them. No framework, no I/O."""

from collections.abc import AsyncIterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from pydantic import JsonValue

from common.identity.identity_headers import USER_HEADER

SERVICE_NAME = "api-gateway-service"
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
    At most one of ``json`` and ``body`` is given; ``content_length`` is told when the body's length is known.
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
        """The user it is sent for, as the upstream is told; None when it is sent on nobody's behalf."""
        return next((value for name, value in self.headers if name == USER_HEADER), None)

    @property
    def internal(self) -> bool:
        """Whether the path is one of a service's internal routes, which ask for the internal API key."""
        return self.path.startswith(INTERNAL_PATH_PREFIX)
