"""What an admitted client gets, in order."""

import asyncio
import json
from datetime import timedelta
from uuid import uuid4

import pytest

from common.errors.codes import FeedErrorCode
from tests.fakes.client_connection import FakeClientConnection
from tests.support.eventually import eventually
from tests.support.feed_parts import ANNA, FeedParts, read_all, take
from tests.support.kafka_records import redis_away
from websocket_service.live.catch_up import ENTRIES_A_TURN, Connection
from websocket_service.protocol.limits import FeedLimits
from websocket_service.protocol.server_frames import PONG


async def test_frames_in_order() -> None:
    """First feed.ready, then what was missed, then what comes, direct messages among it."""
    parts = FeedParts()
    cursor = await parts.append(1)
    await parts.append(2)
    async with parts.connections.admit(parts.caller(), parts.request(cursor=cursor)) as connection:
        frames = parts.writer.frames(connection)
        await parts.append(3)
        opening = await take(frames, 3)
        parts.subscriptions.publish("ws:anna", b'{"event":"direct"}')
        await parts.append(4)
        live = await take(frames, 2)

    events = [json.loads(text) for text in [*opening, *live]]
    assert [event["event"] for event in events] == ["feed.ready", "e", "e", "direct", "e"]
    assert [event.get("data") for event in events[1:]] == [2, 3, None, 4]


async def test_a_client_that_missed_much_lets_the_others_be_served() -> None:
    """While a page is written the loop turns at least once every ENTRIES_A_TURN entries, however fast the client is."""
    parts = FeedParts()
    cursor = await parts.append(0)
    for number in range(3 * ENTRIES_A_TURN):
        await parts.append(number)
    turns = 0

    async def count_turns() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    turns_at: list[int] = []
    async with (
        parts.connections.admit(parts.caller(), parts.request(cursor=cursor, controls=False)) as connection,
        asyncio.TaskGroup() as group,
    ):
        counting = group.create_task(count_turns())
        async for _ in parts.writer.frames(connection):
            turns_at.append(turns)
            if len(turns_at) == 3 * ENTRIES_A_TURN:
                break
        counting.cancel()

    assert all(turns_at[place] > turns_at[place - ENTRIES_A_TURN] for place in range(ENTRIES_A_TURN, len(turns_at)))


async def test_frames_sent_are_counted_by_kind() -> None:
    """Notifications of now and then, direct messages and the feed's own words are told apart."""
    parts = FeedParts()
    cursor = await parts.append(1)
    await parts.append(2)
    async with parts.connections.admit(parts.caller(), parts.request(cursor=cursor)) as connection:
        frames = parts.writer.frames(connection)
        await take(frames, 2)
        await parts.append(3)
        parts.subscriptions.publish("ws:anna", b'{"event":"direct"}')
        await parts.log.mark_seen(ANNA, cursor)
        connection.session.send(PONG)
        connection.session.send(PONG)
        await take(frames, 5)

    assert parts.counters.frames_sent == {"control": 3, "replayed": 1, "live": 1, "direct": 1}


@pytest.mark.parametrize(("age_s", "observed_s"), [(7, 7), (-3600, 0)])
async def test_how_old_events_are_when_they_are_sent(age_s: float, observed_s: float) -> None:
    """The age of a live frame's event is measured; one that a faster clock dates ahead of ours takes nothing away."""
    parts = FeedParts()
    happened_at = (parts.clock.now() - timedelta(seconds=age_s)).isoformat()
    async with parts.connections.admit(parts.caller(), parts.request()) as connection:
        frames = parts.writer.frames(connection)
        await take(frames, 1)
        message = b'{"event":"e","data":{"timestamp":"%b"}}' % happened_at.encode()
        await parts.log.append(ANNA, event_id=uuid4(), message=message)
        parts.subscriptions.publish("ws:anna", b'{"event":"next"}')
        await take(frames, 2)

    assert parts.counters.event_to_socket_s.total == pytest.approx(observed_s)


async def test_without_control_frames() -> None:
    """Today's dashboard gets the messages alone."""
    parts = FeedParts()
    cursor = await parts.append(1)
    await parts.append(2)
    async with parts.connections.admit(parts.caller(), parts.request(cursor=cursor, controls=False)) as connection:
        frames = parts.writer.frames(connection)
        await parts.log.mark_seen(ANNA, cursor)
        connection.session.send(PONG)
        texts = await take(frames, 2)

    assert [json.loads(text)["event"] for text in texts] == ["e", "feed.pong"]


async def test_missed_while_the_connection_was_lost() -> None:
    """What was appended while the channel wasn't heard is read up, once, before what comes."""
    parts = FeedParts()
    async with parts.connections.admit(parts.caller(), parts.request(controls=False)) as connection:
        frames = parts.writer.frames(connection)
        await parts.append(1)
        heard = await take(frames, 1)
        parts.subscriptions.connected = False
        await parts.append(2)
        parts.subscriptions.reconnect()
        await parts.append(3)
        heard = [*heard, *await take(frames, 2)]

    assert [json.loads(text)["data"] for text in heard] == [1, 2, 3]


