"""What a Kafka record asks for, and what is wrong with one that can't be told."""

import json
from datetime import UTC, datetime
from uuid import UUID, uuid4

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import JsonValue

from common.contracts.notification import MAX_NOTIFICATION_BYTES
from common.identity.principal import UserId
from tests.support.kafka_records import CORRELATION, envelope, value
from websocket_service.ingest.records import (
    ID_ROOM_BYTES,
    RECORD_FACTOR,
    InvalidReason,
    InvalidRecord,
    Notification,
    parse_record,
)

TEACHER = UserId("åsa")
EVENT = UUID("6f1c2b9e-1111-4222-8333-944445555666")
FULL = envelope(TEACHER, 7, event_id=EVENT)


def without(*path: str) -> bytes:
    """Return the full record less the field at ``path``."""
    *parents, name = path
    record = orjson.loads(orjson.dumps(FULL))
    place = record[parents[0]] if parents else record
    del place[name]
    return orjson.dumps(record)


def changed(name: str, fact: object) -> bytes:
    """Return the full record with the field ``name`` of its data set to ``fact``."""
    return orjson.dumps(FULL | {"data": orjson.loads(orjson.dumps(FULL["data"])) | {name: fact}})


def message_of(record: dict[str, JsonValue]) -> bytes:
    """Return the message of a good record."""
    notice = parse_record(orjson.dumps(record))
    assert isinstance(notice, Notification)
    return notice.message


def test_a_full_record_becomes_the_contracts_message() -> None:
    """The message is compact JSON with event and data as the platform contract has them."""
    notice = parse_record(orjson.dumps(FULL))

    assert isinstance(notice, Notification)
    assert (notice.user_id, notice.event_id, notice.correlation_id) == (TEACHER, EVENT, CORRELATION)
    assert notice.occurred_at == datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
    assert notice.message.startswith(b'{"event":"numbered","data":{')
    assert orjson.loads(notice.message) == {
        "event": "numbered",
        "data": {
            "n": 7,
            "category": "batch_progress",
            "priority": "standard",
            "action_required": False,
            "deadline": None,
            "batch_id": None,
            "class_id": None,
            "correlation_id": str(CORRELATION),
            "timestamp": "2026-03-02T08:00:00Z",
        },
    }


@pytest.mark.parametrize(
    ("record", "reason"),
    [
        (None, InvalidReason.NO_VALUE),
        (b"", InvalidReason.NOT_JSON),
        (b"not json", InvalidReason.NOT_JSON),
        (b"\xff\xfe{}", InvalidReason.NOT_JSON),
        (b'{"event_id": NaN}', InvalidReason.NOT_JSON),
        (b'{"a":"\\ud800"}', InvalidReason.NOT_JSON),
        (value(TEACHER)[:-1], InvalidReason.NOT_JSON),
        (b"[" * 50_000, InvalidReason.NOT_JSON),
        (b"null", InvalidReason.WRONG_SCHEMA),
        (b"[]", InvalidReason.WRONG_SCHEMA),
        (b'"text"', InvalidReason.WRONG_SCHEMA),
        (b"{}", InvalidReason.WRONG_SCHEMA),
        (without("event_id"), InvalidReason.WRONG_SCHEMA),
        (without("correlation_id"), InvalidReason.WRONG_SCHEMA),
        (without("event_timestamp"), InvalidReason.WRONG_SCHEMA),
        (without("data"), InvalidReason.WRONG_SCHEMA),
        (without("data", "teacher_id"), InvalidReason.WRONG_SCHEMA),
        (without("data", "notification_type"), InvalidReason.WRONG_SCHEMA),
        (changed("teacher_id", ""), InvalidReason.WRONG_SCHEMA),
        (changed("teacher_id", 7), InvalidReason.WRONG_SCHEMA),
        (changed("notification_type", "feed.drain"), InvalidReason.WRONG_SCHEMA),
        (changed("payload", "text"), InvalidReason.WRONG_SCHEMA),
        (changed("timestamp", "yesterday"), InvalidReason.WRONG_SCHEMA),
        (changed("timestamp", "0001-01-01T00:00:00+01:12"), InvalidReason.WRONG_SCHEMA),
        (changed("deadline_timestamp", "9999-12-31T23:59:59.999999-01:00"), InvalidReason.WRONG_SCHEMA),
        (orjson.dumps(FULL | {"event_timestamp": "0001-01-01T00:00:00+14:00"}), InvalidReason.WRONG_SCHEMA),
        (changed("payload", {"t": "x" * MAX_NOTIFICATION_BYTES}), InvalidReason.TOO_LARGE),
        (changed("payload", {"t": [1e15] * 16_000}).replace(b"1000000000000000.0", b"1e15"), InvalidReason.TOO_LARGE),
        (changed("payload", {}) + b" " * RECORD_FACTOR * MAX_NOTIFICATION_BYTES, InvalidReason.TOO_LARGE),
    ],
)
def test_an_invalid_record_says_why(record: bytes | None, reason: InvalidReason) -> None:
    """Each kind of bad record has its reason, an error class and a detail for whoever looks at the dead letter."""
    invalid = parse_record(record)

    assert isinstance(invalid, InvalidRecord)
    assert invalid.reason is reason
    assert invalid.error_class
    assert invalid.detail


