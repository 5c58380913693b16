"""Record batches as a broker sends them, decoded one by one.

aiokafka decodes all that a fetch brought at once: a batch that it can't decode also keeps back the good ones around it,
and nothing tells where the batch ends. Its head does, which no codec hides (Kafka protocol, "Record Batch").
"""

import struct
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import cramjam
from aiokafka.client import AIOKafkaClient
from aiokafka.errors import KafkaError, OffsetOutOfRangeError, UnsupportedCodecError, for_code
from aiokafka.protocol.fetch import FetchRequest
from aiokafka.record.memory_records import MemoryRecords
from aiokafka.structs import TopicPartition

from common.backoff import Backoff
from websocket_service.ingest.ports import Fetched, Partition, Record, UndecodableBatch
from websocket_service.ingest.records import InvalidReason, InvalidRecord

DECODING_FAILURES: Final = (
    KafkaError,
    cramjam.DecompressionError,
    zlib.error,
    struct.error,
    ArithmeticError,
    AssertionError,
    EOFError,
    LookupError,
    MemoryError,
    OSError,  # gzip.BadGzipFile
    RuntimeError,
    SystemError,  # aiokafka's C code, of lengths below zero
    TypeError,
    ValueError,
)
"""What aiokafka and its codecs raise for bytes that they can't decode; found by trying broken ones (tests)."""

READ_AT_ONCE: Final = 100
"""Records that one reading returns before it stops at the end of a batch."""

_LARGEST_FETCH_BYTES: Final = 16 * 1024 * 1024
"""A broker that cuts a batch to the fetch's size may send it whole in this; aiokafka's consumer asks for 1 MB."""

_FETCH_WAIT_MS: Final = 500
_BACKOFF: Final = Backoff(first_s=0.2, longest_s=5.0)
_BATCH_HEAD: Final = struct.Struct(">qiibIhi")
"""Base offset, length, leader epoch, magic, checksum, attributes, last offset delta."""

_LENGTH: Final = struct.Struct(">qi")
_LEAST_BATCH_BYTES: Final = {0: 26, 1: 34, 2: 61}
"""By magic: a batch without a record. aiokafka reads past the end of a shorter one."""

_FIRST_WITH_DELTA: Final = 2
_DETAIL_CHARACTERS: Final = 200


