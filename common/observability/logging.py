"""Logs: one JSON object a line on standard output, or a readable form in a terminal.

What libraries log through :mod:`logging` goes the same way: correlation id, redaction, JSON. At INFO and above they
are logged from WARNING on, because their lesser events are about themselves and not about requests. Of aiokafka even
those are: :mod:`common.observability.kafka_client_logs`.
"""

import json
import logging
import sys
from datetime import UTC, datetime
from typing import BinaryIO

import orjson
import structlog
from opentelemetry import trace
from structlog.typing import EventDict, Processor, WrappedLogger

from common.correlation import bound_correlation_id
from common.observability.kafka_client_logs import KafkaClientLogs, tell_kafka_client_apart
from common.redaction import redact_event


def configure_logging(level: str, *, service: str, console: bool = False, output: BinaryIO | None = None) -> None:
    """Send every log of this process through one chain of processors to ``output``.

    Args:
        level: ``DEBUG``, ``INFO``, ``WARNING``, ``ERROR`` or ``CRITICAL``; lesser events are dropped unformatted.
        service: the service's name, on each line.
        console: lines for a person at a terminal instead of JSON.
        output: where lines go; standard output by default.
    """
    threshold = logging.getLevelNamesMapping()[level.upper()]
    stream = sys.stdout.buffer if output is None else output
    structlog.configure(
        processors=log_processors(service=service, console=console),
        wrapper_class=structlog.make_filtering_bound_logger(threshold),
        logger_factory=lambda name="": LineWriter(stream, name),
        cache_logger_on_first_use=True,
    )
    logging.captureWarnings(capture=True)
    libraries = LibraryLogs()
    logging.basicConfig(
        level=threshold if threshold < logging.INFO else max(threshold, logging.WARNING),
        handlers=[libraries],
        force=True,
    )
    tell_kafka_client_apart(KafkaClientLogs(libraries))


def log_processors(*, service: str, console: bool) -> list[Processor]:
    """Return what an event passes through before it is a line."""
    facts: list[Processor] = [
        structlog.processors.format_exc_info,
        _redact,
        EventFacts(service),
    ]
    if console:
        return [*facts, ConsoleLine()]
    return [*facts, _as_json]


class LineWriter:
    """Writes whole lines. One that can't be written is dropped: a full disk must not fail a request."""

    def __init__(self, stream: BinaryIO, name: str) -> None:
        self.name = name
        self._stream = stream

    def msg(self, line: bytes) -> None:
        """Write ``line``."""
        try:
            self._stream.write(line + b"\n")
            self._stream.flush()
        except (OSError, ValueError):
            return

    debug = info = warning = error = critical = exception = msg


class LibraryLogs(logging.Handler):
    """Turns the records of :mod:`logging` into events."""

    def emit(self, record: logging.LogRecord) -> None:
        """Log ``record``; one whose arguments don't fit its format is logged by its format."""
        try:
            message = record.getMessage()
        except (TypeError, ValueError):
            message = str(record.msg)
        logger = structlog.get_logger(record.name)
        logger.log(max(record.levelno, logging.DEBUG), message, exc_info=record.exc_info)


class EventFacts:
    """Adds what every line has: time, level, service, logger, correlation and trace id."""

    def __init__(self, service: str) -> None:
        self._service = service

    def __call__(self, logger: WrappedLogger, method: str, event: EventDict) -> EventDict:
        """Return ``event`` with these facts in front; the caller's own word wins."""
        facts: EventDict = {
            "timestamp": datetime.now(UTC).isoformat(timespec="microseconds"),
            "level": method,
            "event": "",
            "service": self._service,
        }
        if logger.name:
            facts["logger"] = logger.name
        if "correlation_id" not in event and (bound := bound_correlation_id()) is not None:
            facts["correlation_id"] = str(bound)
        if (span := trace.get_current_span().get_span_context()).is_valid:
            facts["trace_id"] = trace.format_trace_id(span.trace_id)
            facts["span_id"] = trace.format_span_id(span.span_id)
        return {**facts, **event}


class ConsoleLine:
    """Renders an event for a person at a terminal."""

    def __init__(self) -> None:
        self._render = structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)

    def __call__(self, logger: WrappedLogger, method: str, event: EventDict) -> bytes:
        """Return the line."""
        return str(self._render(logger, method, event)).encode("utf-8", "backslashreplace")


def _redact(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    return redact_event(event)


def _as_json(_logger: WrappedLogger, _method: str, event: EventDict) -> bytes:
    try:
        return orjson.dumps(event)
    except TypeError:  # lone surrogates and integers over 64 bits
        return json.dumps(event, default=repr).encode()
