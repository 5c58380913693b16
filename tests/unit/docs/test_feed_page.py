"""docs/feed.md says what the code does: its codes, frames, words and limits, and the waits of its client."""

import json
import re
from importlib.util import module_from_spec, spec_from_file_location
from io import BytesIO
from types import ModuleType

import pytest
from jsonschema import Draft202012Validator

from common.contracts.notification import MAX_MESSAGE_BYTES
from common.errors.close_codes import CLOSE_CODES, LIMIT_BYTES
from common.errors.codes import AuthReason
from common.notification_log import Outcome
from common.notification_log.log import Retention
from common.web.hypercorn_overrides.sockets import MOST_FRAMES
from common.web.quart_overrides.websocket_connection import QUEUED_MESSAGES
from scripts.docs.asyncapi import CHANNELS, CLIENT_FRAMES, CONTROL_FRAMES, MESSAGES, TOLD_TO_ALL
from tests.support.feed_page import PAGE, blocks, client, rows, section
from tests.support.node_project import CLIENT
from tests.unit.docs.reading import Json
from websocket_service.protocol.client_frames import Ping, Renewal, SeenUpTo, parse_client_frame
from websocket_service.protocol.limits import FeedLimits
from websocket_service.settings import FeedSettings

FRAMES = [json.loads(line) for block in blocks("json", within=section("Frames")) for line in block.splitlines()]
WINDOW_MS = 2000


@pytest.fixture(scope="module")
def python_client(tmp_path_factory: pytest.TempPathFactory) -> ModuleType:
    """The page's client, imported."""
    file = tmp_path_factory.mktemp("client") / "follow.py"
    file.write_text(client("python"), encoding="utf-8")
    spec = spec_from_file_location("follow", file)
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_close_codes_are_the_tables() -> None:
    """Each code with its word, meaning and advice, and no other; if not, run ``make docs``."""
    told = [row for row in rows("Close codes", columns=4) if row[0].isdigit()]

    assert told == [(str(int(e.code)), f"`{e.reason}`", e.meaning, e.advice) for e in CLOSE_CODES.values()]


def test_close_reasons_fit_and_name_their_members() -> None:
    """The examples are of a length that can be sent, and of the two shapes there are."""
    (examples,) = blocks("json", within=section("Close codes"))

    assert max(map(len, examples.splitlines())) <= LIMIT_BYTES
    assert [json.loads(line).keys() for line in examples.splitlines()] == [
        {"error_code", "message", "correlation_id"},
        {"error_code", "message", "retry_after_ms"},
    ]


def test_each_frame_of_the_protocol_is_shown() -> None:
    """One example each of what the feed sends, by its name."""
    named = {message: MESSAGES[message].example().get("event") for message in CHANNELS["socket"].sends}
    control = {str(event) for event in named.values() if str(event).startswith("feed.")}

    assert len(FRAMES) == len(TOLD_TO_ALL) + len(CONTROL_FRAMES)
    assert {frame["event"] for frame in FRAMES if frame["event"].startswith("feed.")} == control


@pytest.mark.parametrize("frame", FRAMES, ids=lambda frame: frame["event"])
def test_a_shown_frame_fits_its_schema(asyncapi: Json, frame: Json) -> None:
    """What the page shows, taken from a running feed, is what asyncapi.yaml describes."""
    references = [
        asyncapi["components"]["messages"][name]["payload"] for name in (*CONTROL_FRAMES, "Pong", "Notification")
    ]
    if "id" not in frame and not frame["event"].startswith("feed."):
        references = [asyncapi["components"]["messages"]["Direct"]["payload"]]
    schema = {"oneOf": references, "components": asyncapi["components"]}

    faults = list(Draft202012Validator(schema).iter_errors(frame))

    assert faults == []


def test_each_client_frame_is_shown_and_understood() -> None:
    """The three frames a client may send, spelled so that the feed takes them."""
    shown = [row[0].strip("`") for row in rows("Frames", columns=3)]

    kinds = [type(parse_client_frame(frame)) for frame in shown]

    assert kinds == [Ping, Renewal, SeenUpTo]
    assert len(kinds) == len(CLIENT_FRAMES)


