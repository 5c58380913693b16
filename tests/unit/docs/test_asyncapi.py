"""The AsyncAPI document says what the code sends and reads."""

import inspect
import re
from collections.abc import Iterable
from enum import StrEnum

import orjson
import pytest
from jsonschema import Draft202012Validator

from common.contracts.envelope import PIPELINE_COMMAND_TOPIC, TEACHER_NOTIFICATION_TOPIC, dead_letter_topic
from common.contracts.notification import Category, NotificationType, Priority
from common.errors.close_codes import CLOSE_CODES
from common.identity.principal import UserId
from common.identity.revocation import Revocation, read_revocation
from common.notification_log import Outcome
from scripts.docs import feed_examples
from scripts.docs.asyncapi import CHANNELS, CLIENT_FRAMES, MESSAGES
from tests.unit.docs.reading import Json, references, resolved
from websocket_service.adapters import kafka_dead_letters
from websocket_service.ingest.records import Notification, parse_record
from websocket_service.protocol import server_frames
from websocket_service.protocol.client_frames import ClientFrame, Ping, Renewal, SeenUpTo, parse_client_frame
from websocket_service.protocol.published import parse_published
from websocket_service.protocol.server_frames import Frame, Kind


def _events(asyncapi: Json, names: Iterable[str]) -> set[str]:
    schemas = [resolved(asyncapi, asyncapi["components"]["messages"][name]["payload"]["$ref"]) for name in names]
    return {schema["properties"]["event"]["const"] for schema in schemas if "const" in schema["properties"]["event"]}


def test_every_reference_leads_somewhere(asyncapi: Json) -> None:
    """No reference is broken."""
    targets = [resolved(asyncapi, reference) for reference in references(asyncapi)]

    assert len(targets) > 50


@pytest.mark.parametrize("name", MESSAGES)
def test_an_example_fits_its_schema(asyncapi: Json, name: str) -> None:
    """What the code sends is what the document says."""
    schema = {"$ref": asyncapi["components"]["messages"][name]["payload"]["$ref"], "components": asyncapi["components"]}

    faults = list(Draft202012Validator(schema).iter_errors(MESSAGES[name].example()))

    assert faults == []


def test_every_frame_of_the_feed_is_there() -> None:
    """The names in the protocol's source and in the document are the same."""
    source = inspect.getsource(server_frames)

    written = set(re.findall(r'"(feed\.[a-z]+)"', source))

    assert written == {
        str(message.example()["event"])
        for message in MESSAGES.values()
        if str(message.example().get("event", "")).startswith("feed.")
    }


def test_the_document_names_every_frame(asyncapi: Json) -> None:
    """A frame's schema takes no other name than its own."""
    events = _events(asyncapi, CHANNELS["socket"].sends)

    assert events == {
        "feed.pong",
        "feed.ready",
        "feed.gap",
        "feed.expiring",
        "feed.seen",
        "feed.drain",
        "feed.error",
    }


@pytest.mark.parametrize(
    ("name", "frame"),
    [
        ("Ping", Ping()),
        ("Renewal", Renewal(token=str(feed_examples.renewal()["token"]))),
        ("SeenMark", SeenUpTo(cursor=str(feed_examples.CURSOR))),
    ],
)
def test_the_feed_understands_the_client_frames(name: str, frame: ClientFrame) -> None:
    """What clients are told to send is recognised."""
    assert parse_client_frame(orjson.dumps(MESSAGES[name].example()).decode()) == frame


def test_no_client_frame_is_missing() -> None:
    """Three frames are recognised; the other two outcomes of parsing are refusals."""
    recognised = {frame.kind for frame in ClientFrame.__args__} - {"Unrecognised"}

    assert recognised == set(CLIENT_FRAMES)


def test_the_feed_relays_the_direct_example() -> None:
    """What services are told to publish is not dropped."""
    frame = parse_published(orjson.dumps(feed_examples.direct()))

    assert isinstance(frame, Frame)
    assert frame.kind is Kind.DIRECT


def test_the_feed_reads_the_record() -> None:
    """The example of a notification's record becomes the example of its frame, but for the id."""
    notification = parse_record(orjson.dumps(feed_examples.teacher_notification()))

    assert isinstance(notification, Notification)
    frame = feed_examples.notification()
    assert orjson.loads(notification.message) == {"event": frame["event"], "data": frame["data"]}


def test_the_feed_reads_the_revocation() -> None:
    """The example of a revocation covers the token it names."""
    read = read_revocation(orjson.dumps(feed_examples.revocation()))

    assert isinstance(read, Revocation)
    assert read.user_id == UserId(feed_examples.USER_ID)


@pytest.mark.parametrize("words", [Category, Priority, NotificationType, Outcome])
def test_every_word_in_use_is_told(asyncapi: Json, words: type[StrEnum]) -> None:
    """Categories, priorities, types and outcomes all stand in it."""
    text = str(asyncapi["components"]["schemas"])

    assert [word for word in words if not re.search(rf"\b{word}\b", text)] == []


def test_addresses_are_the_codes(asyncapi: Json) -> None:
    """Channels and topics are spelled as the code spells them."""
    addresses = {channel["address"] for channel in asyncapi["channels"].values()}

    assert addresses == {
        "/ws",
        "/events",
        "ws:{userId}",
        "auth:revocations",
        PIPELINE_COMMAND_TOPIC,
        TEACHER_NOTIFICATION_TOPIC,
        dead_letter_topic(TEACHER_NOTIFICATION_TOPIC),
    }


def test_close_codes_are_the_tables(asyncapi: Json) -> None:
    """Each close code with its reason and advice."""
    told = asyncapi["channels"]["socket"]["x-close-codes"]

    assert {int(code): entry["reason"] for code, entry in told.items()} == {
        int(code): entry.reason for code, entry in CLOSE_CODES.items()
    }


def test_dead_letters_carry_what_is_written(asyncapi: Json) -> None:
    """The headers of a dead letter are those the adapter's docstring promises."""
    promised = set(re.findall(r"``(dlq-[a-z-]+)``", inspect.getdoc(kafka_dead_letters.KafkaDeadLetters) or ""))

    assert asyncapi["components"]["schemas"]["DeadLetterHeaders"]["properties"].keys() == promised
