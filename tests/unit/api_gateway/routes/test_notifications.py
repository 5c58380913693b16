"""Pages of notifications as JSON."""

import orjson
import pytest

from api_gateway.routes.notifications import page_body
from api_gateway.schemas.notifications import NotificationPage
from common.notification_log import Cursor, Entry, Gap, Outcome, Page, Seen

EPOCH = "0123456789abcdef"
FIRST, SECOND = Cursor(EPOCH, 1, 0), Cursor(EPOCH, 1, 1)
# Spelled as no encoder of ours would: to be passed on, not read.
UNUSUAL = b'{"event":"x","data":{"n":1.0e2,"s":"\\u00e5\xc3\xa5","big":123456789012345678901234567890},"id":"e:1-0"}'


def page(*payloads: bytes, outcome: Outcome = Outcome.LIVE, gap: Gap | None = None) -> Page:
    """Return a page of ``payloads``."""
    return Page(
        outcome=outcome,
        start=FIRST,
        entries=[Entry(FIRST, payload) for payload in payloads],
        cursor=SECOND,
        gap=gap,
        more=False,
        seen=Seen(FIRST, 7),
    )


def test_an_empty_page_still_says_where_to_go_on() -> None:
    """No items, and all the rest."""
    assert orjson.loads(page_body(page())) == {
        "items": [],
        "cursor": f"{EPOCH}:1-1",
        "unread": 7,
        "outcome": "live",
    }


def test_frames_pass_byte_for_byte() -> None:
    """Numbers, escapes and order are the publisher's own."""
    body = page_body(page(UNUSUAL, UNUSUAL))

    assert b'"items":[' + UNUSUAL + b"," + UNUSUAL + b"]" in body
    assert len(orjson.loads(body)["items"]) == 2


def test_a_gap_is_told_with_both_ends() -> None:
    """Who was away too long learns what is lost."""
    body = page_body(page(outcome=Outcome.GAP, gap=Gap(FIRST, SECOND)))

    assert orjson.loads(body)["gap"] == {"from": f"{EPOCH}:1-0", "to": f"{EPOCH}:1-1"}


@pytest.mark.parametrize("outcome", Outcome)
def test_every_outcome_is_one_the_description_knows(outcome: Outcome) -> None:
    """The body is what the OpenAPI description promises."""
    told = NotificationPage.model_validate_json(page_body(page(UNUSUAL, outcome=outcome)))

    assert (told.outcome, told.unread, len(told.items)) == (outcome, 7, 1)
