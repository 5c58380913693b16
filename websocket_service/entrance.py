"""What is looked at before anything else: from which page, and how often, an address comes."""

from dataclasses import dataclass

from websocket_service import endings
from websocket_service.ports import HandshakeLimit


@dataclass(frozen=True, slots=True)
class Entrance:
    """Refuses by HTTP status, before any lookup. ``origins`` are spelled exactly as browsers do."""

    origins: frozenset[str]
    handshakes: HandshakeLimit

    def check_origin(self, origin: str | None) -> None:
        """Return when the page may connect; a client that sends no Origin is no browser.

        Raises HuleEduError: AUTHORIZATION_ERROR (403) for a page that isn't the dashboard's, ``null`` included.
        """
        if origin is not None and origin not in self.origins:
            raise endings.foreign_origin()

    def check_rate(self, address: str) -> None:
        """Return when the address may go on.

        Raises HuleEduError: RATE_LIMIT (429) for an address that comes too often.
        """
        if not self.handshakes.allows(address):
            raise endings.too_many_handshakes()
