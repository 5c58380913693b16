"""Only end-to-end headers pass, nobody can pass for the edge, and who it was forwarded for is told truly."""

from ipaddress import ip_network

import pytest

from api_gateway.upstream.headers import Peer, RequestHeaders, for_caller, has_sound_traceparent, local_path
from common.web.middleware.client_address import TrustedProxies

PEER = Peer(address="203.0.113.7", scheme="http", host="gateway.example")
SOUND_TRACE = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"


def names(pairs: list[tuple[str, str]]) -> set[str]:
    """Return the lower-case names of ``pairs``."""
    return {name.lower() for name, _ in pairs}


@pytest.mark.parametrize(
    "name",
    [
        "X-User-ID",
        "x-user-id",
        "X_User_ID",
        "X-Org-ID",
        "x_org_id",
        "X-Identity-Encoding",
        "X-Internal-API-Key",
        "X-Service-ID",
        "Connection",
        "Keep-Alive",
        "Proxy-Authorization",
        "TE",
        "Trailer",
        "Transfer-Encoding",
        "Upgrade",
        "Host",
        "Content-Length",
        "Expect",
        "Remote-Addr",
        "X-Correlation-ID",
        "X-Request-Deadline-Ms",
        "Authorization",
        "X-Real-IP",
        "X-Forwarded-User",
        "X-Forwarded-Email",
        "x_forwarded_for",
        "X-Original-URL",
        "X-Rewrite-URL",
        "X-HTTP-Method-Override",
        "X-Remote-User",
        "Remote-User",
        "True-Client-IP",
        "Proxy",
        "Content_Length",
        "Transfer_Encoding",
        "X_Correlation_ID",
        "X_Request_Deadline_Ms",
    ],
)
def test_headers_that_end_at_the_gateway(name: str) -> None:
    """Identity, hop-by-hop and connection fields of a caller never reach an upstream."""
    passed = RequestHeaders().for_upstream([(name, "forged")], PEER)

    assert "forged" not in [value for _, value in passed]


@pytest.mark.parametrize("name", ["Accept", "Accept-Encoding", "Content-Type", "Idempotency-Key", "X-Custom", "Cookie"])
def test_end_to_end_headers_pass(name: str) -> None:
    """What isn't the gateway's business is passed as it came."""
    passed = RequestHeaders().for_upstream([(name, "value")], PEER)

    assert (name, "value") in passed


def test_headers_named_by_connection_end_here() -> None:
    """A field that Connection names is meant for this hop alone (RFC 9110 section 7.6.1)."""
    inbound = [("Connection", "close, X-Secret"), ("Connection", "x-other"), ("X-Secret", "1"), ("X-Other", "2")]

    passed = RequestHeaders().for_upstream(inbound, PEER)

    assert names(list(passed)).isdisjoint({"x-secret", "x-other", "connection"})


def test_the_identity_service_reads_tokens() -> None:
    """Where asked for, Authorization passes."""
    passed = RequestHeaders().for_upstream([("Authorization", "Bearer x")], PEER, keep_authorization=True)

    assert ("Authorization", "Bearer x") in passed


def test_a_strangers_word_on_forwarding_is_replaced() -> None:
    """Without trusted proxies, every forwarding field says what the gateway itself saw."""
    forged = [("X-Forwarded-For", "10.0.0.1"), ("X-Forwarded-Proto", "https"), ("Forwarded", "for=10.0.0.1")]

    passed = dict(RequestHeaders().for_upstream(forged, PEER))

    assert passed == {
        "X-Forwarded-For": "203.0.113.7",
        "X-Forwarded-Proto": "http",
        "X-Forwarded-Host": "gateway.example",
        "Forwarded": 'for="203.0.113.7";host="gateway.example";proto=http',
    }


def test_a_trusted_proxys_word_is_continued() -> None:
    """A peer inside a trusted network is believed, and appended."""
    rules = RequestHeaders(proxies=TrustedProxies((ip_network("203.0.113.0/24"),)))
    inbound = [
        ("X-Forwarded-For", "198.51.100.2"),
        ("X-Forwarded-Proto", "https"),
        ("X-Forwarded-Host", "app.example"),
        ("Forwarded", "for=198.51.100.2"),
    ]

    passed = dict(rules.for_upstream(inbound, PEER))

    assert passed["X-Forwarded-For"] == "198.51.100.2, 203.0.113.7"
    assert passed["X-Forwarded-Proto"] == "https"
    assert passed["X-Forwarded-Host"] == "app.example"
    assert passed["Forwarded"].startswith("for=198.51.100.2, for=")


def test_a_peer_without_an_address_is_not_trusted() -> None:
    """Where the transport names no address (a UNIX socket, a test client), nothing is believed."""
    rules = RequestHeaders(proxies=TrustedProxies((ip_network("0.0.0.0/0"),)))
    peer = Peer(address="<local>", scheme="http", host="gateway.example")

    passed = dict(rules.for_upstream([("X-Forwarded-For", "10.0.0.1")], peer))

    assert passed["X-Forwarded-For"] == "<local>"


def test_a_sound_trace_passes() -> None:
    """A well-formed traceparent and its tracestate go on."""
    inbound = [("Traceparent", SOUND_TRACE), ("Tracestate", "a=b")]

    assert {"traceparent", "tracestate"} <= names(list(RequestHeaders().for_upstream(inbound, PEER)))


