"""Notifications by REST: the first page, catching up, and the seen-mark."""

from urllib.parse import urlencode

import pytest
from pydantic import JsonValue

from api_gateway.schemas.notifications import NotificationPage
from common.identity.principal import UserId
from common.notification_log import Cursor
from tests.support.asgi_client import Answer
from tests.support.gateway import USER, Gateway, bearer
from tests.support.gateway_feed import redis_away
from tests.support.notification_logs import position
from tests.support.writing import append_many

ROUTE = "/v1/notifications"
SEEN = "/v1/notifications/seen"
TEACHER = UserId(USER)


async def read(gateway: Gateway, **query: object) -> Answer:
    """Read notifications as the teacher."""
    return await gateway.client.get(f"{ROUTE}?{urlencode(query)}", bearer())


async def mark(gateway: Gateway, body: JsonValue) -> Answer:
    """Move the teacher's seen-mark."""
    return await gateway.client.send_json("POST", SEEN, body, bearer())


def numbers(answer: Answer) -> list[JsonValue]:
    """Return the numbers of the notifications in ``answer``."""
    return [item.data["n"] for item in NotificationPage.model_validate_json(answer.body).items]


async def test_a_teacher_without_notifications_has_a_place_to_begin(gateway: Gateway) -> None:
    """Nothing to show, and a cursor with which a socket misses nothing."""
    answer = await read(gateway)

    assert answer.status == 200
    assert answer.header("Content-Type") == "application/json"
    assert answer.object == {
        "items": [],
        "cursor": str(await position(gateway.feed.log, TEACHER)),
        "unread": 0,
        "outcome": "live",
    }


async def test_a_first_page_holds_the_newest_and_the_end(gateway: Gateway) -> None:
    """Of more than fit the newest, oldest first; the cursor is the end, the count of all there are."""
    cursors = await append_many(gateway.feed.log, TEACHER, count=5)

    answer = await read(gateway, limit=2)

    assert numbers(answer) == [3, 4]
    assert (answer.object["cursor"], answer.object["unread"], answer.object["outcome"]) == (str(cursors[-1]), 5, "live")


async def test_an_item_is_the_frame_of_the_sockets(gateway: Gateway) -> None:
    """What REST tells and what sockets got are the same bytes."""
    await append_many(gateway.feed.log, TEACHER, count=2)
    (_, first), (_, second) = gateway.feed.log.published

    answer = await read(gateway)

    assert b'"items":[' + first + b"," + second + b"]" in answer.body


async def test_catching_up_goes_page_by_page(gateway: Gateway) -> None:
    """Each page begins after the cursor before; the last is empty and keeps the place."""
    start = await position(gateway.feed.log, TEACHER)
    await append_many(gateway.feed.log, TEACHER, count=3)

    first = await read(gateway, after=start, limit=2)
    second = await read(gateway, after=first.object["cursor"], limit=2)
    third = await read(gateway, after=second.object["cursor"], limit=2)

    assert [numbers(page) for page in (first, second, third)] == [[0, 1], [2], []]
    assert {page.object["outcome"] for page in (first, second, third)} == {"resumed"}
    assert third.object["cursor"] == second.object["cursor"]


async def test_a_first_page_and_what_follows_it_join(gateway: Gateway) -> None:
    """What comes after the page was read is what its cursor leads to: no hole, no repeat."""
    await append_many(gateway.feed.log, TEACHER, count=2)

    snapshot = await read(gateway)
    await append_many(gateway.feed.log, TEACHER, count=2, first=2)
    rest = await read(gateway, after=snapshot.object["cursor"])

    assert (numbers(snapshot), numbers(rest)) == ([0, 1], [2, 3])


async def test_a_gap_is_told(gateway: Gateway) -> None:
    """Who was away while notifications expired learns from where to where."""
    cursors = await append_many(gateway.feed.log, TEACHER, count=3)
    gateway.feed.log.expire_entries(TEACHER)

    answer = await read(gateway, after=cursors[0])

    assert answer.object == {
        "items": [],
        "cursor": str(cursors[2]),
        "unread": 0,
        "outcome": "gap",
        "gap": {"from": str(cursors[0]), "to": str(cursors[2])},
    }


@pytest.mark.parametrize("after", ["garbage", "unknown:0-0", "0123456789abcdef:1-0", "x" * 3000, "å:1-0", "%00"])
async def test_a_cursor_of_no_history_is_a_reset(gateway: Gateway, after: str) -> None:
    """Whatever it is, the answer is what is kept, and the word that says so."""
    await append_many(gateway.feed.log, TEACHER, count=2)

    answer = await read(gateway, after=after)

    assert (answer.status, answer.object["outcome"], numbers(answer)) == (200, "reset", [0, 1])


