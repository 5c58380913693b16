"""What becomes of one batch of records."""

from collections.abc import Sequence
from datetime import timedelta
from uuid import uuid4

import orjson
import pytest
from pydantic import JsonValue
from structlog.testing import capture_logs

from common.contracts.envelope import TEACHER_NOTIFICATION_TOPIC
from common.errors.exceptions import HuleEduError
from common.identity.principal import UserId
from common.notification_log import AppendOutcome, NewEntry
from tests.fakes.clock import FakeClock
from tests.fakes.notification_log import FakeNotificationLog
from tests.fakes.records import FakeDeadLetters
from tests.support.kafka_records import CORRELATION, envelope, everything, redis_away, value
from tests.support.notification_logs import new_user
from websocket_service.ingest.batch import ENTRIES_A_TRIP, TRIP_BYTES, BatchProcessor, PartitionProgress
from websocket_service.ingest.ports import Partition, Record, UndecodableBatch
from websocket_service.ingest.records import InvalidReason, InvalidRecord
from websocket_service.metrics import IngestCounters

HERE = Partition(TEACHER_NOTIFICATION_TOPIC, 0)
THERE = Partition(TEACHER_NOTIFICATION_TOPIC, 1)


class World:
    """A batch processor between fakes."""

    def __init__(self) -> None:
        self.clock = FakeClock()
        self.log = FakeNotificationLog(clock=self.clock)
        self.dead_letters = FakeDeadLetters()
        self.counters = IngestCounters()
        self.processor = BatchProcessor(self.log, self.dead_letters, counters=self.counters, clock=self.clock)

    async def process(
        self, *values: bytes | None, decided_below: int = 0, may_continue: bool = True
    ) -> PartitionProgress:
        """Take one partition's batch of these values, from offset 10 on."""
        progress = await self.processor.process(
            {HERE: records(HERE, values)},
            decided_below={HERE: decided_below},
            may_continue=lambda: may_continue,
        )
        return progress[HERE]


def records(partition: Partition, values: Sequence[bytes | None], *, first: int = 10) -> list[Record]:
    """Return records with these values and consecutive offsets."""
    return [Record(partition, first + index, None, content) for index, content in enumerate(values)]


@pytest.fixture
def world() -> World:
    """A new batch processor between fakes."""
    return World()


async def test_good_records_go_into_their_users_logs_in_order(world: World) -> None:
    """Each user's records arrive in the partition's order, and all of the batch is decided."""
    one, other = new_user(), new_user()

    progress = await world.process(value(one, 1), value(other, 2), value(one, 3), value(other, 4), value(one, 5))

    assert progress == PartitionProgress(15)
    assert await everything(world.log, one) == [1, 3, 5]
    assert await everything(world.log, other) == [2, 4]
    assert (world.counters.consumed, world.counters.appended, world.counters.published) == (5, 5, 5)


async def test_an_event_delivered_twice_is_told_once(world: World) -> None:
    """The second record of an event id is decided as a duplicate."""
    user, event_id = new_user(), uuid4()

    progress = await world.process(value(user, 1, event_id=event_id), value(user, 1, event_id=event_id))

    assert progress == PartitionProgress(12)
    assert await everything(world.log, user) == [1]
    assert (world.counters.appended, world.counters.duplicates) == (1, 1)


async def test_a_row_relayed_twice_is_told_once(world: World) -> None:
    """Under another event id, the same data is a duplicate; data of another time is another event."""
    user = new_user()
    click, again = envelope(user, 1), envelope(user, 1)
    data = click["data"]
    assert isinstance(data, dict)
    another = envelope(user, 1) | {"data": data | {"timestamp": "2026-03-02T08:00:01Z"}}

    await world.process(*map(orjson.dumps, (click, again, another)))

    assert await everything(world.log, user) == [1, 1]
    assert (world.counters.appended, world.counters.duplicates, world.counters.unaccounted) == (2, 1, 0)


async def test_a_poisoned_record_is_buried_and_the_good_ones_around_it_told(world: World) -> None:
    """A bad record holds nobody up, and the whole of it is kept with its reason."""
    user = new_user()

    progress = await world.process(value(user, 1), b"poison", None, value(user, 2))

    assert progress == PartitionProgress(14)
    assert await everything(world.log, user) == [1, 2]
    assert [(record, invalid.reason) for record, invalid in world.dead_letters.records] == [
        (Record(HERE, 11, None, b"poison"), InvalidReason.NOT_JSON),
        (Record(HERE, 12, None, None), InvalidReason.NO_VALUE),
    ]
    assert world.counters.dead_letters == {InvalidReason.NOT_JSON: 1, InvalidReason.NO_VALUE: 1}


