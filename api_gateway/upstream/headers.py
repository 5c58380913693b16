"""Which headers pass between caller and upstream (docs/gateway.md, rows 5 to 7; RFC 9110 7.6.1)."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from urllib.parse import urljoin, urlsplit, urlunsplit

from api_gateway.paths import path_fault
from common.identity.identity_headers import IDENTITY_HEADERS, fold_name, is_identity_header
from common.web.middleware.client_address import NO_PROXIES, TrustedProxies

HeaderPairs = Sequence[tuple[str, str]]

_HOP_BY_HOP = frozenset(
    {
        "connection",
        "keep-alive",
        "proxy-authenticate",
        "proxy-authorization",
        "proxy-connection",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
    }
)
# Who the caller is and what it asked for, as other proxies tell it; X-Forwarded-User and its like say who logged in.
_FORWARDED_PREFIX = "x-forwarded-"
_FORWARDED = frozenset(
    {
        "client-ip",
        "forwarded",
        "proxy",
        "remote-user",
        "true-client-ip",
        "x-client-ip",
        "x-http-method-override",
        "x-original-url",
        "x-real-ip",
        "x-remote-user",
        "x-rewrite-url",
    }
)
# Content-Length travels as UpstreamRequest.content_length; Remote-Addr is what Quart adds to a request's headers.
_SET_ANEW = frozenset(
    {
        "content-length",
        "expect",
        "host",
        "remote-addr",
        "x-correlation-id",
        "x-request-deadline-ms",
    }
)
_NOT_FOR_UPSTREAMS = _HOP_BY_HOP | _FORWARDED | _SET_ANEW
# Who may keep an answer and what a page may do with it is the edge's to say, which knows that the answer is private.
_CACHING = frozenset({"cache-control", "cdn-cache-control", "expires", "pragma", "surrogate-control"})
_SECURITY = frozenset(
    {
        "content-security-policy",
        "content-security-policy-report-only",
        "strict-transport-security",
        "x-content-type-options",
        "x-frame-options",
    }
)
_BANNERS = frozenset({"date", "server", "x-powered-by"})
# What holds for a whole origin, which is the edge's, and the edge's own words on an answer.
_EDGE_ONLY = frozenset(
    {
        "alt-svc",
        "clear-site-data",
        "idempotent-replayed",
        "nel",
        "report-to",
        "reporting-endpoints",
        "x-correlation-id",
        "x-error-code",
    }
)
# Refresh is a redirect by another name.
_NOT_FOR_CALLERS = _HOP_BY_HOP | _CACHING | _SECURITY | _BANNERS | _EDGE_ONLY | {"refresh"}
_ADDRESSES = frozenset({"content-location", "location"})
_LINK_WITH_HOST = re.compile(r"<[^>]*//")
_CORS_PREFIX = "access-control-"
_TRACEPARENT = re.compile(r"00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Peer:
    """Who holds the other end of the caller's connection, and how it asked."""

    address: str
    scheme: str
    host: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestHeaders:
    """Turns a caller's headers into an upstream's.

    The word of ``proxies`` on forwarding is believed and continued.
    """

    proxies: TrustedProxies = NO_PROXIES

    def for_upstream(self, inbound: HeaderPairs, peer: Peer, *, keep_authorization: bool = False) -> HeaderPairs:
        """Return the end-to-end headers of ``inbound`` and who it was forwarded for.

        Never passed are hop-by-hop fields, those ``Connection`` names, and whatever could pass for an identity header
        or another's word on who calls, in any spelling that a server behind the edge could take for theirs.
        ``Authorization`` ends here: services trust the identity headers; only the identity service reads tokens.
        """
        dropped = named_by_connection(inbound)
        if not keep_authorization:
            dropped |= {"authorization"}
        if not has_sound_traceparent(inbound):
            dropped |= {"traceparent", "tracestate"}
        passed = [pair for pair in inbound if _is_for_upstream(fold_name(pair[0]), dropped)]
        return [*passed, *self._forwarding_headers(inbound, peer)]

    def _forwarding_headers(self, inbound: HeaderPairs, peer: Peer) -> HeaderPairs:
        if not self.proxies.trusts(peer.address):
            inbound = ()
        chain = ", ".join([*values_of(inbound, "x-forwarded-for"), peer.address])
        proto = next(iter(values_of(inbound, "x-forwarded-proto")), peer.scheme)
        host = next(iter(values_of(inbound, "x-forwarded-host")), peer.host)
        element = f'for="{_node(peer.address)}";host="{_quotable(peer.host)}";proto={peer.scheme}'
        return [
            ("X-Forwarded-For", chain),
            ("X-Forwarded-Proto", proto),
            ("X-Forwarded-Host", host),
            ("Forwarded", ", ".join([*values_of(inbound, "forwarded"), element])),
        ]