@pytest.mark.parametrize(
    "inbound",
    [
        [("traceparent", "garbage")],
        [("traceparent", SOUND_TRACE.upper())],
        [("traceparent", SOUND_TRACE + "-extra")],
        [("traceparent", "00-" + "0" * 32 + "-00f067aa0ba902b7-01")],
        [("traceparent", SOUND_TRACE), ("traceparent", SOUND_TRACE)],
        [("tracestate", "a=b")],
    ],
)
def test_an_unsound_trace_ends_here(inbound: list[tuple[str, str]]) -> None:
    """A malformed, doubled or missing traceparent takes its tracestate with it."""
    passed = RequestHeaders().for_upstream([*inbound, ("tracestate", "c=d")], PEER)

    assert not has_sound_traceparent(inbound)
    assert names(list(passed)).isdisjoint({"traceparent", "tracestate"})


@pytest.mark.parametrize(
    "name",
    [
        "Access-Control-Allow-Origin",
        "access-control-expose-headers",
        "Server",
        "Date",
        "Connection",
        "Transfer-Encoding",
        "Keep-Alive",
        "X-Correlation-ID",
        "X-Powered-By",
        "X-User-ID",
        "Cache-Control",
        "CDN-Cache-Control",
        "Surrogate-Control",
        "Expires",
        "Pragma",
        "Content-Security-Policy",
        "content-security-policy-report-only",
        "Strict-Transport-Security",
        "X-Content-Type-Options",
        "X-Frame-Options",
        "Refresh",
        "Alt-Svc",
        "Clear-Site-Data",
        "NEL",
        "Report-To",
        "Reporting-Endpoints",
        "X-Error-Code",
        "Idempotent-Replayed",
    ],
)
def test_headers_of_upstreams_that_end_at_the_gateway(name: str) -> None:
    """An upstream's CORS, caching, security, banner and connection fields never reach a caller."""
    assert for_caller([(name, "value"), ("ETag", '"1"')], "/v1/classes/") == [("ETag", '"1"')]


def test_headers_named_by_the_connection_of_an_answer_end_here() -> None:
    """A field that an upstream's Connection names is meant for the gateway alone (RFC 9110 section 7.6.1)."""
    outbound = [("Connection", "close, X-Secret"), ("Connection", "x-other"), ("X-Secret", "1"), ("X-Other", "2")]

    assert for_caller([*outbound, ("ETag", '"1"')], "/v1/classes/") == [("ETag", '"1"')]


@pytest.mark.parametrize(
    ("address", "path", "target"),
    [
        ("http://10.0.0.7:5002/v1/classes/c1", "/v1/classes/", "/v1/classes/c1"),
        ("https://edge.example/v1/classes/c1?full=1#top", "/v1/classes/", "/v1/classes/c1?full=1#top"),
        ("//cms/v1/classes/c1", "/v1/classes/", "/v1/classes/c1"),
        ("/v1/classes", "/v1/classes/", "/v1/classes"),
        ("c1", "/v1/classes/", "/v1/classes/c1"),
        ("?page=2", "/v1/classes/c1", "/v1/classes/c1?page=2"),
        ("../dashboard", "/bff/v1/teacher/a/b", "/bff/v1/teacher/dashboard"),
        ("http://10.0.0.7:5002/", "/v1/classes/", None),
        ("http://10.0.0.7:5002/internal/v1/classes/c1", "/v1/classes/", None),
        ("/v1/classesque", "/v1/classes/", None),
        ("/v1/batches/b1", "/v1/classes/", None),
        ("/v1/classes/../../internal", "/v1/classes/", None),
        ("/v1/classes/%2e%2e/internal", "/v1/classes/", None),
        ("/v1/classes/%5cevil.example", "/v1/classes/", None),
        ("/bff/v1/other", "/bff/v1/teacher/dashboard", None),
        ("javascript:alert(1)", "/v1/classes/", None),
        ("http://[bad", "/v1/classes/", None),
    ],
)
def test_an_address_leads_back_into_the_prefix_or_nowhere(address: str, path: str, target: str | None) -> None:
    """Scheme and host are the upstream's own and never pass; what lies outside the prefix doesn't either."""
    assert local_path(address, path) == target


@pytest.mark.parametrize("target", ["http://10.0.0.7:5002/v1/classes/?page=2", "//cms/v1/classes/?page=2"])
def test_a_link_names_no_host(target: str) -> None:
    """It would be the service's internal address; a link by path passes."""
    by_path = ("Link", '</v1/classes/?page=2>; rel="next"')

    assert for_caller([("link", f'<{target}>; rel="next"'), by_path], "/v1/classes/") == [by_path]


@pytest.mark.parametrize("name", ["Location", "content-location"])
def test_the_address_of_what_was_made_passes_as_a_path(name: str) -> None:
    """A created class can be followed through the gateway; an address beyond it is dropped."""
    inside, outside = (name, "http://cms:5002/v1/classes/c1"), (name, "http://cms:5002/metrics")

    assert for_caller([inside, outside], "/v1/classes/") == [(name, "/v1/classes/c1")]