def test_every_outcome_and_reason_has_a_row() -> None:
    """What became of a cursor, and why a credential is refused."""
    outcomes = {row[0] for row in rows("Cursors", columns=4)}
    words = {row[0].strip("`") for row in rows("Close codes", columns=4)}

    assert outcomes == {f"`{outcome}`" for outcome in Outcome}
    by_rest_alone = {
        AuthReason.REQUEST_MALFORMED,
        AuthReason.INSUFFICIENT_SCOPE,
        AuthReason.WRONG_CREDENTIALS,
        AuthReason.ACCOUNT_LOCKED,
        AuthReason.EMAIL_NOT_VERIFIED,
    }
    assert set(AuthReason) - by_rest_alone <= words


def test_the_limits_are_the_codes() -> None:
    """Each number is the one that is kept to unless a setting says otherwise."""
    limits, retention, settings = FeedLimits(), Retention(), FeedSettings.model_fields

    told = {what: int(much) for what, much, _ in rows("Limits", columns=3)}

    assert list(told.values()) == [
        limits.sockets_per_user,
        limits.client_frames_per_minute,
        QUEUED_MESSAGES,
        MOST_FRAMES,
        MAX_MESSAGE_BYTES,
        settings["feed_max_notification_bytes"].default,
        settings["websocket_handshake_rate"].default,
        limits.outbox_frames,
        limits.outbox_bytes,
        limits.stalled_write_s,
        settings["websocket_ping_interval"].default,
        settings["websocket_idle_timeout"].default,
        retention.entries,
        retention.stream_bytes,
        retention.entry_age.total_seconds() / 3600,
    ]


def test_the_librarys_lines_are_those_that_are_compiled() -> None:
    """What the page shows of the library stands on the library's own page, whose examples its tests compile."""
    [lines] = blocks("ts", within=section("In a browser"))

    assert lines in (CLIENT / "docs" / "feed.md").read_text(encoding="utf-8")


def test_the_client_survives_a_proxys_page(python_client: ModuleType) -> None:
    """HTML with status 200 is an error that the client waits out, as a lost network is."""
    with pytest.raises(OSError, match="a proxy answered"):
        python_client.read(BytesIO(b"<html>Log in to the network</html>"))


def test_links_within_the_page_lead_somewhere() -> None:
    """Each ``#anchor`` is a heading."""
    headings = re.findall(r"^#+ (.+)$", PAGE, re.MULTILINE)
    anchors = {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}

    assert set(re.findall(r"\]\(#([^)]+)\)", PAGE)) <= anchors


@pytest.mark.parametrize(
    ("code", "told", "failures", "shortest_s", "longest_s"),
    [
        (1008, {"message": "token_expired"}, 0, 0, 0),
        (1008, {"message": "revoked"}, 0, 0, 0),
        (1008, {"message": "rate"}, 0, 60, 120),
        (1009, {"message": "too_big"}, 0, 0, 0),
        (1011, {"message": "internal"}, 0, 0, 2),
        (1012, {"message": "restart", "retry_after_ms": 1500}, 0, 1.5, 1.5),
        (1012, {"message": "restart", "retry_after_ms": 0}, 3, 0, 0),
        (1013, {"message": "overload", "retry_after_ms": 4926}, 9, 4.926, 4.926),
        (4000, {"message": "connection_limit"}, 0, 60, 120),
        (4008, {"message": "too_slow"}, 0, 0, 0),
        (4408, {"message": "idle"}, 0, 0, 0),
        (1006, {}, 0, 0, 2),
        (1006, {}, 2, 0, 8),
        (1008, {"message": "token_invalid"}, 1, 0, 4),
        (4008, {"message": "too_slow"}, 3, 0, 16),
        (1006, {}, 60, 0, 30),
        (4999, {}, 0, 0, 2),
    ],
)
def test_the_client_waits_as_the_page_says(
    python_client: ModuleType, code: int, told: Json, failures: int, shortest_s: float, longest_s: float
) -> None:
    """Its slot, a minute or two, nothing, or a random and growing pause; each end has its own."""
    pauses_s = [python_client.pause_s(code, told, failures, WINDOW_MS) for _ in range(200)]

    assert shortest_s <= min(pauses_s)
    assert max(pauses_s) <= longest_s