async def test_a_cursor_from_the_future_is_a_reset(gateway: Gateway) -> None:
    """A server that lost its tail tells nothing twice."""
    [last] = await append_many(gateway.feed.log, TEACHER, count=1)

    answer = await read(gateway, after=Cursor(last.epoch, last.ms + 1, 0))

    assert (answer.object["outcome"], answer.object["items"], answer.object["cursor"]) == ("reset", [], str(last))


async def test_an_empty_cursor_is_none(gateway: Gateway) -> None:
    """A client that has no cursor yet may say so with an empty one, as to a socket."""
    answer = await read(gateway, after="")

    assert answer.object["outcome"] == "live"


async def test_everybody_reads_their_own(gateway: Gateway) -> None:
    """The token alone says whose notifications these are."""
    [foreign] = await append_many(gateway.feed.log, UserId("teacher-2"), count=1)

    answer = await read(gateway, after=foreign, user_id="teacher-2")

    assert (answer.object["items"], answer.object["outcome"]) == ([], "reset")


@pytest.mark.parametrize("limit", ["0", "101", "-1", "ten", "1.5", ""])
async def test_a_limit_is_one_to_a_hundred(gateway: Gateway, limit: str) -> None:
    """Anything else is 400 and names the parameter."""
    answer = await read(gateway, limit=limit)

    assert (answer.status, answer.error["code"]) == (400, "VALIDATION_ERROR")
    assert answer.pointers == ["#/limit"]


async def test_a_poll_that_finds_nothing_new_has_no_body(gateway: Gateway) -> None:
    """The answer has a tag, and the tag is answered by 304 until something happens."""
    await append_many(gateway.feed.log, TEACHER, count=1)
    first = await read(gateway)
    tag = {"If-None-Match": first.header("ETag")}

    unchanged = await gateway.client.get(ROUTE, bearer() | tag)
    await append_many(gateway.feed.log, TEACHER, count=1)
    changed = await gateway.client.get(ROUTE, bearer() | tag)

    assert (unchanged.status, unchanged.body, changed.status) == (304, b"", 200)


async def test_the_seen_mark_moves(gateway: Gateway) -> None:
    """What was seen is unread no more, on the next page too, and every socket hears of it."""
    cursors = await append_many(gateway.feed.log, TEACHER, count=3)

    answer = await mark(gateway, {"id": str(cursors[1])})

    assert (answer.status, answer.object) == (200, {"cursor": str(cursors[1]), "unread": 1})
    assert (await read(gateway)).object["unread"] == 1
    assert b"feed.seen" in gateway.feed.log.published[-1][1]


async def test_the_seen_mark_never_moves_back(gateway: Gateway) -> None:
    """A device that lags behind learns where the mark stands."""
    cursors = await append_many(gateway.feed.log, TEACHER, count=3)
    await mark(gateway, {"id": str(cursors[2])})

    answer = await mark(gateway, {"id": str(cursors[0])})

    assert answer.object == {"cursor": str(cursors[2]), "unread": 0}


async def test_a_mark_of_another_history_moves_nothing(gateway: Gateway) -> None:
    """The answer is the truth about this one."""
    [own] = await append_many(gateway.feed.log, TEACHER, count=1)

    answer = await mark(gateway, {"id": f"another:{own.stream_id}"})

    assert (answer.status, answer.object) == (200, {"cursor": f"{own.epoch}:0-0", "unread": 1})


@pytest.mark.parametrize(
    "body",
    [{"id": "garbage"}, {"id": ""}, {"id": 7}, {"id": None}, {"id": "e:1-0\n"}, {"id": f"e:{2**53}-0"}, {}],
    ids=repr,
)
async def test_a_garbage_mark_is_400_and_names_its_field(gateway: Gateway, body: JsonValue) -> None:
    """Nothing moves, and the client learns which member is wrong."""
    answer = await mark(gateway, body)

    assert (answer.status, answer.error["code"]) == (400, "VALIDATION_ERROR")
    assert answer.pointers == ["#/id"]


@pytest.mark.parametrize(("method", "target"), [("GET", ROUTE), ("GET", f"{ROUTE}?after=e:1-0"), ("POST", SEEN)])
async def test_without_redis_the_caller_is_told_when_to_come_again(gateway: Gateway, method: str, target: str) -> None:
    """503 with a time, the same for every route."""
    gateway.feed.log.failure = redis_away()

    answer = await gateway.client.send_json(method, target, {"id": "e:1-0"}, bearer())

    assert (answer.status, answer.error["code"]) == (503, "CONNECTION_ERROR")
    assert answer.header("Retry-After") == "1"
