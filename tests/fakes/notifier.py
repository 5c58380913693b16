"""A notifier that only remembers."""

from sandbox.upstreams.notifications import News


class RecordingNotifier:
    """Keeps what it is told in ``told``; implements :class:`sandbox.upstreams.notifications.Notifier`."""

    def __init__(self) -> None:
        self.told: list[News] = []

    def tell(self, news: News) -> None:
        """Remember ``news``."""
        self.told.append(news)

    @property
    def types(self) -> list[str]:
        """The types of what was told, in order."""
        return [news.type.value for news in self.told]