class Puzzling(bytes):
    """A value at which our own code fails."""

    def __len__(self) -> int:
        """Fail."""
        raise ArithmeticError


async def test_a_record_at_which_we_fail_is_buried(world: World) -> None:
    """A bug costs the record that shows it, and neither those behind it nor the replica."""
    user = new_user()

    with capture_logs() as lines:
        progress = await world.process(value(user, 1), Puzzling(), value(user, 2))

    assert progress == PartitionProgress(13)
    assert await everything(world.log, user) == [1, 2]
    assert world.counters.dead_letters[InvalidReason.UNEXPECTED] == 1
    assert [line["offset"] for line in lines if line["event"] == "notification.not_parsed"] == [11]


async def test_a_batch_that_cannot_be_decoded_is_one_letter(world: World) -> None:
    """It is sent as it came and counts as one record; what is decided reaches to its last offset."""
    batch = UndecodableBatch(
        HERE, 10, 14, b"bytes", InvalidRecord(InvalidReason.UNKNOWN_CODEC, "UnsupportedCodecError", "7")
    )

    first = await world.processor.process({HERE: [batch]}, decided_below={}, may_continue=lambda: True)
    again = await world.processor.process({HERE: [batch]}, decided_below={HERE: 15}, may_continue=lambda: True)

    assert (first, again) == ({HERE: PartitionProgress(15)}, {HERE: PartitionProgress(15)})
    assert world.dead_letters.records == [(batch, batch.invalid)]
    assert (world.counters.consumed, world.counters.dead_letters.total(), world.counters.duplicates) == (2, 1, 1)
    assert world.counters.unaccounted == 0


async def test_an_invalid_record_read_again_is_not_sent_again(world: World) -> None:
    """Under the offset that is known as decided, an invalid record has its dead letter already."""
    progress = await world.process(b"poison", b"poison", decided_below=11)

    assert progress == PartitionProgress(12)
    assert [record.offset for record, _ in world.dead_letters.records] == [11]
    assert (world.counters.duplicates, world.counters.dead_letters.total()) == (1, 1)


async def test_a_log_that_is_away_leaves_the_records(world: World) -> None:
    """Nothing is decided past the first record that could not be appended, and the failure is told."""
    world.log.failure = redis_away()

    progress = await world.process(value(new_user()), value(new_user()))

    assert progress == PartitionProgress(10, world.log.failure, stopped=True)
    assert world.counters.deferred == 2


async def test_a_dead_letter_that_is_not_confirmed_leaves_the_record(world: World) -> None:
    """A record is decided only once its letter is safe."""
    world.dead_letters.failure = redis_away()

    progress = await world.process(value(new_user()), b"poison", value(new_user()))

    assert progress.offset == 11
    assert progress.stopped
    assert world.counters.dead_letters.total() == 0


async def test_one_partitions_failure_is_not_anothers(world: World) -> None:
    """Partitions progress apart."""
    world.dead_letters.failure = redis_away()
    user = new_user()
    batch = {HERE: records(HERE, [b"poison"]), THERE: records(THERE, [value(user, 1)])}

    progress = await world.processor.process(batch, decided_below={}, may_continue=lambda: True)

    assert progress[HERE].stopped
    assert progress[THERE] == PartitionProgress(11)
    assert await everything(world.log, user) == [1]


async def test_without_patience_the_records_are_left(world: World) -> None:
    """Past its deadline, the processor defers what it has not begun, and reports no failure."""
    progress = await world.process(value(new_user()), b"poison", may_continue=False)

    assert progress == PartitionProgress(10, None, stopped=True)
    assert world.dead_letters.records == []


@pytest.mark.parametrize("log_away", [True, False])
@pytest.mark.parametrize("may_continue", [True, False])
async def test_every_record_is_accounted_for(world: World, *, log_away: bool, may_continue: bool) -> None:
    """Consumed is the sum of appended, duplicate, dead-lettered and deferred, and nothing stays in flight."""
    world.log.failure = redis_away() if log_away else None
    event_id, user = uuid4(), new_user()
    twice = value(user, event_id=event_id)

    await world.process(twice, twice, b"poison", None, value(new_user()), may_continue=may_continue)

    assert world.counters.consumed == 5
    assert world.counters.in_flight == 0
    assert world.counters.unaccounted == 0


