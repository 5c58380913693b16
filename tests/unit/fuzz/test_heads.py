"""Fuzzed: request heads, paths, and the fields by which proxies tell who calls."""

from ipaddress import ip_address, ip_network
from typing import cast
from urllib.parse import unquote_to_bytes

from hypercorn.typing import HTTPScope
from hypothesis import given
from hypothesis import strategies as st

from api_gateway.paths import path_fault
from api_gateway.upstream.headers import Peer, RequestHeaders
from common.identity.identity_headers import IDENTITY_HEADERS, fold_name
from common.web.middleware.client_address import TrustedProxies
from common.web.middleware.request_head import (
    asks_for_websocket,
    handshake_error_status,
    join_list_headers,
    read_head,
)
from tests.support.fuzzing import fuzzed, mixed_bytes, mixed_text

NAMES = (
    *("host", "content-length", "transfer-encoding", "content-type", "expect", "connection", "upgrade", "accept"),
    *("x-user-id", "x_user_id", "x.user.id", "x-org-id", "x-identity-encoding", "x-internal-api-key", "x-service-id"),
    *("x-forwarded-for", "x_forwarded_for", "x-forwarded-host", "x-forwarded-proto", "forwarded", "x-real-ip"),
    *("sec-websocket-key", "sec-websocket-version", "sec-websocket-extensions", "sec-websocket-protocol"),
    *("authorization", "traceparent", "x-correlation-id", "x-request-deadline-ms", "proxy", "te", "x-marker"),
)
VALUES = (
    *(b"chunked", b"gzip", b"5", b"close", b"keep-alive", b"Upgrade", b"websocket", b"h2c", b"13", b"100-continue"),
    *(b",", b";", b"=", b'"', b"\\", b" ", b"\t", b"\x00", b"\r", b"\n", b"\x7f", b"\xe5", b"\xc3\xa5", b"x-marker"),
    *(
        b"permessage-deflate",
        b"client_max_window_bits=15",
        b"dGhlIHNhbXBsZSBub25jZQ==",
        b"[::1]",
        b"a.b:80",
        b"@",
        b"/",
    ),
)
HEADERS = st.lists(
    st.tuples(st.sampled_from([name.encode() for name in NAMES]), mixed_bytes(VALUES, most=4)), max_size=12
)
TOKEN_NAME = st.text("abcXYZ019-_.!#$%&'*+^`|~", min_size=1, max_size=20)


@fuzzed
@given(headers=HEADERS, method=st.sampled_from(["GET", "POST", "OPTIONS"]), version=st.sampled_from(["1.0", "1.1"]))
def test_any_head_is_read(headers: list[tuple[bytes, bytes]], method: str, version: str) -> None:
    """Never an error of ours; what two readers could frame or take apart in two ways isn't let through."""
    scope = {
        "type": "http",
        "method": method,
        "http_version": version,
        "raw_path": b"/",
        "query_string": b"",
        "headers": headers,
    }

    head = read_head(cast("HTTPScope", scope))
    asks_for_websocket(headers)
    handshake_error_status(headers)
    join_list_headers(headers)

    if head.error is None:
        names = [name for name, _ in headers]
        values = b"".join(value for _, value in headers)
        assert not {b"content-length", b"transfer-encoding"} <= set(names)
        assert names.count(b"content-type") <= 1
        assert set(values).isdisjoint(b"\x00\r\n\x7f")


PATHS = mixed_bytes(
    [
        *(
            b"/",
            b"//",
            b".",
            b"..",
            b"%2e",
            b"%2E%2e",
            b"%2f",
            b"%5c",
            b"\\",
            b";",
            b"..;",
            b"%00",
            b"%0d%0a",
            b"%",
            b"%2",
        ),
        *(
            b"%25",
            b"%252e",
            b"%c0%ae",
            b"%ff",
            b"%c3%a5",
            b"a",
            b"v1",
            b"classes",
            b"internal",
            b"?",
            b"#",
            b"\x00",
            b" ",
        ),
    ]
)


@fuzzed
@given(PATHS)
def test_a_path_that_passes_is_one_path_for_everybody(path: bytes) -> None:
    """Decoded once it has the same segments as before, none of which climbs, and no byte that ends a line or a name."""
    raw = b"/" + path
    if path_fault(raw) is not None:
        return

    decoded = unquote_to_bytes(raw)
    segments = decoded.decode().split("/")
    assert not raw.startswith(b"//")
    assert len(segments) == raw.count(b"/") + 1
    assert not {segment.partition(";")[0] for segment in segments} & {".", ".."}
    assert set(decoded).isdisjoint([*range(32), 127, ord("\\")])


ADDRESSES = (
    *(
        "10.0.0.1",
        "203.0.113.7",
        "::1",
        "[2001:db8::7]",
        "[::ffff:10.0.0.1]",
        "10.0.0.1:80",
        "[::1]:80",
        "unknown",
        "_x",
    ),
    *(
        "for=",
        "For=",
        "host=evil",
        "proto=https",
        ";",
        ",",
        '"',
        '"[',
        " ",
        "\t",
        "010.0.0.1",
        "127.1",
        "0x7f.1",
        "%00",
        "fe80::1%eth0",
    ),
)
LINES = st.lists(mixed_text(*ADDRESSES, most=8), max_size=4)


@fuzzed
@given(peer=st.sampled_from(["10.0.0.9", "203.0.113.9", "::1", "", "unix"]), lines=LINES, elements=LINES)
def test_a_client_has_one_address_that_it_did_not_choose(peer: str, lines: list[str], elements: list[str]) -> None:
    """An untrusted peer is the client itself; behind trusted ones it is an address, never another text."""
    proxies = TrustedProxies((ip_network("10.0.0.0/8"),))

    address = proxies.client_address(peer, lines, elements)

    if not proxies.trusts(peer):
        assert address == peer
    elif address != peer:
        assert str(ip_address(address)) == address


@fuzzed
@given(
    headers=st.lists(
        st.tuples(st.sampled_from(NAMES) | TOKEN_NAME, mixed_text(*ADDRESSES, *NAMES, most=4)), max_size=12
    ),
    address=st.sampled_from(["10.0.0.9", "203.0.113.9"]),
)
def test_what_is_passed_on_says_nothing_of_the_caller(headers: list[tuple[str, str]], address: str) -> None:
    """Of all fields that tell who calls, each is there once and ours; no end-to-end field is changed."""
    peer = Peer(address=address, scheme="https", host="edge.example")

    passed = RequestHeaders(proxies=TrustedProxies()).for_upstream(headers, peer)

    folded = [fold_name(name) for name, _ in passed]
    told = {fold_name(name): value for name, value in passed}
    assert IDENTITY_HEADERS.isdisjoint(folded)
    assert {"authorization", "connection", "transfer-encoding", "te", "proxy", "x-real-ip"}.isdisjoint(folded)
    assert [folded.count(name) for name in ("x-forwarded-for", "x-forwarded-host", "forwarded")] == [1, 1, 1]
    assert told["x-forwarded-for"] == address
    assert told["x-forwarded-host"] == "edge.example"
    assert [pair for pair in passed if not fold_name(pair[0]).startswith(("x-forwarded-", "forwarded"))] == [
        pair for pair in headers if pair in passed and not fold_name(pair[0]).startswith(("x-forwarded-", "forwarded"))
    ]
