"""Remembers the requests that ended."""

from common.web.middleware.request_record import RequestRecord


class FakeRequestObserver:
    """Implements :class:`common.web.middleware.request_record.RequestObserver`."""

    def __init__(self) -> None:
        self.ended: list[RequestRecord] = []

    def request_ended(self, record: RequestRecord) -> None:
        """Remember ``record``."""
        self.ended.append(record)

    @property
    def last(self) -> RequestRecord:
        """The latest that ended."""
        return self.ended[-1]
