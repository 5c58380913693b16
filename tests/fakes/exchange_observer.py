"""Remembers the exchanges that ended."""

from common.web.middleware.request_record import Exchange


class FakeExchangeObserver:
    """Implements :class:`common.web.middleware.request_record.ExchangeObserver`."""

    def __init__(self) -> None:
        self.ended: list[Exchange] = []

    def exchange_ended(self, exchange: Exchange) -> None:
        """Remember ``exchange``."""
        self.ended.append(exchange)

    @property
    def last(self) -> Exchange:
        """The latest that ended."""
        return self.ended[-1]