@pytest.mark.parametrize(("size", "is_told"), [(78_000, True), (MAX_NOTIFICATION_BYTES, True), (1_000_000, False)])
def test_how_large_a_notification_may_be(size: int, *, is_told: bool) -> None:
    """The longest the platform is known to send and one of the limit are told, with room for their id."""
    bare = parse_record(changed("payload", {"t": ""}))
    assert isinstance(bare, Notification)
    pad = "x" * (size - ID_ROOM_BYTES - len(bare.message))

    answer = parse_record(changed("payload", {"t": pad}))
    one_more = parse_record(changed("payload", {"t": pad + "x"}))

    assert isinstance(answer, Notification) == is_told
    assert isinstance(one_more, Notification) == (is_told and size < MAX_NOTIFICATION_BYTES)


def test_the_limit_is_what_is_told() -> None:
    """Another limit bounds the message and, eightfold, the record."""
    record = changed("payload", {"t": "x" * 2000})

    assert isinstance(parse_record(record, most_bytes=4000), Notification)
    assert isinstance(parse_record(record, most_bytes=2000), InvalidRecord)
    assert isinstance(parse_record(record + b" " * 8000, most_bytes=1000), InvalidRecord)


@pytest.mark.parametrize(
    "changes",
    [
        {"metadata": None},
        {"metadata": {}},
        {"event_timestamp": "2026-03-02T08:00:00"},
        {"event_timestamp": "2026-03-02T08:00:00+00:00"},
        {"event_timestamp": "2026-03-02T09:00:00.000+01:00"},
        {"correlation_id": "0b5ef8c1-6c1d-4d0e-9c52-000000000002"},
    ],
)
def test_envelopes_as_producers_write_them(changes: dict[str, JsonValue]) -> None:
    """Empty metadata, times without or with a zone, and a correlation id that isn't the data's own are told alike."""
    notice = parse_record(orjson.dumps(FULL | changes))

    assert isinstance(notice, Notification)
    assert notice.occurred_at == datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
    assert notice.message == message_of(FULL)


@pytest.mark.parametrize("spelled", ["2026-03-02T08:00:00", "2026-03-02T08:00:00+00:00", "2026-03-02T09:00:00+01:00"])
def test_times_leave_with_a_z(spelled: str) -> None:
    """A browser reads a time without a zone as its own; the dashboard takes times only with a Z."""
    notice = parse_record(changed("timestamp", spelled))

    assert isinstance(notice, Notification)
    assert orjson.loads(notice.message)["data"]["timestamp"] == "2026-03-02T08:00:00Z"


