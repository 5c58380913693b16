"""Behind trusted proxies the client's address is the one they heard from, whatever the client wrote itself."""

from ipaddress import ip_network

import pytest

from common.web.middleware.client_address import TrustedProxies

BEHIND_TWO = TrustedProxies((ip_network("10.0.0.0/8"), ip_network("fd00::/8")))


@pytest.mark.parametrize(
    ("peer", "forwarded_for", "client"),
    [
        ("203.0.113.7", ["198.51.100.2"], "203.0.113.7"),
        ("10.0.0.1", [], "10.0.0.1"),
        ("10.0.0.1", ["198.51.100.2"], "198.51.100.2"),
        ("10.0.0.1", ["1.1.1.1, 198.51.100.2"], "198.51.100.2"),
        ("10.0.0.1", ["1.1.1.1", "198.51.100.2, 10.9.9.9"], "198.51.100.2"),
        ("10.0.0.1", ["10.0.0.3, 10.0.0.2"], "10.0.0.3"),
        ("10.0.0.1", ["198.51.100.2, garbage"], "10.0.0.1"),
        ("10.0.0.1", ["1.1.1.1, garbage, 10.0.0.2"], "10.0.0.2"),
        ("10.0.0.1", ["198.51.100.2:50123"], "198.51.100.2"),
        ("fd00::1", ["[2001:db8::7]:443"], "2001:db8::7"),
        ("fd00::1", ["2001:db8::7"], "2001:db8::7"),
        ("::ffff:10.0.0.1", ["198.51.100.2"], "198.51.100.2"),
        ("<local>", ["198.51.100.2"], "<local>"),
        ("", ["198.51.100.2"], ""),
    ],
)
def test_the_clients_address_is_the_rightmost_that_no_trusted_proxy_has(
    peer: str, forwarded_for: list[str], client: str
) -> None:
    """A client can write what it likes into X-Forwarded-For; only what trusted proxies appended is believed."""
    assert BEHIND_TWO.client_address(peer, forwarded_for) == client


@pytest.mark.parametrize(
    ("forwarded", "client"),
    [
        (["for=198.51.100.2"], "198.51.100.2"),
        (["for=1.1.1.1, for=198.51.100.2;proto=https;by=10.0.0.1"], "198.51.100.2"),
        (["for=1.1.1.1", 'proto=https;For="198.51.100.2:4711", for=10.0.0.2'], "198.51.100.2"),
        (['for="[2001:db8::7]:443"'], "2001:db8::7"),
        (["for=unknown"], "10.0.0.1"),
        (["for=198.51.100.2, for=_hidden, for=10.0.0.2"], "10.0.0.2"),
        (["for=198.51.100.2, proto=https"], "10.0.0.1"),
        (['for="198.51.100.9, for=1.1.1.1', "for=198.51.100.2"], "198.51.100.2"),
        (['host="a,for=1.1.1.1";for=198.51.100.2'], "198.51.100.2"),
        (['"' * 10_001], "10.0.0.1"),
    ],
)
def test_forwarded_is_read_where_there_is_no_other(forwarded: list[str], client: str) -> None:
    """A proxy that speaks RFC 7239 is believed as one that writes X-Forwarded-For, which counts if both are there."""
    assert BEHIND_TWO.client_address("10.0.0.1", [], forwarded) == client
    assert BEHIND_TWO.client_address("10.0.0.1", ["203.0.113.7"], forwarded) == "203.0.113.7"


def test_without_trusted_proxies_nobody_is_believed() -> None:
    """The peer is the client, whatever the headers say."""
    assert TrustedProxies().client_address("203.0.113.7", ["198.51.100.2"], ["for=198.51.100.2"]) == "203.0.113.7"
