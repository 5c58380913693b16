"""What is read of the bytes of a fetch, whole and broken."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support import record_batches
from tests.support.record_batches import CODEC_NUMBERS, HEAD_BYTES, NO_CODEC, record_batch, with_body
from websocket_service.adapters.kafka_batches import Portion, read_batches
from websocket_service.ingest.ports import Partition, Record
from websocket_service.ingest.records import InvalidReason

HERE = Partition("notifications", 0)
CODECS = [NO_CODEC, *CODEC_NUMBERS.values()]
VALUES = [b"one " * 50, b"two " * 50, b"three " * 50]


def read(content: bytes, begin: int = 10, end: int = 100) -> Portion:
    """Return what is read of a fetch from ``begin`` on."""
    return read_batches(content, HERE, begin=begin, end=end)


@pytest.mark.parametrize("codec", CODECS)
def test_a_batch_of_each_codec_is_read(codec: int) -> None:
    """Records come with their offsets, keys and values, and the next offset is the one after them."""
    portion = read(record_batch(VALUES, base=10, codec=codec))

    assert portion == Portion([Record(HERE, 10 + at, b"key", value) for at, value in enumerate(VALUES)], 13)


def test_records_before_the_offset_are_left_out() -> None:
    """A broker sends the whole batch in which the offset lies."""
    portion = read(record_batch(VALUES, base=10), begin=12)

    assert [item.offset for item in portion.items] == [12]


def test_the_batch_a_fetch_ends_in_is_left_for_the_next() -> None:
    """Cut by the fetch's size, it is no fault."""
    whole, following = record_batch(VALUES, base=10), record_batch(VALUES, base=13)

    portion = read(whole + following[:-1])

    assert ([item.offset for item in portion.items], portion.next_offset) == ([10, 11, 12], 13)


def test_what_stands_before_a_broken_batch_comes_first() -> None:
    """The broken one is told when it stands first."""
    broken = record_batches.of_broken_checksum(record_batch(VALUES, base=13))

    before = read(record_batch(VALUES, base=10) + broken)
    at_it = read(broken, begin=before.next_offset)

    assert (len(before.items), before.undecodable, before.next_offset) == (3, None, 13)
    assert at_it.undecodable is not None
    assert (at_it.undecodable.offset, at_it.undecodable.last_offset) == (13, 15)
    assert at_it.undecodable.invalid.reason is InvalidReason.BROKEN_CHECKSUM


@pytest.mark.parametrize("delta", [-1, -(2**31), 90, 2**31 - 1])
def test_a_head_that_cannot_be_right_skips_one_offset(delta: int) -> None:
    """A last offset before the first, or behind the partition's end, isn't believed."""
    portion = read(record_batches.claiming(record_batch(VALUES, base=10), delta))

    assert portion.undecodable is not None
    assert portion.next_offset == 11


def test_a_batch_that_claims_to_end_before_its_place_skips_one_offset() -> None:
    """No checksum covers the base offset: a negative one would have the same fetch repeated for ever."""
    portion = read(record_batch(VALUES, base=-(2**63)))

    assert portion.undecodable is not None
    assert portion.undecodable.invalid.reason is InvalidReason.BROKEN_BATCH
    assert portion.next_offset == 11


def test_nothing_is_nothing() -> None:
    """A fetch that brought no bytes brought no fault."""
    assert read(b"") == Portion([], 10)


@given(codec=st.sampled_from(CODECS), body=st.binary(max_size=200))
def test_no_body_makes_it_fail(codec: int, body: bytes) -> None:
    """Whatever stands under a right checksum is records or a batch that can't be decoded."""
    portion = read(with_body(record_batch(VALUES, base=10, codec=codec), body))

    assert portion.items
    assert 10 < portion.next_offset <= 13


@given(codec=st.sampled_from(CODECS), place=st.integers(0, 300), byte=st.integers(0, 255))
def test_no_changed_byte_makes_it_fail(codec: int, place: int, byte: int) -> None:
    """With any one byte changed and the checksum made right again, the answer is a portion that goes on."""
    batch = bytearray(record_batch(VALUES, base=10, codec=codec))
    batch[place % len(batch)] = byte

    portion = read(record_batches.with_checksum(batch))

    assert portion.next_offset > 10


@given(codec=st.sampled_from(CODECS), keep=st.integers(HEAD_BYTES, 200))
def test_no_cut_makes_it_fail(codec: int, keep: int) -> None:
    """Compressed records that end too soon are told as such."""
    batch = record_batch(VALUES, base=10, codec=codec)

    portion = read(with_body(batch, batch[HEAD_BYTES : max(HEAD_BYTES, min(keep, len(batch) - 1))]))

    assert portion.undecodable is not None
    assert portion.next_offset == 13
