"""The books of a soak: what was produced for each teacher, and what each teacher's client got."""

from collections import Counter
from dataclasses import dataclass, field


@dataclass(slots=True)
class Page:
    """The books of one teacher.

    Attributes:
        acknowledged: Numbers of the notifications that Kafka acknowledged; each must arrive.
        uncertain: Numbers that were sent and whose acknowledgement is open or failed; each may arrive.
        numbers: How often each number arrived.
        ids: How often each notification arrived, by its cursor; those of the simulated services have no number.
        foreign: Numbers that arrived and are another teacher's, or nobody's.
        told_lost: How often the feed said that something is lost, by ``gap`` or ``reset``.
    """

    acknowledged: set[int] = field(default_factory=set)
    uncertain: set[int] = field(default_factory=set)
    numbers: Counter[int] = field(default_factory=Counter)
    ids: Counter[str] = field(default_factory=Counter)
    foreign: int = 0
    told_lost: int = 0

    @property
    def lost(self) -> set[int]:
        """The numbers that were acknowledged and did not arrive."""
        return self.acknowledged - self.numbers.keys()

    @property
    def twice(self) -> set[str]:
        """What arrived more than once, by number or cursor."""
        again = {f"number {number}" for number, times in self.numbers.items() if times > 1}
        return again | {f"cursor {cursor}" for cursor, times in self.ids.items() if times > 1}


@dataclass(slots=True)
class Ledger:
    """The books of every teacher, by user id."""

    pages: dict[str, Page] = field(default_factory=dict)
    produced: int = 0

    def page(self, user_id: str) -> Page:
        """Return the teacher's page."""
        return self.pages.setdefault(user_id, Page())

    def send(self, user_id: str) -> int:
        """Note that a notification is sent to Kafka; return its number."""
        self.produced += 1
        self.page(user_id).uncertain.add(self.produced)
        return self.produced

    def acknowledge(self, user_id: str, number: int) -> None:
        """Note that Kafka has the notification: from now on it must arrive."""
        page = self.page(user_id)
        page.uncertain.discard(number)
        page.acknowledged.add(number)

    def receive(self, user_id: str, *, cursor: str, number: int | None) -> None:
        """Note that a notification arrived; only those of the load generator have a number."""
        page = self.page(user_id)
        page.ids[cursor] += 1
        if number is None:
            return
        page.numbers[number] += 1
        page.foreign += number not in page.acknowledged and number not in page.uncertain

    @property
    def missing(self) -> int:
        """How many acknowledged notifications have not arrived."""
        return sum(len(page.lost) for page in self.pages.values())

    def summary(self) -> dict[str, object]:
        """Return the totals, and up to twenty examples of what is wrong."""
        pages = self.pages.items()
        lost = [f"{user_id}: {number}" for user_id, page in pages for number in sorted(page.lost)]
        twice = [f"{user_id}: {what}" for user_id, page in pages for what in sorted(page.twice)]
        return {
            "produced": self.produced,
            "acknowledged": sum(len(page.acknowledged) for _, page in pages),
            "received": sum(page.ids.total() for _, page in pages),
            "received_numbered": sum(page.numbers.total() for _, page in pages),
            "lost": len(lost),
            "twice": len(twice),
            "foreign": sum(page.foreign for _, page in pages),
            "told_lost": sum(page.told_lost for _, page in pages),
            "examples": [*lost[:10], *twice[:10]],
        }
