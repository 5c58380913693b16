"""Batches that can't be decoded, served by a scripted broker: what they cost, and whom."""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

import pytest
from structlog.testing import capture_logs

from common.backoff import Backoff
from common.clock import SystemClock
from common.identity.principal import UserId
from tests.fakes.notification_log import FakeNotificationLog
from tests.fakes.records import FakeDeadLetters
from tests.support import record_batches
from tests.support.eventually import eventually
from tests.support.kafka_records import consuming, everything, redis_away, value
from tests.support.notification_logs import new_user
from tests.support.record_batches import CODEC_NUMBERS, NO_CODEC, record_batch
from tests.support.scripted_broker import Batch, ScriptedBroker, scripted_broker
from websocket_service.adapters.kafka_notifications import KafkaNotifications, TopicReading
from websocket_service.ingest.batch import BatchProcessor
from websocket_service.ingest.consumer import NotificationConsumer, Timings
from websocket_service.ingest.ports import Partition, UndecodableBatch
from websocket_service.ingest.records import InvalidReason
from websocket_service.metrics import IngestCounters

TOPIC = "notifications"
JOIN_S = 30.0
CORRUPT_MESSAGE, KAFKA_STORAGE_ERROR = 2, 56
Breaking = Callable[[bytes], bytes]


@dataclass(frozen=True, slots=True)
class World:
    """A consumer of the scripted broker, its log and dead letters in memory."""

    broker: ScriptedBroker
    log: FakeNotificationLog
    dead_letters: FakeDeadLetters
    counters: IngestCounters
    consumer: NotificationConsumer

    async def wait_committed(self, offset: int, partition: int = 0) -> None:
        """Wait until the group would read on from ``offset``."""
        await eventually(lambda: self.broker.committed.get(partition) == offset, within_s=JOIN_S)

    def letters(self) -> list[tuple[int, int, InvalidReason]]:
        """Return of each batch in the dead letters its offsets and what is wrong with it."""
        batches = [batch for batch, _ in self.dead_letters.records if isinstance(batch, UndecodableBatch)]
        assert len(batches) == len(self.dead_letters.records)
        return [(batch.offset, batch.last_offset, batch.invalid.reason) for batch in batches]


@asynccontextmanager
async def world_of(*partitions: Sequence[Batch], stalled_after_s: float = 30) -> AsyncIterator[World]:
    """Give a consumer that isn't running yet of a topic with these batches."""
    async with scripted_broker(TOPIC, partitions=len(partitions)) as broker:
        broker.partitions = {number: list(batches) for number, batches in enumerate(partitions)}
        reading = TopicReading(
            bootstrap_servers=broker.bootstrap,
            topic=TOPIC,
            group="group",
            fetch_max_wait_ms=10,
            stalled_after_s=stalled_after_s,
        )
        log, letters, counters, clock = FakeNotificationLog(), FakeDeadLetters(), IngestCounters(), SystemClock()
        processor = BatchProcessor(log, letters, counters=counters, clock=clock)
        timings = Timings(commit_s=0, backoff=Backoff(first_s=0.1, longest_s=0.2))
        consumer = NotificationConsumer(
            KafkaNotifications(reading, clock), processor, counters=counters, clock=clock, timings=timings
        )
        yield World(broker, log, letters, counters, consumer)


def batch_of(user: UserId, numbers: range, codec: int = NO_CODEC) -> Batch:
    """Return a batch of good records, at the offsets of their numbers."""
    content = record_batch([value(user, number) for number in numbers], base=numbers[0], codec=codec)
    return Batch(numbers[0], numbers[-1], [content])


def broken(batch: Batch, breaking: Breaking) -> Batch:
    """Return the batch as the broker would serve it broken."""
    return Batch(batch.base, batch.last, [breaking(batch.contents[0])])


def cut(batch: Batch, kept: int) -> Batch:
    """Return the batch of which the broker sends only the first ``kept`` bytes."""
    return Batch(batch.base, batch.last, [batch.contents[0][:kept]], is_cut=True)


WAYS: Sequence[object] = [
    pytest.param(NO_CODEC, record_batches.of_unknown_codec, InvalidReason.UNKNOWN_CODEC, id="unknown codec"),
    pytest.param(NO_CODEC, record_batches.of_broken_checksum, InvalidReason.BROKEN_CHECKSUM, id="checksum"),
    *(
        pytest.param(number, record_batches.of_cut_body, InvalidReason.BROKEN_BATCH, id=f"{name} cut short")
        for name, number in {"no codec": NO_CODEC, **CODEC_NUMBERS}.items()
    ),
]


@pytest.mark.parametrize(("codec", "breaking", "reason"), WAYS)
async def test_an_undecodable_batch_costs_itself_only(codec: int, breaking: Breaking, reason: InvalidReason) -> None:
    """It is a dead letter with its offsets after three fetches over two connections; all around it is told, once."""
    user, other = new_user(), new_user()
    bad = broken(batch_of(user, range(3, 6), codec), breaking)
    batches = [batch_of(user, range(3)), bad, batch_of(user, range(6, 9))]

    async with world_of(batches, [batch_of(other, range(2))]) as world:
        with capture_logs() as logs:
            async with consuming(world.consumer):
                await world.wait_committed(9)
                await world.wait_committed(2, partition=1)
                consuming_well = world.consumer.consuming

    assert await everything(world.log, user) == [0, 1, 2, 6, 7, 8]
    assert await everything(world.log, other) == [0, 1]
    assert world.letters() == [(3, 5, reason)]
    assert world.dead_letters.records[0][0] == UndecodableBatch(
        Partition(TOPIC, 0), 3, 5, bad.contents[0], world.dead_letters.records[0][1]
    )
    *_, consumers, second, third = bad.led_over
    assert second == third != consumers
    assert consuming_well
    assert (world.counters.dead_letters, world.counters.unaccounted) == ({reason: 1}, 0)
    assert world.counters.source_failures.total() == 0
    assert "notifications.broker_failed" not in {line["event"] for line in logs}


