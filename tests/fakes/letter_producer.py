"""A Kafka producer of dead letters that fails where a test wants it to."""

from websocket_service.adapters.kafka_dead_letters import Headers


class FakeLetterProducer:
    """Implements :class:`websocket_service.adapters.kafka_dead_letters.Producer` without a broker.

    Once ``failure`` is set every send raises it. ``values`` are those that were sent.
    """

    def __init__(self, failure: Exception | None = None) -> None:
        self.failure = failure
        self.values: list[bytes | None] = []
        self.started = False
        self.stopped = False

    async def start(self) -> None:
        """Connect."""
        self.started = True

    async def send_and_wait(self, topic: str, value: bytes | None, *, key: bytes | None, headers: Headers) -> object:
        """Take a record."""
        if self.failure is not None:
            raise self.failure
        self.values.append(value)
        return topic, key, headers

    async def stop(self) -> None:
        """Close."""
        self.stopped = True
