"""What Prometheus sees of the records."""

from prometheus_client import CollectorRegistry, generate_latest

from common.clock import SystemClock
from tests.fakes.notification_log import FakeNotificationLog
from tests.fakes.records import FakeDeadLetters
from tests.support.kafka_records import value
from tests.support.notification_logs import new_user
from websocket_service.ingest.batch import BatchProcessor
from websocket_service.ingest.ports import Partition, Record
from websocket_service.ingest.records import InvalidReason
from websocket_service.metrics import INGEST, CountersCollector, IngestCounters


async def test_every_count_is_shown_and_no_user() -> None:
    """After one good and one bad record the samples say so, reasons without any too; nobody's id is in them."""
    counters, user, partition = IngestCounters(tuple(InvalidReason)), new_user(), Partition("t", 0)
    registry = CollectorRegistry()
    registry.register(CountersCollector(counters, INGEST))
    processor = BatchProcessor(FakeNotificationLog(), FakeDeadLetters(), counters=counters, clock=SystemClock())
    records = [Record(partition, 0, None, value(user)), Record(partition, 1, None, b"poison")]

    await processor.process({partition: records}, decided_below={}, may_continue=lambda: True)

    shown = generate_latest(registry).decode()
    assert [line for line in shown.splitlines() if line.startswith(("feed_records", "feed_unaccounted"))] == [
        "feed_records_consumed_total 2.0",
        "feed_records_appended_total 1.0",
        "feed_records_published_total 1.0",
        "feed_records_duplicate_total 0.0",
        'feed_records_dead_lettered_total{reason="no_value"} 0.0',
        'feed_records_dead_lettered_total{reason="too_large"} 0.0',
        'feed_records_dead_lettered_total{reason="not_json"} 1.0',
        'feed_records_dead_lettered_total{reason="wrong_schema"} 0.0',
        'feed_records_dead_lettered_total{reason="unexpected"} 0.0',
        'feed_records_dead_lettered_total{reason="unknown_codec"} 0.0',
        'feed_records_dead_lettered_total{reason="broken_checksum"} 0.0',
        'feed_records_dead_lettered_total{reason="cut_short"} 0.0',
        'feed_records_dead_lettered_total{reason="broken_batch"} 0.0',
        "feed_records_put_back_total 0.0",
        "feed_records_in_hand 0.0",
        "feed_unaccounted 0.0",
        "feed_records_expired_total 0.0",
    ]
    assert user not in shown
