"""Whatever happens to a log, a reader who comes back is told the truth."""

from dataclasses import dataclass, field

from hypothesis import given, settings
from hypothesis import strategies as st

from common.identity.principal import UserId
from common.notification_log import Cursor, Entry, Gap, NotificationLog, Outcome, Page
from tests.support.notification_logs import KEPT, LogWorld, new_user, position
from tests.support.writing import append_many, number_of

Step = tuple[str, int]
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("append"), st.integers(1, KEPT + 2)),
        st.tuples(st.just("read"), st.integers(1, KEPT + 1)),
        st.tuples(st.just("see"), st.integers(0, 20)),
        st.tuples(st.just("expire"), st.just(0)),
        st.tuples(st.just("wipe"), st.just(0)),
        st.tuples(st.just("lose"), st.integers(1, KEPT)),
    ),
    max_size=25,
)


@dataclass(slots=True)
class Told:
    """One complete answer, all its pages together."""

    outcome: Outcome
    gap: Gap | None
    numbers: list[int]


@dataclass(slots=True)
class Truth:
    """What happened to a log, as a list that forgets nothing."""

    history: list[tuple[Cursor, int]] = field(default_factory=list)
    lost: int = 0

    def append(self, cursors: list[Cursor], first: int) -> None:
        """Note new entries, and that only the newest are kept."""
        self.history += [(cursor, first + index) for index, cursor in enumerate(cursors)]
        self.lost = max(self.lost, len(self.history) - KEPT)

    def expected(self, cursor: Cursor, epoch: str) -> Told:
        """Return what a reader with that cursor must be told in this epoch."""
        kept = self.history[self.lost :]
        numbers = [number for _, number in kept]
        if cursor.epoch != epoch:
            return Told(Outcome.RESET, None, numbers)
        if _place(cursor) > max((_place(at) for at, _ in self.history), default=(0, 0)):
            return Told(Outcome.RESET, None, [])
        missed = [at for at, _ in self.history[: self.lost] if _place(at) > _place(cursor)]
        if missed:
            return Told(Outcome.GAP, Gap(cursor, missed[-1]), numbers)
        return Told(Outcome.RESUMED, None, [number for at, number in kept if _place(at) > _place(cursor)])


class Drill:
    """A user's log, one of her devices that comes and goes, and the truth about both."""

    def __init__(self, world: LogWorld) -> None:
        self.world = world
        self.log: NotificationLog = world.log
        self.user: UserId = new_user()
        self.truth = Truth()
        self.got: list[int] = []
        self.appended = 0

    async def run(self, steps: list[Step]) -> None:
        """Do the steps, checking every answer."""
        self.cursor = await position(self.log, self.user)
        for name, amount in (*steps, ("read", 1)):
            match name:
                case "append":
                    self.truth.append(await self._append(amount), self.appended - amount)
                case "read":
                    await self._read(amount)
                case "see":
                    await self._see(amount)
                case "expire":
                    await self.world.expire_entries(self.user)
                    self.truth.lost = len(self.truth.history)
                case "wipe":
                    await self.world.wipe(self.user)
                    self.truth = Truth()
                case "lose":
                    await self._lose(amount)

    async def _append(self, count: int) -> list[Cursor]:
        cursors = await append_many(self.log, self.user, count=count, first=self.appended)
        self.appended += count
        return cursors

    async def _read(self, limit: int) -> None:
        """Read on to the end: the answer is the expected one, and nothing comes a second time."""
        epoch = (await position(self.log, self.user)).epoch
        expected = self.truth.expected(self.cursor, epoch)

        told = await self._all_pages(limit)

        assert told == expected
        assert not set(told.numbers) & set(self.got)
        self.got += told.numbers

    async def _all_pages(self, limit: int) -> Told:
        first = page = await self.log.read_after(self.user, self.cursor, limit=limit)
        entries: list[Entry] = list(page.entries)
        while page.more:
            page = await self.log.read_after(self.user, page.cursor, limit=limit)
            assert page.outcome is Outcome.RESUMED
            entries += page.entries
        self.cursor = page.cursor
        return Told(first.outcome, first.gap, [number_of(entry) for entry in entries])

    async def _see(self, index: int) -> None:
        """Mark an entry as seen: the mark never moves back, and the count is of what is kept after it."""
        if not self.truth.history:
            return
        cursor, _ = self.truth.history[index % len(self.truth.history)]
        before: Page = await self.log.read_latest(self.user)

        seen = await self.log.mark_seen(self.user, cursor)

        kept = self.truth.history[self.truth.lost :]
        assert _place(seen.cursor) == max(_place(before.seen.cursor), _place(cursor))
        assert seen.unread == len([at for at, _ in kept if _place(at) > _place(seen.cursor)])

    async def _lose(self, count: int) -> None:
        """Append, let the device read it, and go back to before: a server that lost its tail."""
        restore = await self.world.snapshot(self.user)
        truth = Truth(list(self.truth.history), self.truth.lost)
        self.truth.append(await self._append(count), self.appended - count)
        await self._read(KEPT)
        await restore()
        await self.world.tick()
        self.truth = truth


def _place(cursor: Cursor) -> tuple[int, int]:
    return cursor.ms, cursor.seq


@settings(max_examples=60, deadline=None)
@given(steps=STEPS)
async def test_a_reader_is_told_the_truth(world: LogWorld, steps: list[Step]) -> None:
    """Under random appends, trims, expiries, wipes and losses, every answer is right and nothing comes twice."""
    await Drill(world).run(steps)
