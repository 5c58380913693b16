"""The caller's batches, a page at a time, under the dashboard's status filter (docs/gateway.md, row 32)."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import NoReturn
from urllib.parse import urlencode

from api_gateway import fail
from api_gateway.batch_views import list_view, moment_of
from api_gateway.json_replies import JsonObject, count_of, json_object, object_of, objects_of, text_of
from api_gateway.paths import path_segment
from api_gateway.responses import acting_for
from api_gateway.schemas.batches import MAX_PAGE, MOST_MERGED, ListBatches
from api_gateway.upstream.ports import RouteDeadline, UpstreamName, UpstreamRequest, Upstreams
from common.contracts.statuses import internal_statuses
from common.errors.codes import ErrorCode
from common.errors.exceptions import HuleEduError
from common.identity.principal import Principal


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


@dataclass(frozen=True, slots=True)
class BatchList:
    """Asks the aggregator for a user's batches, within the time that the route has."""

    upstreams: Upstreams
    deadline: RouteDeadline

    async def page(self, wanted: ListBatches, principal: Principal) -> JsonObject:
        """Return the page that ``wanted`` describes, as the caller is shown it.

        Raises:
            HuleEduError: VALIDATION_ERROR for a page beyond the reach of a filter that covers several statuses; what
                asking raises, of any of the questions; INVALID_RESPONSE when an answer can't be read.
        """
        words = internal_statuses(wanted.status) if wanted.status else ()
        if len(words) > 1:
            return await self._merged(wanted, words, principal)
        found = await self._ask(self._question(principal, (wanted.limit, wanted.offset), *words))
        shown = found.records[: wanted.limit]
        total = max(found.total, wanted.offset + len(shown) if shown else 0)
        return list_view(shown, limit=wanted.limit, offset=wanted.offset, total=total)

    async def _merged(self, wanted: ListBatches, words: tuple[str, ...], principal: Principal) -> JsonObject:
        reach = wanted.offset + wanted.limit
        if reach > MOST_MERGED:
            _refuse_depth(wanted)
        merged = MergedBatches(words, reach)
        while needed := merged.needed():
            page = min(MAX_PAGE, reach)
            questions = {word: self._question(principal, (page, offset), word) for word, offset in needed.items()}
            merged.add(await self._ask_side_by_side(questions))
        shown = merged.newest()[wanted.offset :]
        return list_view(shown, limit=wanted.limit, offset=wanted.offset, total=merged.total)

    async def _ask_side_by_side(self, questions: Mapping[str, UpstreamRequest]) -> dict[str, ListPage]:
        """Return the page for each question; the first that fails ends the others, and its failure is raised."""
        asked: dict[str, asyncio.Task[ListPage | None]] = {}
        failure: HuleEduError | None = None
        try:
            async with asyncio.TaskGroup() as group:
                for word, question in questions.items():
                    asked[word] = group.create_task(self._ask_unless_refused(question))
        except* HuleEduError as failures:
            failure = next(each for each in failures.exceptions if isinstance(each, HuleEduError))
        if failure is not None:
            raise failure
        return {word: task.result() or await self._ask(questions[word]) for word, task in asked.items()}

    async def _ask_unless_refused(self, question: UpstreamRequest) -> ListPage | None:
        """Return the page, None when the circuit refuses the question, which another of this request's may cause."""
        try:
            return await self._ask(question)
        except HuleEduError as refusal:
            if refusal.error_code is not ErrorCode.CIRCUIT_BREAKER_OPEN:
                raise
            return None

    async def _ask(self, question: UpstreamRequest) -> ListPage:
        reply = json_object(
            await self.upstreams.fetch(replace(question, within_s=self.deadline.left_s)), UpstreamName.RAS
        )
        pagination = object_of(reply, "pagination", UpstreamName.RAS)
        records = objects_of(reply, "batches", UpstreamName.RAS)
        for record in records:
            text_of(record, "batch_id", UpstreamName.RAS)
        return ListPage(records, count_of(pagination, "total", UpstreamName.RAS))

    def _question(self, principal: Principal, page: tuple[int, int], *status: str) -> UpstreamRequest:
        limit, offset = page
        query = [("limit", str(limit)), ("offset", str(offset)), *(("status", word) for word in status)]
        return UpstreamRequest(
            upstream=UpstreamName.RAS,
            method="GET",
            path=f"/internal/v1/batches/user/{path_segment(principal.user_id)}",
            query=urlencode(query),
            headers=acting_for(principal),
        )


def _refuse_depth(wanted: ListBatches) -> NoReturn:
    raise fail.during("list_batches").validation_error(
        "offset", f"With status={wanted.status}, offset and limit together may reach {MOST_MERGED} batches at most."
    )
