"""The address of a client behind trusted proxies.

Each proxy appends the address of its peer to ``X-Forwarded-For`` or to ``Forwarded`` (RFC 7239), so the rightmost
address that is no trusted proxy's counts; any client could have sent what stands left of it. ``X-Forwarded-For`` counts
where it is there, because most proxies write it and pass a ``Forwarded`` on unread; a proxy that writes ``Forwarded``
has to drop the other.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_address

from werkzeug.datastructures import Headers

Network = IPv4Network | IPv6Network

_WITH_PORT = re.compile(r"(?:\[(?P<v6>[^\]]+)\]|(?P<v4>[\d.]+))(?::\d+)?")
_ELEMENT = re.compile(r'(?:[^,"]|"[^"]*")+')
_FOR = re.compile(r'(?:^|;)\s*for\s*=\s*(?:"(?P<quoted>[^"]*)"|(?P<token>[^;"]*))', re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class TrustedProxies:
    """The networks whose forwarding headers are believed."""

    networks: tuple[Network, ...] = ()

    def trusts(self, address: str) -> bool:
        """Tell whether ``address`` is a trusted proxy's."""
        if not self.networks:
            return False
        try:
            parsed = ip_address(address)
        except ValueError:
            return False
        if isinstance(parsed, IPv6Address) and parsed.ipv4_mapped is not None:
            parsed = parsed.ipv4_mapped
        return any(parsed in network for network in self.networks)

    def client_of(self, peer: str | None, headers: Headers) -> str:
        """Return the address of the client of a request that came from ``peer`` with ``headers``."""
        if not self.networks:
            return peer or ""
        forwarded_for, forwarded = headers.getlist("X-Forwarded-For"), headers.getlist("Forwarded")
        return self.client_address(peer or "", forwarded_for, forwarded)

    def client_address(self, peer: str, forwarded_for: Sequence[str], forwarded: Sequence[str] = ()) -> str:
        """Return the address of the client.

        Args:
            peer: the other end of the connection; an untrusted one is the client itself.
            forwarded_for: the values of ``X-Forwarded-For``, in order.
            forwarded: the values of ``Forwarded``, in order.
        """
        heard = peer
        for named in _from_right(forwarded_for) if forwarded_for else _nodes_from_right(forwarded):
            address = _address_of(named)
            if address is None or not self.trusts(heard):
                break
            heard = address
        return heard


NO_PROXIES = TrustedProxies()


def _from_right(lines: Sequence[str]) -> Iterator[str]:
    return reversed(",".join(lines).split(","))


def _nodes_from_right(lines: Sequence[str]) -> Iterator[str]:
    """Yield the ``for`` of each element, "" where it has none; a quote left open spoils its own line alone."""
    for line in reversed(lines):
        for element in reversed(_ELEMENT.findall(line)):
            node = _FOR.search(element)
            yield "" if node is None else node["quoted"] or node["token"] or ""


def _address_of(named: str) -> str | None:
    """Return the address that an element names, without its port, None when it names none."""
    spelled = _WITH_PORT.fullmatch(named.strip())
    try:
        return str(ip_address(spelled["v6"] or spelled["v4"] if spelled else named.strip()))
    except ValueError:
        return None