class _BrokenBatchError(Exception):
    def __init__(self, reason: InvalidReason, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Portion:
    """What stands in a partition from an offset on: either records, or one batch that can't be decoded, or nothing.

    ``next_offset`` is where to read on.
    """

    items: Sequence[Fetched]
    next_offset: int

    @property
    def undecodable(self) -> UndecodableBatch | None:
        """The batch that can't be decoded, where it stands first."""
        first = self.items[0] if self.items else None
        return first if isinstance(first, UndecodableBatch) else None


@dataclass(slots=True)
class Suspect:
    """An offset from which aiokafka couldn't decode what it had fetched; it is examined when that is due."""

    offset: int
    attempts: int = 0
    due: float = 0.0

    def postpone(self, now: float) -> None:
        """Try again later: the broker couldn't be asked."""
        self.attempts += 1
        self.due = now + _BACKOFF.delay_s(self.attempts)


def read_batches(content: bytes, partition: Partition, *, begin: int, end: int) -> Portion:
    """Decode ``content``, what a fetch from offset ``begin`` brought; ``end`` is the offset after the partition's last.

    The batch at the end of a fetch may be cut; only the first is whole for certain, or broken.
    """
    records: list[Record] = []
    place, reached = 0, begin
    while place < len(content) and len(records) < READ_AT_ONCE:
        batch = _batch_at(content, place)
        try:
            came, reached = _decode(batch, partition, reached)
        except (*DECODING_FAILURES, _BrokenBatchError) as failure:
            return Portion(records, reached) if records else _undecodable(batch, failure, partition, reached, end)
        records += came
        place += len(batch)
    if content and reached == begin:  # reading there again would bring the same, for ever
        ends_early = _BrokenBatchError(InvalidReason.BROKEN_BATCH, f"it ends before offset {begin}, where it was found")
        return _undecodable(_batch_at(content, 0), ends_early, partition, begin, end)
    return Portion(records, reached)


async def read_again(client: AIOKafkaClient, partition: Partition, offset: int) -> Portion:
    """Fetch what stands at ``offset``, a second time where the first can't be decoded.

    Args:
        client: an unconnected client; it is connected here, and the caller closes it.
        partition: where.
        offset: where in it.

    Raises KafkaError or OSError when the broker can't be asked.
    """
    where = TopicPartition(partition.topic, partition.number)
    await client.bootstrap()
    await client.set_topics([partition.topic])
    content, end = await _fetch(client, where, offset)
    portion = read_batches(content, partition, begin=offset, end=end)
    if portion.undecodable is None:
        return portion
    content, end = await _fetch(client, where, offset)
    portion = read_batches(content, partition, begin=offset, end=end)
    batch = portion.undecodable
    if batch is None or batch.next_offset >= end:
        return portion
    following, _ = await _fetch(client, where, batch.next_offset)
    if _base_offset(following, batch.next_offset) >= batch.next_offset:
        return portion
    return Portion([replace(batch, last_offset=offset)], offset + 1)  # its head lies: skip no good record for it


async def _fetch(client: AIOKafkaClient, where: TopicPartition, offset: int) -> tuple[bytes, int]:
    """Return the bytes that stand at ``offset``, none where the broker keeps none, and the partition's end."""
    place = (where.partition, offset, _LARGEST_FETCH_BYTES)
    request = FetchRequest(_FETCH_WAIT_MS, 1, _LARGEST_FETCH_BYTES, 0, [(where.topic, [place])])
    response = await client.send(client.cluster.leader_for_partition(where), request)
    answers = [answer for _, partitions in response.topics for answer in partitions]
    if not answers:  # as some brokers say that there is nothing
        return b"", offset
    [(_, error_code, end, *_, content)] = answers
    if (error := for_code(error_code)) is OffsetOutOfRangeError:
        return b"", offset
    if error_code != 0:
        raise error(where)
    return content or b"", end


def _batch_at(content: bytes, place: int) -> bytes:
    if len(content) - place < _LENGTH.size:
        return content[place:]
    _, length = _LENGTH.unpack_from(content, place)
    return content[place : place + _LENGTH.size + max(length, 0)]


def _decode(batch: bytes, partition: Partition, reached: int) -> tuple[list[Record], int]:
    """Return the records of one batch from offset ``reached`` on, and the offset after the batch."""
    _refuse_cut(batch)
    decoded = MemoryRecords(batch).next_batch()
    if not decoded.validate_crc():
        raise _BrokenBatchError(InvalidReason.BROKEN_CHECKSUM, "the checksum doesn't match")
    if decoded.is_control_batch:
        return [], max(reached, decoded.next_offset)
    records = [
        Record(partition, record.offset, record.key, record.value, tuple(record.headers))
        for record in decoded
        if record.offset >= reached
    ]
    return records, max(reached, decoded.next_offset)


def _refuse_cut(batch: bytes) -> None:
    if len(batch) < _BATCH_HEAD.size:
        raise _BrokenBatchError(InvalidReason.CUT_SHORT, f"{len(batch)} bytes, not even a head")
    _, length, _, magic, *_ = _BATCH_HEAD.unpack_from(batch)
    if len(batch) < _LENGTH.size + length:
        raise _BrokenBatchError(InvalidReason.CUT_SHORT, f"{len(batch)} of {_LENGTH.size + length} bytes")
    least = _LEAST_BATCH_BYTES.get(magic)
    if least is None or len(batch) < least:
        raise _BrokenBatchError(InvalidReason.BROKEN_BATCH, f"format {magic}, {len(batch)} bytes")


def _undecodable(batch: bytes, failure: Exception, partition: Partition, begin: int, end: int) -> Portion:
    reason = InvalidReason.BROKEN_BATCH
    if isinstance(failure, _BrokenBatchError):
        reason = failure.reason
    elif isinstance(failure, UnsupportedCodecError):
        reason = InvalidReason.UNKNOWN_CODEC
    invalid = InvalidRecord(reason, type(failure).__name__, str(failure)[:_DETAIL_CHARACTERS])
    last = _last_offset(batch, begin, end)
    return Portion([UndecodableBatch(partition, begin, last, batch, invalid)], last + 1)


def _last_offset(batch: bytes, begin: int, end: int) -> int:
    """Return the offset of the batch's last record by its head; ``begin`` where the head can't be right."""
    if len(batch) < _BATCH_HEAD.size:
        return begin
    base, _, _, magic, _, _, delta = _BATCH_HEAD.unpack_from(batch)
    last: int = base + delta if magic >= _FIRST_WITH_DELTA else base
    return last if begin <= last < end else begin


def _base_offset(content: bytes, otherwise: int) -> int:
    return int(_LENGTH.unpack_from(content)[0]) if len(content) >= _LENGTH.size else otherwise
