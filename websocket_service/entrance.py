"""What is looked at before anything else: from which page, and how often, an address comes."""

from collections.abc import Sequence
from dataclasses import dataclass

from werkzeug.datastructures import Headers

from common.web.client_address import TrustedProxies
from common.web.exchange import record_facts
from websocket_service import endings
from websocket_service.ports import HandshakeLimit


@dataclass(frozen=True, slots=True)
class Entrance:
    """Refuses by HTTP status, before any lookup.

    ``origins`` are spelled exactly as browsers do; ``proxies`` are believed when they tell the client's address.
    """

    origins: frozenset[str]
    handshakes: HandshakeLimit
    proxies: TrustedProxies

    def check(self, headers: Headers, peer: str | None) -> None:
        """Return when the client may go on; its address goes into the access log.

        Raises HuleEduError: as :meth:`check_origin` and :meth:`check_rate`.
        """
        address = self.proxies.client_of(peer, headers)
        record_facts(client=address)
        self.check_origin(headers.getlist("Origin"))
        self.check_rate(address)

    def check_origin(self, told: Sequence[str]) -> None:
        """Return when the page may connect, by its Origin headers; a client that sends none is no browser.

        Raises HuleEduError: AUTHORIZATION_ERROR (403) for a page that isn't the dashboard's, ``null`` included, and
            for more than one origin: which of them counts is nothing to guess about.
        """
        if told and (len(told) > 1 or told[0] not in self.origins):
            raise endings.foreign_origin()

    def check_rate(self, address: str) -> None:
        """Return when the address may go on.

        Raises HuleEduError: RATE_LIMIT (429) for an address that comes too often.
        """
        if not self.handshakes.allows(address):
            raise endings.too_many_handshakes()
