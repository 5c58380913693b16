"""Cursors as clients send them back."""

import re

import pytest
from pydantic import TypeAdapter, ValidationError

from api_gateway.schemas.notifications import GivenCursor, MarkSeen, Notification, NotificationPage, SeenMark
from common.notification_log import Cursor

GARBAGE = ["", "abc", "e:1", "e:1-", "e:01-0", "e:1-0 ", "e:-1-0", "é:1-0", f"e:{2**53}-0", 7, None, ["e:1-0"], {}]


def test_a_cursor_is_read() -> None:
    """What the feed gave out comes back as it was meant."""
    assert MarkSeen.model_validate({"id": "e:12-3"}).id == Cursor("e", 12, 3)


@pytest.mark.parametrize("given", GARBAGE, ids=repr)
def test_what_no_log_gave_out_is_refused_by_field(given: object) -> None:
    """The one field at fault is named, and its value isn't repeated."""
    with pytest.raises(ValidationError) as refused:
        MarkSeen.model_validate({"id": given})

    (fault,) = refused.value.errors(include_input=False)
    assert fault["loc"] == ("id",)
    assert fault["msg"] == "Value error, must be a notification's id or a cursor of the feed"


@pytest.mark.parametrize("cursor", [Cursor("0123456789abcdef", 1738311330123, 0), Cursor("A_b-9", 0, 10**15 - 1)])
def test_the_description_admits_what_a_log_gives_out(cursor: Cursor) -> None:
    """A client that checks against the OpenAPI description can send every cursor it got."""
    pattern = TypeAdapter(GivenCursor).json_schema()["pattern"]

    assert re.fullmatch(pattern, str(cursor))


@pytest.mark.parametrize("model", [MarkSeen, Notification, NotificationPage, SeenMark])
def test_examples_are_what_they_show(model: type[MarkSeen | Notification | NotificationPage | SeenMark]) -> None:
    """Every example of the description is valid."""
    examples = model.model_json_schema()["examples"]

    assert all(model.model_validate(example) for example in examples)