async def test_an_event_is_logged_under_its_own_correlation_id(world: World) -> None:
    """Each line has the id its event came with, whichever events go into the log on the same trip."""
    others = str(uuid4())
    other = orjson.dumps(envelope(new_user(), 2) | {"correlation_id": others})

    with capture_logs() as lines:
        await world.process(value(new_user(), 1), other)

    assert [line["correlation_id"] for line in lines] == [str(CORRELATION), others]


async def test_a_trip_has_one_record_of_a_user_at_most() -> None:
    """A trip that fails in part can't so turn a user's records around; two partitions' are under way apart."""
    trips: list[list[UserId]] = []

    class Log(FakeNotificationLog):
        async def append_each(self, entries: Sequence[NewEntry]) -> Sequence[AppendOutcome | HuleEduError]:
            trips.append([entry.user_id for entry in entries])
            return await super().append_each(entries)

    processor = BatchProcessor(Log(), FakeDeadLetters(), counters=IngestCounters(), clock=FakeClock())
    users = [new_user() for _ in range(ENTRIES_A_TRIP + 1)]

    batch = records(HERE, [value(user, number) for number in range(2) for user in users])
    await processor.process({HERE: batch}, decided_below={}, may_continue=lambda: True)

    assert all(len(set(trip)) == len(trip) <= ENTRIES_A_TRIP for trip in trips)
    assert sorted(user for trip in trips for user in trip) == sorted([*users, *users])


async def test_a_trip_of_large_records_is_short() -> None:
    """Redis serves nobody else while it appends."""
    sizes: list[int] = []

    class Log(FakeNotificationLog):
        async def append_each(self, entries: Sequence[NewEntry]) -> Sequence[AppendOutcome | HuleEduError]:
            sizes.append(sum(len(entry.message) for entry in entries[:-1]))
            return await super().append_each(entries)

    processor = BatchProcessor(Log(), FakeDeadLetters(), counters=IngestCounters(), clock=FakeClock())
    large = [orjson.dumps(_padded(envelope(new_user(), 1), TRIP_BYTES // 2)) for _ in range(6)]

    await processor.process({HERE: records(HERE, large)}, decided_below={}, may_continue=lambda: True)

    assert len(sizes) >= 3
    assert max(sizes) < TRIP_BYTES


def _padded(facts: dict[str, JsonValue], size: int) -> dict[str, JsonValue]:
    data = facts["data"]
    assert isinstance(data, dict)
    return facts | {"data": data | {"payload": {"pad": "x" * size}}}


async def test_one_refused_record_stops_its_partition_alone(world: World) -> None:
    """The store's refusal of one entry of a trip is that entry's."""
    refused, fine, elsewhere = new_user(), new_user(), new_user()

    class Log(FakeNotificationLog):
        async def append_each(self, entries: Sequence[NewEntry]) -> Sequence[AppendOutcome | HuleEduError]:
            outcomes = await super().append_each([entry for entry in entries if entry.user_id != refused])
            others = iter(outcomes)
            return [redis_away() if entry.user_id == refused else next(others) for entry in entries]

    processor = BatchProcessor(Log(), FakeDeadLetters(), counters=world.counters, clock=world.clock)
    batch = {
        HERE: records(HERE, [value(fine), value(refused), value(refused)]),
        THERE: records(THERE, [value(elsewhere)]),
    }

    progress = await processor.process(batch, decided_below={}, may_continue=lambda: True)

    assert (progress[HERE].offset, progress[HERE].stopped) == (11, True)
    assert progress[THERE] == PartitionProgress(11)
    assert (world.counters.appended, world.counters.deferred, world.counters.unaccounted) == (2, 2, 0)


async def test_the_age_of_an_event_is_measured_when_it_is_logged(world: World) -> None:
    """The histogram runs from the event's own time to its entry; a clock behind the producer's counts as none."""
    world.clock.advance(2.0)
    await world.process(value(new_user()))
    world.clock.advance(-timedelta(days=1).total_seconds())
    await world.process(value(new_user()))

    assert world.counters.event_to_log_s.total == 2.0
