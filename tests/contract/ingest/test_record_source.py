"""What every source of records promises."""

from tests.support.record_sources import TopicWorld, release_nothing, take, values
from websocket_service.ingest.ports import Partition


async def test_records_come_in_order_and_again_after_a_hold(topic: TopicWorld) -> None:
    """Each partition is read in offset order; held back at an offset it is silent, released it is read from there."""
    source = topic.source()
    await topic.put(0, b"a", None, b"c")
    await topic.put(1, b"x")

    await source.start(release_nothing)
    first = await take(source, 4)
    source.pause(Partition(topic.topic, 0), 1)
    await topic.put(1, b"y")
    while_held = await take(source, 1)
    silent = await source.fetch(wait_s=0.2)
    source.resume(Partition(topic.topic, 0))
    again = await take(source, 2)
    await source.stop()

    assert values(first[0]) == [b"a", None, b"c"]
    assert [record.offset for record in first[0]] == [0, 1, 2]
    assert values(first[1]) == [b"x"]
    assert {number: values(records) for number, records in while_held.items()} == {1: [b"y"]}
    assert silent == {}
    assert {number: values(records) for number, records in again.items()} == {0: [None, b"c"]}


async def test_the_group_reads_on_from_what_is_committed(topic: TopicWorld) -> None:
    """What was committed isn't delivered again, what wasn't is."""
    await topic.put(0, b"a", b"b", b"c")
    before = topic.source()
    await before.start(release_nothing)
    await take(before, 3)
    await before.commit({Partition(topic.topic, 0): 2})
    await before.stop()

    after = topic.source()
    await after.start(release_nothing)
    came = await take(after, 1)
    await after.stop()

    assert values(came[0]) == [b"c"]
