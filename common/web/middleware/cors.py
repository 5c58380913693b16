"""CORS: answers preflights, and says which web pages may read responses (Fetch standard; docs/gateway.md, row 17)."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from http import HTTPStatus

from common.web.middleware.request_head import TOO_LARGE, RequestHead
from common.web.middleware.request_record import PREFLIGHT, RequestRecord
from common.web.middleware.responses import EdgeResponse

PREFLIGHT_MAX_AGE_S = 600

WHOLE_SERVER = "*"
"""The target of a request that is about no resource in particular."""

_READABLE_ANYWAY = frozenset(
    {
        b"cache-control",
        b"content-language",
        b"content-length",
        b"content-type",
        b"expires",
        b"last-modified",
        b"pragma",
    }
)
_USELESS_TO_PAGES = frozenset(
    {
        b"connection",
        b"content-security-policy",
        b"set-cookie",
        b"strict-transport-security",
        b"transfer-encoding",
        b"vary",
        b"x-content-type-options",
    }
)
_HIDDEN = _READABLE_ANYWAY | _USELESS_TO_PAGES


@dataclass(frozen=True, slots=True)
class CorsPolicy:
    """The origins that may call, each exactly as a browser spells it."""

    origins: frozenset[str]

    def allows(self, origin: str | None) -> bool:
        """Tell whether a page of ``origin`` may read responses."""
        return origin is not None and origin in self.origins

    def response_headers(self, origin: bytes, names: Iterable[bytes]) -> list[tuple[bytes, bytes]]:
        """Return the headers that let ``origin`` read a response that carries headers of ``names`` (lower case).

        It may read the response's times too, ``Server-Timing`` among them (Resource Timing, section 4.5).
        """
        if not self.allows(origin.decode("latin-1")):
            return []
        allowed = [
            (b"access-control-allow-origin", origin),
            (b"access-control-allow-credentials", b"true"),
            (b"timing-allow-origin", origin),
        ]
        exposed = readable_headers(tuple(names))
        return [*allowed, (b"access-control-expose-headers", exposed)] if exposed else allowed


@lru_cache(maxsize=512)
def readable_headers(names: tuple[bytes, ...]) -> bytes:
    """Return the value of Access-Control-Expose-Headers, derived from the headers that the response carries."""
    shown = {name for name in names if name not in _HIDDEN and not name.startswith(b"access-control-")}
    return b", ".join(sorted(shown))


@dataclass(frozen=True, slots=True, kw_only=True)
class AllowedRequests:
    """The methods, and the request headers, that pages may use somewhere in a service, each a list as HTTP has it."""

    methods: str
    headers: str

    def preflight_headers(self) -> list[tuple[bytes, bytes]]:
        """Return the headers of a preflight's response beside those for its origin."""
        return [
            (b"access-control-allow-methods", self.methods.encode()),
            (b"access-control-allow-headers", self.headers.encode()),
            (b"access-control-max-age", str(PREFLIGHT_MAX_AGE_S).encode()),
            (b"vary", b"Access-Control-Request-Method, Access-Control-Request-Headers"),
        ]


def preflight_response(record: RequestRecord, head: RequestHead, allowed: AllowedRequests) -> EdgeResponse | None:
    """Return the response to a preflight, and to OPTIONS about the whole server (RFC 9110 section 9.3.7).

    None for every other request. The route of ``record`` is set, for logs and metrics.
    """
    if head.error is not None and head.error is not TOO_LARGE:
        return None
    if head.is_preflight:
        record.route = PREFLIGHT
        return EdgeResponse(HTTPStatus.NO_CONTENT, allowed.preflight_headers(), b"")
    if record.method == "OPTIONS" and record.path == WHOLE_SERVER:
        record.route = WHOLE_SERVER
        return EdgeResponse(HTTPStatus.NO_CONTENT, [(b"allow", allowed.methods.encode())], b"")
    return None