def for_caller(outbound: HeaderPairs, path: str) -> list[tuple[str, str]]:
    """Return the headers of an upstream's answer to a request for ``path`` that the caller may see.

    Hop-by-hop fields, the upstream's CORS, caching, security, correlation and banner fields stay behind: the gateway
    sets its own. An address passes as the path that the caller can reach it by, or not at all: see :func:`local_path`.
    A ``Link`` that names a host stays behind.
    """
    dropped = named_by_connection(outbound)
    passed = [pair for pair in outbound if _is_for_caller(pair[0].lower(), dropped)]
    return [pair for name, value in passed if (pair := _with_local_path(name, value, path)) is not None]


def local_path(address: str, path: str) -> str | None:
    """Return ``address``, told in an answer to a request for ``path``, without scheme and host.

    They are the upstream's own, which callers can neither reach nor should know. None when it isn't an address of
    HTTP's or lies outside the prefix of ``path``: ``/bff/v1/teacher``, else its first two segments.
    """
    try:
        told = urlsplit(address)
    except ValueError:
        return None
    if told.scheme not in {"", "http", "https"}:
        return None
    target = urljoin(path, urlunsplit(("", "", told.path or path, told.query, told.fragment)))
    prefix = "/".join(path.split("/")[: 4 if path.startswith("/bff/") else 3])
    reached = urlsplit(target).path
    if path_fault(reached.encode(errors="surrogateescape")) is not None or not f"{reached}/".startswith(f"{prefix}/"):
        return None
    return target


def named_by_connection(headers: HeaderPairs) -> frozenset[str]:
    """Return the lower-case names of the fields that ``Connection`` says are meant for this hop alone."""
    values = values_of(headers, "connection")
    if not values:
        return frozenset()
    return frozenset(name.strip().lower() for name in ",".join(values).split(",")) - {"", "close", "keep-alive"}


def has_sound_traceparent(headers: HeaderPairs) -> bool:
    """Whether there is exactly one ``traceparent`` and it is well formed (W3C Trace Context, version 00)."""
    values = values_of(headers, "traceparent")
    return len(values) == 1 and _TRACEPARENT.fullmatch(values[0]) is not None


def values_of(headers: Iterable[tuple[str, str]], name: str) -> list[str]:
    """Return the values of every field called ``name`` (lower case), in order."""
    return [value for key, value in headers if key.lower() == name]


def _is_for_upstream(name: str, dropped: frozenset[str]) -> bool:
    return not (
        name in _NOT_FOR_UPSTREAMS or name in dropped or name in IDENTITY_HEADERS or name.startswith(_FORWARDED_PREFIX)
    )


def _with_local_path(name: str, value: str, path: str) -> tuple[str, str] | None:
    if name.lower() == "link" and _LINK_WITH_HOST.search(value):
        return None
    if name.lower() not in _ADDRESSES:
        return name, value
    target = local_path(value, path)
    return None if target is None else (name, target)


def _is_for_caller(name: str, dropped: frozenset[str]) -> bool:
    return not (
        name in _NOT_FOR_CALLERS or name in dropped or name.startswith(_CORS_PREFIX) or is_identity_header(name)
    )


def _node(address: str) -> str:
    return f"[{address}]" if ":" in address else address


def _quotable(text: str) -> str:
    return text.replace("\\", "").replace('"', "")
