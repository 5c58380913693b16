"""Which web pages may read answers, in the headers of the Fetch standard (docs/gateway.md, row 17)."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

PREFLIGHT_MAX_AGE_S = 600

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
_OF_NO_USE_TO_A_PAGE = frozenset(
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
_HIDDEN = _READABLE_ANYWAY | _OF_NO_USE_TO_A_PAGE


@dataclass(frozen=True, slots=True)
class CorsPolicy:
    """The origins that may call, each exactly as a browser spells it."""

    origins: frozenset[str]

    def allows(self, origin: str | None) -> bool:
        """Whether a page of ``origin`` may read answers."""
        return origin is not None and origin in self.origins

    def response_headers(self, origin: bytes, names: Iterable[bytes]) -> list[tuple[bytes, bytes]]:
        """Return the headers that let ``origin`` read an answer that carries headers of ``names`` (lower case)."""
        if not self.allows(origin.decode("latin-1")):
            return []
        allowed = [(b"access-control-allow-origin", origin), (b"access-control-allow-credentials", b"true")]
        exposed = exposed_headers(tuple(names))
        return [*allowed, (b"access-control-expose-headers", exposed)] if exposed else allowed


@lru_cache(maxsize=512)
def exposed_headers(names: tuple[bytes, ...]) -> bytes:
    """Return the value of Access-Control-Expose-Headers, derived from the headers an answer really carries."""
    return b", ".join(sorted({name for name in names if name not in _HIDDEN}))


def preflight_headers(*, methods: str, headers: str) -> dict[str, str]:
    """Return what a preflight is told beside its origin: the methods, and the request headers that are read."""
    return {
        "Access-Control-Allow-Methods": methods,
        "Access-Control-Allow-Headers": headers,
        "Access-Control-Max-Age": str(PREFLIGHT_MAX_AGE_S),
        "Vary": "Access-Control-Request-Method, Access-Control-Request-Headers",
    }
