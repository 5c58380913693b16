"""A consumer of notifications between fakes."""

from common.backoff import EQUAL_JITTER, Backoff
from common.contracts.envelope import TEACHER_NOTIFICATION_TOPIC
from tests.fakes.clock import FakeClock
from tests.fakes.notification_log import FakeNotificationLog
from tests.fakes.records import FakeDeadLetters, FakeRecordSource
from tests.support.eventually import eventually
from websocket_service.ingest.batch import BatchProcessor
from websocket_service.ingest.consumer import NotificationConsumer, Timings
from websocket_service.ingest.ports import Partition
from websocket_service.metrics import IngestCounters

HERE = Partition(TEACHER_NOTIFICATION_TOPIC, 0)


THERE = Partition(TEACHER_NOTIFICATION_TOPIC, 1)


TIMINGS = Timings(fetch_wait_s=0.01, backoff=Backoff(first_s=1.0, longest_s=4.0, jitter=EQUAL_JITTER), commit_s=0)


class World:
    """A consumer between fakes."""

    def __init__(self, timings: Timings = TIMINGS) -> None:
        self.clock = FakeClock()
        self.source = FakeRecordSource(batch_records=2)
        self.log = FakeNotificationLog(clock=self.clock)
        self.dead_letters = FakeDeadLetters()
        self.counters = IngestCounters()
        processor = BatchProcessor(self.log, self.dead_letters, counters=self.counters, clock=self.clock)
        self.consumer = NotificationConsumer(
            self.source, processor, counters=self.counters, clock=self.clock, timings=timings
        )

    async def pauses(self, count: int) -> None:
        """Wait until that many pauses were begun."""
        await eventually(lambda: self.counters.pauses.total() >= count)

    async def wait_committed(self, offset: int) -> None:
        """Wait until the group would read on from ``offset``."""
        await eventually(lambda: self.source.committed.get(HERE) == offset)
