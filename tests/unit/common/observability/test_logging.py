"""One line an event, whoever logs it."""

import io
import json
import logging
import subprocess
import sys
from contextvars import Context
from functools import partial
from typing import BinaryIO
from uuid import UUID

import pytest
import structlog
from opentelemetry import trace
from pydantic import JsonValue

from common.correlation import bind_correlation_id
from common.observability.logging import LineWriter, configure_logging, log_processors
from tests.support.signing import hs_token

ID = UUID("3f1b4e1c-9a5e-4a53-9b47-0c6b0e6f2d11")


def logger_to(stream: BinaryIO, *, console: bool = False) -> structlog.typing.FilteringBoundLogger:
    """Return a logger as services have it, writing to ``stream``; nothing global is touched."""
    logger: structlog.typing.FilteringBoundLogger = structlog.wrap_logger(
        LineWriter(stream, "room"),
        processors=log_processors(service="test-service", console=console),
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
    )
    return logger


def only_line(stream: io.BytesIO) -> dict[str, JsonValue]:
    """Return the one event that was written."""
    (line,) = stream.getvalue().splitlines()
    event: dict[str, JsonValue] = json.loads(line)
    return event


def test_an_event_is_one_json_object_on_one_line() -> None:
    """With what every line tells, in front."""
    stream = io.BytesIO()

    Context().run(partial(logger_to(stream).info, "room.entered", who="lärare", seats=3, note="two\nlines"))

    event = only_line(stream)
    assert list(event)[:5] == ["timestamp", "level", "event", "service", "logger"]
    assert str(event.pop("timestamp")).endswith("+00:00")
    assert event == {
        "level": "info",
        "event": "room.entered",
        "service": "test-service",
        "logger": "room",
        "who": "lärare",
        "seats": 3,
        "note": "two\nlines",
    }


def test_a_line_tells_the_requests_correlation_id() -> None:
    """The bound one; the caller's own word wins."""
    stream, other = io.BytesIO(), io.BytesIO()
    context = Context()
    context.run(bind_correlation_id, ID)

    context.run(logger_to(stream).info, "room.entered")
    context.run(logger_to(other).info, "room.entered", correlation_id="told")

    assert only_line(stream)["correlation_id"] == str(ID)
    assert only_line(other)["correlation_id"] == "told"


def test_a_line_tells_the_trace_it_belongs_to() -> None:
    """So that logs and traces meet."""
    stream = io.BytesIO()
    span = trace.NonRecordingSpan(trace.SpanContext(0xABC, 0xDEF, is_remote=False))

    with trace.use_span(span):
        logger_to(stream).info("room.entered")

    assert only_line(stream)["trace_id"] == f"{0xABC:032x}"
    assert only_line(stream)["span_id"] == f"{0xDEF:016x}"


def test_lesser_events_are_dropped() -> None:
    """By the level."""
    stream = io.BytesIO()

    logger_to(stream).debug("room.whispered")

    assert stream.getvalue() == b""


def test_an_exception_is_told_with_its_stack_and_without_credentials() -> None:
    """Its text may quote what it failed on."""
    stream, token = io.BytesIO(), hs_token()
    logger = logger_to(stream)

    try:
        UUID(token)
    except ValueError as error:
        error.add_note(token)
        logger.exception("room.fell", token=token)

    written = stream.getvalue().decode()
    assert "Traceback" in written
    assert "ValueError" in written
    assert token not in written
    assert token.split(".")[1] not in written


@pytest.mark.parametrize("fact", [2**70, "\ud800", {2**70: "\udfff"}, float("nan"), object(), b"\xff"])
def test_no_fact_makes_logging_fail(fact: object) -> None:
    """A line may look odd; a request must not fail for it."""
    stream = io.BytesIO()

    logger_to(stream).info("room.odd", fact=fact)

    assert only_line(stream)["event"] == "room.odd"


class FullDisk(io.BytesIO):
    """A stream that can't be written."""

    def write(self, _: object) -> int:
        """Fail as the kernel does."""
        raise OSError(28, "No space left on device")


def test_a_full_disk_fails_no_request() -> None:
    """The line is lost, nothing else."""
    logger_to(FullDisk()).info("room.entered")
    closed = io.BytesIO()
    closed.close()
    logger_to(closed).info("room.entered")


def test_a_person_at_a_terminal_reads_plain_words() -> None:
    """The same facts, the same redaction."""
    stream = io.BytesIO()

    logger_to(stream, console=True).info("room.entered", who="lärare", token="opaque")

    line = stream.getvalue().decode()
    assert "room.entered" in line
    assert "lärare" in line
    assert "opaque" not in line


PROGRAM = """
import asyncio, logging, warnings, structlog
from common.observability.logging import configure_logging

early = structlog.get_logger("early")
configure_logging({level!r}, service="test-service")
early.info("ours.informed")
logging.getLogger("hypercorn.error").warning("GET /ws?token=%s", "opaque-credential")
logging.getLogger("hypercorn.error").info("Running on")
logging.getLogger("aiokafka.consumer").error("lost %s", "contact", exc_info=OSError("gone"))
logging.getLogger("careless").warning("%d", "not a number")
logging.getLogger("careless").warning({{"an": "object"}})
warnings.warn("old habits", DeprecationWarning, stacklevel=1)

async def main():
    asyncio.get_running_loop().call_exception_handler({{"message": "orphan failed"}})

asyncio.run(main())
"""


def written_by(level: str) -> list[dict[str, JsonValue]]:
    """Return what a process logs that configures logging at ``level``."""
    command = [sys.executable, "-W", "default", "-c", PROGRAM.format(level=level)]
    ended = subprocess.run(command, capture_output=True, check=True)
    assert ended.stderr == b""
    return [json.loads(line) for line in ended.stdout.splitlines()]


def test_libraries_log_the_same_way() -> None:
    """Hypercorn, aiokafka, asyncio and Python's own warnings: JSON, redacted, from WARNING on."""
    events = written_by("INFO")

    assert [(event["logger"], event["event"]) for event in events if event["logger"] != "py.warnings"] == [
        ("early", "ours.informed"),
        ("hypercorn.error", "GET /ws?token=***"),
        ("common.observability.kafka_client_logs", "kafka.client_warned"),
        ("careless", "%d"),
        ("careless", "{'an': 'object'}"),
        ("asyncio", "orphan failed"),
    ]
    assert any("old habits" in str(event["event"]) for event in events)
    assert {event["service"] for event in events} == {"test-service"}
    assert any("OSError: gone" in str(event.get("exception")) for event in events)


def test_debugging_hears_libraries_out() -> None:
    """At DEBUG everything is told."""
    assert any(event["event"] == "Running on" for event in written_by("DEBUG"))


def test_an_unknown_level_is_an_error() -> None:
    """Not silence."""
    with pytest.raises(KeyError):
        configure_logging("LOUD", service="test-service")