@pytest.mark.parametrize("kept", [-10, 61, 27, 26, 5])
async def test_a_batch_whose_end_the_broker_leaves_out(kept: int) -> None:
    """Cut in its records, behind its head, or in it, a batch is skipped as far as its head tells, and told as cut."""
    user = new_user()
    good, last = batch_of(user, range(2)), batch_of(user, range(5, 6))
    bad = cut(batch_of(user, range(2, 5)), kept)

    async with world_of([good, bad, last]) as world, consuming(world.consumer):
        await world.wait_committed(6)

    assert await everything(world.log, user) == [0, 1, 5]
    known_by_its_head = [(2, 4, InvalidReason.CUT_SHORT)]
    one_by_one = [(offset, offset, InvalidReason.CUT_SHORT) for offset in (2, 3, 4)]
    assert world.letters() == (known_by_its_head if kept not in {26, 5} else one_by_one)
    assert world.counters.unaccounted == 0


async def test_what_can_be_decoded_the_next_time_is_no_dead_letter() -> None:
    """Bytes that a wire broke come whole when they are fetched again."""
    user = new_user()
    whole = batch_of(user, range(3))
    once = Batch(0, 2, [record_batches.of_broken_checksum(whole.contents[0]), whole.contents[0]])

    async with world_of([once, batch_of(user, range(3, 5))]) as world, consuming(world.consumer):
        await world.wait_committed(5)

    assert await everything(world.log, user) == [0, 1, 2, 3, 4]
    assert world.letters() == []


async def test_a_head_that_lies_makes_no_good_record_skipped() -> None:
    """A broken batch that claims to reach into the next one is skipped offset by offset, up to where that begins."""
    user = new_user()
    bad = broken(batch_of(user, range(2)), lambda batch: record_batches.claiming(batch, last_offset_delta=3))

    async with world_of([bad, batch_of(user, range(2, 6))]) as world, consuming(world.consumer):
        await world.wait_committed(6)

    assert await everything(world.log, user) == [2, 3, 4, 5]
    assert [(first, last) for first, last, _ in world.letters()] == [(0, 0), (1, 1)]


async def test_the_other_partitions_go_on_while_a_batch_cannot_be_examined() -> None:
    """While the broker gives no second look, only the suspect's partition waits; when it does, that one goes on too."""
    user, other = new_user(), new_user()
    bad = broken(batch_of(user, range(2)), record_batches.of_broken_checksum)

    async with world_of([bad, batch_of(user, range(2, 4))], [batch_of(other, range(2))]) as world:
        world.broker.refuses = lambda _connection, partitions: partitions == [0]
        async with consuming(world.consumer):
            await world.wait_committed(2, partition=1)
            world.broker.partitions[1].append(batch_of(other, range(2, 4)))
            await world.wait_committed(4, partition=1)
            undecided = dict(world.broker.committed)
            world.broker.refuses = lambda _connection, _partitions: False
            await world.wait_committed(4)

    assert undecided == {1: 4}
    assert await everything(world.log, user) == [2, 3]
    assert await everything(world.log, other) == [0, 1, 2, 3]


@pytest.mark.parametrize("error", [CORRUPT_MESSAGE, KAFKA_STORAGE_ERROR])
async def test_a_partition_that_the_broker_refuses_is_told(error: int) -> None:
    """The others go on, health and figure tell that it stands, and it goes on by itself when the broker serves it."""
    user, other = new_user(), new_user()
    async with world_of([batch_of(user, range(2))], [batch_of(other, range(2))], stalled_after_s=0.5) as world:
        world.broker.errors[0] = error
        with capture_logs() as logs:
            async with consuming(world.consumer):
                await world.wait_committed(2, partition=1)
                await eventually(lambda: world.counters.stalled == 1, within_s=JOIN_S)
                consuming_well = world.consumer.consuming
                world.broker.errors.clear()
                await world.wait_committed(2)
                await eventually(lambda: world.consumer.consuming and world.counters.stalled == 0, within_s=JOIN_S)

    stalled = [line for line in logs if line["event"] == "notifications.partition_stalled"]
    assert ("warning", TOPIC, 0) in [(line["log_level"], line["topic"], line["partition"]) for line in stalled]
    assert not consuming_well
    assert await everything(world.log, user) == [0, 1]
    assert (world.letters(), world.counters.unaccounted) == ([], 0)


async def test_an_undecodable_batch_whose_letter_is_not_taken_is_not_passed() -> None:
    """Nothing is skipped without its dead letter: the partition waits for it, the others don't."""
    user, other = new_user(), new_user()
    bad = broken(batch_of(user, range(2)), record_batches.of_unknown_codec)

    async with world_of([bad, batch_of(user, range(2, 4))], [batch_of(other, range(2))]) as world:
        world.dead_letters.failure = redis_away()
        async with consuming(world.consumer):
            await eventually(lambda: world.counters.pauses.total() > 0, within_s=JOIN_S)
            await world.wait_committed(2, partition=1)
            passed = world.broker.committed.get(0)
            world.dead_letters.failure = None
            await world.wait_committed(4)

    assert passed is None
    assert world.letters() == [(0, 1, InvalidReason.UNKNOWN_CODEC)]
    assert world.counters.unaccounted == 0
