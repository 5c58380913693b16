"""The day's props fit together."""

import pytest

from sandbox.errors import SceneError
from sandbox.feed_client import Frame, parse_frame
from sandbox.gateway_client import Reply
from sandbox.scene import MEDIA_TYPES, PUPILS, Scene
from sandbox.upstreams.essay_files import fault_of
from sandbox.upstreams.matching import guess
from sandbox.upstreams.records import Essay, Student


@pytest.mark.parametrize("course", PUPILS)
def test_every_essay_has_its_pupil_and_is_accepted(course: str) -> None:
    """File names lead to pupils, types are known, and the file service finds nothing wrong."""
    scene = Scene(gateway="", websocket="", email="", password="", course=course)
    pupils = [Student(first_name=first, last_name=last) for first, last in scene.pupils]

    authors = [guess(Essay(filename=file.name, size_bytes=1, content_hash=""), pupils) for file in scene.essays]

    assert authors == pupils
    assert all(file.suffix in MEDIA_TYPES for file in scene.essays)
    assert [fault_of(file.name, file.stat().st_size, file.read_bytes()[:8]) for file in scene.essays] == [None] * len(
        pupils
    )


def test_english_essays_come_as_text_word_and_pdf() -> None:
    """The demo uploads real files of the three usual kinds."""
    scene = Scene(gateway="", websocket="", email="", password="")

    assert {file.suffix for file in scene.essays} == {".txt", ".docx", ".pdf"}


def test_a_reply_gives_the_string_under_a_path() -> None:
    """Through objects and lists."""
    reply = Reply(200, {"batches": [{"title": "ENG5"}]}, 0.1)

    assert reply.text("batches", 0, "title") == "ENG5"


@pytest.mark.parametrize("path", [("title",), ("batches", 1, "title"), ("batches", 0), ("batches", "0")])
def test_a_reply_without_it_ends_the_day(path: tuple[str | int, ...]) -> None:
    """The message tells what was looked for and what was there."""
    reply = Reply(200, {"batches": [{"title": "ENG5"}]}, 0.1)

    with pytest.raises(SceneError, match="the answer has no"):
        reply.text(*path)


def test_a_reply_gives_the_length_of_a_list() -> None:
    """And nothing else's."""
    reply = Reply(200, {"items": [1, 2]}, 0.1)

    assert reply.length("items") == 2
    with pytest.raises(SceneError, match="the answer has no list"):
        reply.length("items", 0)


@pytest.mark.parametrize(
    ("text", "frame"),
    [
        ('{"event":"class_created","data":{"a":1},"id":"e:1-0"}', Frame("class_created", {"a": 1}, "e:1-0")),
        ('{"event":"feed.ready","data":{"cursor":"e:1-0"}}', Frame("feed.ready", {"cursor": "e:1-0"}, "e:1-0")),
        ('{"event":"feed.seen","data":{"cursor":"e:1-0"}}', Frame("feed.seen", {"cursor": "e:1-0"}, None)),
        ('{"event":"feed.pong","type":"pong","data":{}}', Frame("feed.pong", {}, None)),
        ('{"event":"odd","data":3}', Frame("odd", {}, None)),
    ],
)
def test_a_frame_is_an_event_its_data_and_where_it_stands(text: str, frame: Frame) -> None:
    """Data that is no object counts as none; only notifications and feed.ready say where to resume."""
    assert parse_frame(text) == frame
