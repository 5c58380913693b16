"""The line that each request leaves in the log."""

from uuid import UUID

import pytest
from structlog.testing import capture_logs

from common.web.middleware.access_log import AccessLog, redact_query
from common.web.middleware.request_record import RequestRecord

CORRELATION_ID = UUID("7f0c2f0e-3c54-4d53-9d5a-2d3f5a5f1c11")


@pytest.mark.parametrize(
    ("query", "told"),
    [
        (b"", ""),
        (b"limit=10&offset=20", "limit=10&offset=20"),
        (b"token=SECRET", "token=***"),
        (b"ticket=SECRET&limit=1", "ticket=***&limit=1"),
        (b"cursor=PLACE&after=PLACE&last-event-id=PLACE", "cursor=***&after=***&last-event-id=***"),
        (b"email=a@b.se&user_email=a%40b.se&E-Mail=a@b.se", "email=***&user_email=***&E-Mail=***"),
        (b"hereafter=1&cursors=2&status=ready", "hereafter=1&cursors=2&status=ready"),
        (b"a=1&TOKEN=SECRET", "a=1&TOKEN=***"),
        (b"a=1;token=SECRET;b=2", "a=1;token=***;b=2"),
        (b"%74oken=SECRET", "%74oken=***"),
        (b"a=1&tok%65n=SEC%26RET", "a=1&tok%65n=***"),
        (b"access_token=SECRET", "access_token=***"),
        (b"token=SECRET&token=SECRET", "token=***&token=***"),
        (b"refresh_token=SECRET", "refresh_token=***"),
        (b"api-key=SECRET&password=SECRET", "api-key=***&password=***"),
        (b"token", "token"),
        (b"\xff=\xfe", "ÿ=þ"),
    ],
)
def test_credentials_in_queries_are_hidden(query: bytes, told: str) -> None:
    """However a name is spelled, its secret isn't in the log; whatever was sent, there is a line."""
    assert redact_query(query) == told


def test_a_request_is_one_line_of_facts() -> None:
    """Template, status, time, size, who and what for."""
    record = RequestRecord(
        service="test-service",
        kind="http",
        method="GET",
        path="/v1/batches/7/status",
        query=b"verbose&token=SECRET",
        correlation_id=CORRELATION_ID,
        route="/v1/batches/<batch_id>/status",
        status=200,
        bytes_sent=12,
        user_id="teacher",
        facts={"upstream": "ras"},
    )

    with capture_logs() as lines:
        AccessLog().request_ended(record)

    line = dict(lines[0])
    assert line.pop("duration_ms") >= 0
    assert len(lines) == 1
    assert line == {
        "event": "http.ended",
        "log_level": "info",
        "method": "GET",
        "path": "/v1/batches/7/status",
        "query": "verbose&token=***",
        "correlation_id": str(CORRELATION_ID),
        "route": "/v1/batches/<batch_id>/status",
        "status": 200,
        "bytes": 12,
        "user_id": "teacher",
        "upstream": "ras",
    }


def test_a_socket_tells_its_close_code() -> None:
    """How it ended is a fact of a socket."""
    record = RequestRecord("test-service", "websocket", "GET", "/ws", b"", CORRELATION_ID, status=101, close_code=1001)

    with capture_logs() as lines:
        AccessLog().request_ended(record)

    assert (lines[0]["event"], lines[0]["close_code"]) == ("websocket.ended", 1001)


@pytest.mark.parametrize(("close_code", "level"), [(1000, "info"), (1011, "info"), (1012, "debug")])
def test_a_drain_writes_no_line_for_each_socket(close_code: int, level: str) -> None:
    """It closes thousands within seconds; drain.done counts them."""
    record = RequestRecord("test-service", "websocket", "GET", "/ws", b"", CORRELATION_ID, 101, close_code=close_code)

    with capture_logs() as lines:
        AccessLog().request_ended(record)

    assert [line["log_level"] for line in lines] == [level]


@pytest.mark.parametrize("piece", [b"x", b"%", b"=", b"&", b"a;", b"token"])
def test_a_long_query_holds_nobody_up(piece: bytes) -> None:
    """However it is made, a query is read in linear time (the test's own timeout is the claim)."""
    assert redact_query(piece * 400_000)


@pytest.mark.parametrize(
    ("route", "status", "level"),
    [
        ("/readyz", 200, "debug"),
        ("/metrics", 200, "debug"),
        ("/readyz", 503, "info"),
        ("/v1/batches", 200, "info"),
    ],
)
def test_probes_that_succeed_are_no_news(route: str, status: int, level: str) -> None:
    """They come every few seconds; one that fails says why a replica gets no traffic."""
    record = RequestRecord(
        service="test-service",
        kind="http",
        method="GET",
        path=route,
        query=b"",
        correlation_id=CORRELATION_ID,
        route=route,
        status=status,
    )

    with capture_logs() as lines:
        AccessLog().request_ended(record)

    assert [line["log_level"] for line in lines] == [level]