async def test_seen_while_the_connection_was_lost() -> None:
    """A seen-mark that moved while the channel wasn't heard is told after what was missed, and only then."""
    parts = FeedParts()
    first, second = await parts.append(1), await parts.append(2)
    async with parts.connections.admit(parts.caller(), parts.request()) as connection:
        frames = parts.writer.frames(connection)
        await take(frames, 1)
        await parts.log.mark_seen(ANNA, first)
        told_live = await take(frames, 1)
        parts.subscriptions.connected = False
        await parts.append(3)
        await parts.log.mark_seen(ANNA, second)
        parts.subscriptions.reconnect()
        caught_up = await take(frames, 2)
        await parts.append(4)
        parts.subscriptions.reconnect()
        await parts.append(5)
        following = await take(frames, 2)

    heard = [json.loads(text) for text in [*told_live, *caught_up, *following]]
    assert [event["data"] for event in heard] == [
        {"cursor": str(first), "unread": 1},
        3,
        {"cursor": str(second), "unread": 1},
        4,
        5,
    ]


async def test_stream_that_cannot_be_read() -> None:
    """A client that is behind is read up once the stream can be read again; it stays meanwhile."""
    parts = FeedParts()
    async with parts.connections.admit(parts.caller(), parts.request(controls=False)) as connection:
        frames = parts.writer.frames(connection)
        await parts.append(1)
        await take(frames, 1)
        parts.subscriptions.connected = False
        await parts.append(2)
        parts.log.failure = redis_away()
        parts.subscriptions.reconnect()
        async with asyncio.TaskGroup() as group:
            reading = group.create_task(take(frames, 1))
            await eventually(lambda: parts.counters.catch_ups["failed"] > 0)
            parts.log.failure = None
            parts.pass_time(1)
        texts = reading.result()

    assert json.loads(texts[0])["data"] == 2
    assert connection.session.ended_by is None


async def test_too_slow() -> None:
    """A client that takes nothing is ended when its outbox is full; another's is none of its business."""
    parts = FeedParts(limits=FeedLimits(outbox_frames=3))
    async with (
        parts.connections.admit(parts.caller(), parts.request(controls=False)) as slow,
        parts.connections.admit(parts.caller(), parts.request(controls=False)) as quick,
    ):
        slow_frames, quick_frames = parts.writer.frames(slow), parts.writer.frames(quick)
        await parts.append(0)
        await take(slow_frames, 1)
        received = list(await take(quick_frames, 1))
        for number in range(1, 10):
            await parts.append(number)
            received += await take(quick_frames, 1)

    assert slow.session.ended_by is not None
    assert slow.session.ended_by.error_code is FeedErrorCode.CONSUMER_TOO_SLOW
    assert [json.loads(text)["data"] for text in received] == list(range(10))
    assert len(slow.session.delivery.outbox) == 0


async def test_a_live_write_that_stalls_ends_the_connection() -> None:
    """Ten seconds in one write are too slow for a live frame, as they are for a replayed one."""
    parts = FeedParts()
    async with parts.connections.admit(parts.caller(), parts.request()) as connection:
        frames = parts.writer.frames(connection)
        await take(frames, 1)
        await parts.append(1)
        await take(frames, 1)  # its write has begun, and doesn't end
        parts.clock.advance(10)
        connection.session.examine()

        assert connection.session.ended_by is not None
        assert connection.session.ended_by.error_code is FeedErrorCode.CONSUMER_TOO_SLOW


async def _ready(
    parts: FeedParts, connection: Connection, group: asyncio.TaskGroup
) -> tuple[list[str], asyncio.Task[None]]:
    """Write to the client until it is live and nothing waits; return where its frames go, and the task that writes."""
    written: list[str] = []
    task = group.create_task(read_all(parts.writer.frames(connection), written))
    await eventually(lambda: connection.session.delivery.live)
    await asyncio.sleep(0)
    return written, task


async def test_a_live_frame_goes_out_at_once_where_there_is_room() -> None:
    """It doesn't wait for the writer, and is counted as what the writer sends; where there is no room it waits."""
    parts = FeedParts()
    client = FakeClientConnection(parts.clock, answers=True)
    async with (
        parts.connections.admit(parts.caller(), parts.request(controls=False, client=client)) as connection,
        asyncio.TaskGroup() as group,
    ):
        written, writing = await _ready(parts, connection, group)
        client.has_room = True
        await parts.append(1)
        at_once = list(client.sent)
        client.has_room = False
        await parts.append(2)
        client.has_room = True
        await parts.append(3)
        sent_before_the_writer = len(client.sent)
        await eventually(lambda: len(written) == 2)
        await parts.append(4)
        writing.cancel()

    assert [json.loads(frame[2:])["data"] for frame in at_once] == [1]
    assert sent_before_the_writer == 1
    assert [json.loads(text)["data"] for text in written] == [2, 3]
    assert json.loads(client.sent[-1][2:])["data"] == 4
    assert parts.counters.frames_sent == {"live": 4}


async def test_a_frame_does_not_overtake_what_a_client_missed() -> None:
    """A client that is behind gets what comes after what it missed, whatever room it has."""
    parts = FeedParts()
    client = FakeClientConnection(parts.clock, answers=True)
    async with (
        parts.connections.admit(parts.caller(), parts.request(controls=False, client=client)) as connection,
        asyncio.TaskGroup() as group,
    ):
        written, writing = await _ready(parts, connection, group)
        client.has_room = True
        parts.subscriptions.connected = False
        await parts.append(1)
        parts.subscriptions.reconnect()
        await parts.append(2)
        await eventually(lambda: len(written) == 2)
        writing.cancel()

    assert [json.loads(text)["data"] for text in written] == [1, 2]
    assert client.sent == []
