"""Several lists of batches, each newest first, as one: which of their pages are needed yet, and which batches lead.

No I/O: pages come in, offsets to ask for come out. The lists may change between two questions, and a batch may so show
up twice: in one list after another was put before it, or in two lists when its status has changed meanwhile.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from api_gateway.upstream_answers import JsonObject
from api_gateway.utc_times import moment_of


@dataclass(frozen=True, slots=True)
class ListPage:
    """Records of one page as the aggregator orders them, each with its batch id, and how many the whole list has."""

    records: Sequence[JsonObject]
    total: int


@dataclass(slots=True)
class _List:
    """What has come of one list; ``total`` is None before its first page."""

    records: list[JsonObject] = field(default_factory=list)
    total: int | None = None
    ended: bool = False


class MergedBatches:
    """The ``wanted`` newest batches of the lists called ``names``; each page is added under its list's name."""

    def __init__(self, names: Sequence[str], wanted: int) -> None:
        self._wanted = wanted
        self._lists = {name: _List() for name in names}

    @property
    def total(self) -> int:
        """How many batches the lists hold together; one that was seen in two of them counts once."""
        seen = [{_id_of(record) for record in each.records} for each in self._lists.values()]
        distinct = len({batch_id for ids in seen for batch_id in ids})
        repeated = sum(map(len, seen)) - distinct
        return max(distinct, sum(each.total or 0 for each in self._lists.values()) - repeated)

    def add(self, pages: Mapping[str, ListPage]) -> None:
        """Take the next page of each list that is named."""
        for name, page in pages.items():
            known = self._lists[name]
            seen = {_id_of(record) for record in known.records}
            known.records += page.records
            known.total = page.total
            # A page without a batch that is new tells that the aggregator pays no heed to the offset.
            adds_none = seen.issuperset(_id_of(record) for record in page.records)
            known.ended = adds_none or len(known.records) >= page.total

    def needed(self) -> dict[str, int]:
        """Return the offset of the next page of each list in which one of the wanted batches may yet be."""
        newest = self.newest()
        bar = _moment_of(newest[-1]) if len(newest) == self._wanted else None
        return {name: len(each.records) for name, each in self._lists.items() if self._is_needed(each, bar)}

    def newest(self) -> list[JsonObject]:
        """Return up to ``wanted`` batches, newest first; those of equal times stay in the order of their lists."""
        once: dict[str, JsonObject] = {}
        for each in self._lists.values():
            for record in each.records:
                once.setdefault(_id_of(record), record)
        return sorted(once.values(), key=_moment_of, reverse=True)[: self._wanted]

    def _is_needed(self, each: _List, bar: datetime | None) -> bool:
        """Tell whether ``each`` may go on with a batch as new as ``bar``, the last of enough (None: not enough yet)."""
        if each.total is None:
            return True
        if each.ended or len(each.records) >= self._wanted:
            return False
        return bar is None or min(map(_moment_of, each.records)) >= bar


def _moment_of(record: JsonObject) -> datetime:
    return moment_of(record.get("created_at"))


def _id_of(record: JsonObject) -> str:
    return str(record["batch_id"])
