"""What is looked at before anything else: from which page, and how often, an address comes."""

from collections.abc import Sequence
from dataclasses import dataclass

from websocket_service import endings
from websocket_service.ports import HandshakeLimit


@dataclass(frozen=True, slots=True)
class Entrance:
    """Refuses by HTTP status, before any lookup. ``origins`` are spelled exactly as browsers do."""

    origins: frozenset[str]
    handshakes: HandshakeLimit

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
