"""Remembers the exchanges that ended."""

from common.web.exchange import Exchange


class FakeExchangeObserver:
    """Implements :class:`common.web.exchange.ExchangeObserver`."""

    def __init__(self) -> None:
        self.ended: list[Exchange] = []

    def exchange_ended(self, exchange: Exchange) -> None:
        """Remember ``exchange``."""
        self.ended.append(exchange)

    @property
    def last(self) -> Exchange:
        """The latest that ended."""
        return self.ended[-1]
