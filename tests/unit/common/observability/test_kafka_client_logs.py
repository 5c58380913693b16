"""What aiokafka logs is told as two events, and no more often than once a minute."""

import logging
import re
from collections.abc import Iterator
from io import StringIO
from pathlib import Path

import aiokafka
import pytest
from structlog.typing import EventDict

from common.observability.kafka_client_logs import GROUP_CHANGES, REPEATED_AFTER_S, KafkaClientLogs
from tests.fakes.clock import FakeClock
from tests.support.kafka_client_logs import kafka_client_logs

REBALANCING = "Heartbeat failed for group %s because it is rebalancing"
CLIENT = logging.getLogger("aiokafka.any")
AWAY = 'Unable connect to "%s:%s": %s'


@pytest.fixture
def clock() -> FakeClock:
    """The time."""
    return FakeClock()


@pytest.fixture
def logged(clock: FakeClock) -> Iterator[list[EventDict]]:
    """What the process logs."""
    with kafka_client_logs(clock.monotonic) as events:
        yield events


def test_a_rebalance_is_no_warning(logged: list[EventDict]) -> None:
    """One info line, however many heartbeats notice it."""
    for _ in range(5):
        CLIENT.warning(REBALANCING, "group")

    assert logged == [
        {
            "event": "kafka.group_changes",
            "log_level": "info",
            "remark": "Heartbeat failed for group group because it is rebalancing",
            "dropped": 0,
        }
    ]


def test_a_broker_that_is_away_is_told_once_a_minute(logged: list[EventDict], clock: FakeClock) -> None:
    """With how often it was said meanwhile; another remark is told at once."""
    for _ in range(3):
        CLIENT.error(AWAY, "broker", 9092, "refused")
    CLIENT.error("Unable to update metadata from %s", [0])
    clock.advance(REPEATED_AFTER_S)
    CLIENT.error(AWAY, "broker", 9092, "refused")

    assert [(line["event"], line["log_level"], line["remark"], line["dropped"]) for line in logged] == [
        ("kafka.client_warned", "warning", 'Unable connect to "broker:9092": refused', 0),
        ("kafka.client_warned", "warning", "Unable to update metadata from [0]", 0),
        ("kafka.client_warned", "warning", 'Unable connect to "broker:9092": refused', 2),
    ]


def test_what_is_no_warning_goes_where_all_libraries_lines_go(logged: list[EventDict]) -> None:
    """It is there at LOG_LEVEL=DEBUG."""
    written = StringIO()
    record = logging.LogRecord("aiokafka", logging.DEBUG, "", 0, "Joining %s", ("group",), None)

    KafkaClientLogs(logging.StreamHandler(written)).emit(record)

    assert written.getvalue() == "Joining group\n"
    assert logged == []


def test_aiokafka_words_its_remarks_as_we_know_them() -> None:
    """Another version may word them anew, and would warn of rebalances again."""
    package = Path(aiokafka.__file__).parent
    source = "".join(path.read_text("utf-8") for path in package.rglob("*.py"))
    in_one_piece = re.sub(r'"\n\s*"', "", source)

    assert [text for text in GROUP_CHANGES if f'"{text}"' not in in_one_piece] == []
