"""A notifier that only remembers."""

from pydantic import JsonValue

from sandbox.upstreams.notifications import News
from sandbox.upstreams.records import Batch


class RecordingNotifier:
    """Keeps what it is told; implements :class:`sandbox.upstreams.notifications.Notifier`.

    News are in ``told``, new batches in ``announced``, direct messages in ``direct`` as user, event and data, and the
    number of notifications to publish twice in ``again``.
    """

    def __init__(self) -> None:
        self.told: list[News] = []
        self.announced: list[Batch] = []
        self.direct: list[tuple[str, str, dict[str, JsonValue]]] = []
        self.again = 0

    def tell(self, news: News) -> None:
        """Remember ``news``."""
        self.told.append(news)

    def announce(self, batch: Batch) -> None:
        """Remember a new batch."""
        self.announced.append(batch)

    def publish_again(self, count: int) -> None:
        """Remember how many notifications are to be published twice."""
        self.again = count

    async def tell_directly(self, user_id: str, event: str, data: dict[str, JsonValue]) -> None:
        """Remember a direct message."""
        self.direct.append((user_id, event, data))

    @property
    def types(self) -> list[str]:
        """The types of what was told, in order."""
        return [news.type.value for news in self.told]
