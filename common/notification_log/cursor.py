"""A place in one user's history of notifications."""

import re
from dataclasses import dataclass
from typing import Final, Self

LARGEST_PART: Final = 2**53 - 1
"""The largest ms or seq a cursor may hold: the script on the server counts in doubles."""

CURSOR_PATTERN: Final = r"([0-9A-Za-z_-]{1,32}):(0|[1-9][0-9]{0,15})-(0|[1-9][0-9]{0,15})"
"""What a cursor looks like as text; ASCII only, one spelling for one cursor."""

_TEXT: Final = re.compile(CURSOR_PATTERN)


@dataclass(frozen=True, slots=True)
class Cursor:
    """The last entry somebody has: which history it belongs to (``epoch``) and the stream id within it.

    Its text, ``<epoch>:<ms>-<seq>``, is opaque to clients. Two cursors can be compared only within one epoch,
    and only Redis knows the current one, so this type has no order.
    """

    epoch: str
    ms: int
    seq: int

    @classmethod
    def parse(cls, text: str) -> Self | None:
        """Return the cursor that ``text`` spells, or None for anything no log could have given out."""
        match = _TEXT.fullmatch(text)
        if match is None:
            return None
        epoch, ms, seq = match[1], int(match[2]), int(match[3])
        return cls(epoch, ms, seq) if max(ms, seq) <= LARGEST_PART else None

    @property
    def stream_id(self) -> str:
        """The entry's id in the user's stream, ``<ms>-<seq>``."""
        return f"{self.ms}-{self.seq}"

    def __str__(self) -> str:
        return f"{self.epoch}:{self.stream_id}"


UNKNOWN_CURSOR: Final = Cursor("unknown", 0, 0)
"""Stands for a cursor that could not be parsed: no history has this epoch, so reading after it is a reset."""