def test_a_row_relayed_twice_has_one_fingerprint() -> None:
    """Event id, time and correlation id of the envelope, the members' order and their spelling don't count."""
    data = FULL["data"]
    assert isinstance(data, dict)
    again = FULL | {
        "event_id": str(uuid4()),
        "event_timestamp": "2026-03-02T08:00:09Z",
        "correlation_id": str(uuid4()),
        "data": dict(reversed(data.items())) | {"payload": dict(reversed({"n": 7, "m": {"b": 1, "a": 2}}.items()))},
    }
    first = FULL | {"data": data | {"payload": {"n": 7, "m": {"a": 2, "b": 1}}}}

    notices = [parse_record(orjson.dumps(first)), parse_record(json.dumps(again, indent=2).encode())]

    assert len({notice.fingerprint for notice in notices if isinstance(notice, Notification)}) == 1
    assert len({notice.event_id for notice in notices if isinstance(notice, Notification)}) == 2


@pytest.mark.parametrize(
    "click",
    [changed("timestamp", "2026-03-02T08:00:01Z"), changed("payload", {"n": 8}), changed("a_new_field", 1)],
)
def test_another_click_has_another_fingerprint(click: bytes) -> None:
    """Whatever differs in the data makes it something else, the timestamp above all."""
    one, other = parse_record(orjson.dumps(FULL)), parse_record(click)

    assert isinstance(one, Notification)
    assert isinstance(other, Notification)
    assert one.fingerprint != other.fingerprint


def test_how_a_producer_spells_its_json_is_no_flaw() -> None:
    """What counts is the frame's size: not escapes, not white space, not the envelope around it."""
    spelled = json.dumps(orjson.loads(changed("payload", {"t": "å" * 125_000})), indent=4).encode()

    notice = parse_record(spelled)

    assert len(spelled) > 2 * MAX_NOTIFICATION_BYTES
    assert isinstance(notice, Notification)
    assert len(notice.message) < MAX_NOTIFICATION_BYTES


def test_the_detail_names_fields_and_no_values() -> None:
    """What is wrong is told by place and kind, so that no pupil's name gets into a header or a log."""
    invalid = parse_record(changed("priority", {"secret": "Maja"}))

    assert invalid == InvalidRecord(InvalidReason.WRONG_SCHEMA, "ValidationError", "data.priority: string_type")


def test_what_a_newer_producer_adds_is_no_flaw() -> None:
    """Unknown types, categories and fields are relayed or ignored."""
    record = orjson.dumps(orjson.loads(changed("category", "brand_new")) | {"schema_version": 2, "extra": [1]})

    assert isinstance(parse_record(record), Notification)


def test_deep_payloads_fail_as_records_not_as_errors() -> None:
    """JSON that can be read but not written again is invalid."""
    record = value(TEACHER).replace(b'{"n":0}', b'{"n":' + b"[" * 900 + b"]" * 900 + b"}")

    assert isinstance(parse_record(record), InvalidRecord)


@given(st.binary() | st.recursive(st.none() | st.booleans() | st.floats(), st.lists).map(orjson.dumps))
def test_no_record_makes_it_fail(record: bytes) -> None:
    """Whatever bytes come in, the answer is a decision."""
    assert isinstance(parse_record(record), InvalidRecord)


@given(
    st.sampled_from(["event_timestamp", "timestamp", "deadline_timestamp"]),
    st.datetimes().map(datetime.isoformat),
    st.integers(-1439, 1439),
)
def test_no_time_makes_it_fail(name: str, moment: str, offset_minutes: int) -> None:
    """However far from ours its zone and its year are."""
    spelled = (
        f"{moment}{'-' if offset_minutes < 0 else '+'}{abs(offset_minutes) // 60:02}:{abs(offset_minutes) % 60:02}"
    )
    record = orjson.dumps(FULL | {name: spelled}) if name == "event_timestamp" else changed(name, spelled)

    assert isinstance(parse_record(record), Notification | InvalidRecord)
