"""Kafka's record batches, whole and broken in the ways a disk, a wire or a producer can break them."""

import struct
from collections.abc import Sequence

from aiokafka.record.default_records import DefaultRecordBatchBuilder
from aiokafka.record.util import calc_crc32c

NO_CODEC = 0
CODEC_NUMBERS = {"gzip": 1, "snappy": 2, "lz4": 3, "zstd": 4}
HEAD_BYTES = 61
_LENGTH_AT, _CHECKSUM_AT, _ATTRIBUTES_AT, _DELTA_AT = 8, 17, 21, 23
_BEHIND_LENGTH = 12


def record_batch(values: Sequence[bytes], *, base: int = 0, codec: int = NO_CODEC) -> bytes:
    """Return a batch of these values from offset ``base`` on."""
    builder = DefaultRecordBatchBuilder(2, codec, 0, -1, -1, -1, 1 << 26)
    for delta, value in enumerate(values):
        builder.append(delta, 1_772_438_400_000, b"key", value, [])
    batch = bytearray(builder.build())
    struct.pack_into(">q", batch, 0, base)
    return bytes(batch)


def of_unknown_codec(batch: bytes) -> bytes:
    """Return the batch as one of a codec that Kafka doesn't have yet."""
    changed = bytearray(batch)
    struct.pack_into(">h", changed, _ATTRIBUTES_AT, 7)
    return with_checksum(changed)


def of_broken_checksum(batch: bytes) -> bytes:
    """Return the batch with one bit of its last byte turned."""
    return batch[:-1] + bytes([batch[-1] ^ 1])


def with_body(batch: bytes, body: bytes) -> bytes:
    """Return the batch with other bytes where its records are, under the right length and checksum."""
    changed = bytearray(batch[:HEAD_BYTES] + body)
    struct.pack_into(">i", changed, _LENGTH_AT, len(changed) - _BEHIND_LENGTH)
    return with_checksum(changed)


def of_cut_body(batch: bytes) -> bytes:
    """Return the batch as a producer would have sent it that lost the end of what it had compressed."""
    return with_body(batch, batch[HEAD_BYTES:-10])


def claiming(batch: bytes, last_offset_delta: int) -> bytes:
    """Return the batch with another last offset in its head, which its checksum gives away."""
    changed = bytearray(batch)
    struct.pack_into(">i", changed, _DELTA_AT, last_offset_delta)
    return bytes(changed)


def with_checksum(batch: bytearray) -> bytes:
    """Return the batch with the checksum it should have."""
    struct.pack_into(">I", batch, _CHECKSUM_AT, calc_crc32c(bytes(batch[_ATTRIBUTES_AT:])))
    return bytes(batch)
