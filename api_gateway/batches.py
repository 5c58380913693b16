"""The caller's batches in the dashboard's words: the status of one, and the list, a page at a time.

Records come from the Result Aggregator; their times are shown in UTC (docs/gateway.md, rows 30 and 32).
"""

import asyncio
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import lru_cache
from typing import Final, NoReturn
from urllib.parse import urlencode

import structlog
from pydantic import JsonValue

from api_gateway import fail
from api_gateway.batch_ownership import OWNER
from api_gateway.paths import path_segment
from api_gateway.schemas.batches import MAX_PAGE, MOST_MERGED, ListBatches
from api_gateway.upstream.json_replies import JsonObject, count_of, json_object, object_of, objects_of, text_of
from api_gateway.upstream.ports import RouteDeadline, UpstreamName, UpstreamRequest, Upstreams, on_behalf_of
from common.contracts.statuses import dashboard_status, internal_statuses, is_known_status
from common.errors.codes import ErrorCode
from common.errors.exceptions import HuleEduError
from common.identity.principal import Principal

OLDEST: Final = datetime.min.replace(tzinfo=UTC)
_TIME_NAMES: Final = ("_at", "_updated", "timestamp")
_TIME: Final = re.compile(r"(\d{4}-\d\d-\d\d)[Tt ](\d\d:\d\d(?::\d\d(?:[.,]\d+)?)?)([Zz]|[+-]\d\d:?\d\d)?", re.ASCII)
LONGEST_REMEMBERED: Final = 40
"""Characters of the longest time that is remembered in UTC; nanoseconds and an offset take 35."""

_logger = structlog.get_logger(__name__)


def status_view(record: JsonObject) -> JsonObject:
    """Return ``{status, details}`` of one batch's record."""
    status = _shown_status(record)
    return {"status": status, "details": _without_owner(record, status)}


def list_view(records: Sequence[JsonObject], *, limit: int, offset: int, total: int) -> JsonObject:
    """Return ``{batches, pagination}`` of the records on one page, each with its ``status``."""
    return {
        "batches": [_summary(record) for record in records],
        "pagination": {"limit": limit, "offset": offset, "total": total},
    }


def _summary(record: JsonObject) -> JsonValue:
    status = _shown_status(record)
    return {**_without_owner(record, status), "status": status}


def _without_owner(record: JsonObject, status: str) -> JsonObject:
    """Return the record without its owner, its times and those of its essays in UTC."""
    shown = with_utc_times({name: value for name, value in record.items() if name != OWNER})
    if isinstance(essays := record.get("essays"), list):
        shown["essays"] = [with_utc_times(essay) if isinstance(essay, dict) else essay for essay in essays]
    return {**shown, "overall_status": status}


def _shown_status(record: JsonObject) -> str:
    status = text_of(record, "overall_status", UpstreamName.RAS)
    if not is_known_status(status):
        _logger.warning("batch.unknown_status", status=status)
    return dashboard_status(status).value


def with_utc_times(record: dict[str, JsonValue]) -> dict[str, JsonValue]:
    """Return ``record`` with each member that is called like a time and is one in UTC; what is none stays as it is."""
    return {name: in_utc(value) if name.endswith(_TIME_NAMES) else value for name, value in record.items()}


def in_utc(value: JsonValue) -> JsonValue:
    """Return a time as ``YYYY-MM-DDThh:mm:ss.ffffffZ``, to the digits it has; one without a zone is UTC's already."""
    if not isinstance(value, str):
        return value
    return _remembered_in_utc(value) if len(value) <= LONGEST_REMEMBERED else _spelled_in_utc(value)


@lru_cache(maxsize=4_096)
def _remembered_in_utc(text: str) -> str:
    """Return a time in UTC; a page that polls asks about the same times again and again."""
    return _spelled_in_utc(text)


def _spelled_in_utc(text: str) -> str:
    spelled = _spelling_of(text)
    moment = None if spelled is None else _moment_spelled(spelled)
    if spelled is None or moment is None:
        return text
    if moment.utcoffset():
        return moment.astimezone(UTC).isoformat().removesuffix("+00:00") + "Z"
    date, time, _ = spelled.groups()
    return f"{date}T{time.replace(',', '.')}Z"


def moment_of(value: JsonValue) -> datetime:
    """Return the moment that ``value`` spells, to compare by; the oldest possible when it spells none."""
    spelled = _spelling_of(value)
    moment = None if spelled is None else _moment_spelled(spelled)
    return OLDEST if moment is None else moment.astimezone(UTC)


def _spelling_of(value: JsonValue) -> re.Match[str] | None:
    return _TIME.fullmatch(value) if isinstance(value, str) else None


def _moment_spelled(spelled: re.Match[str]) -> datetime | None:
    """Return an aware moment that UTC can express, None for what is no time, such as 30 February."""
    try:
        moment = datetime.fromisoformat(spelled[0].upper())
        aware = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment
        aware.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return aware


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
            # The aggregator ignores the offset when a page adds no batch.
            adds_none = seen.issuperset(_id_of(record) for record in page.records)
            known.ended = adds_none or len(known.records) >= page.total

    def next_offsets(self) -> dict[str, int]:
        """Return the offset of the next page of each list in which one of the wanted batches may yet be."""
        newest = self.newest()
        oldest = _moment_of(newest[-1]) if len(newest) == self._wanted else None
        return {name: len(each.records) for name, each in self._lists.items() if self._is_needed(each, oldest)}

    def newest(self) -> list[JsonObject]:
        """Return up to ``wanted`` batches, newest first; those of equal times stay in the order of their lists."""
        once: dict[str, JsonObject] = {}
        for each in self._lists.values():
            for record in each.records:
                once.setdefault(_id_of(record), record)
        return sorted(once.values(), key=_moment_of, reverse=True)[: self._wanted]

    def _is_needed(self, each: _List, oldest: datetime | None) -> bool:
        """Tell whether ``each`` may hold further batches as new as ``oldest``, the last wanted (None: too few yet)."""
        if each.total is None:
            return True
        if each.ended or len(each.records) >= self._wanted:
            return False
        return oldest is None or min(map(_moment_of, each.records)) >= oldest


@dataclass(frozen=True, slots=True)
class BatchList:
    """Asks the aggregator for a user's batches, within the time that the route has."""

    upstreams: Upstreams
    deadline: RouteDeadline

    async def read_page(self, wanted: ListBatches, principal: Principal) -> JsonObject:
        """Return the page that ``wanted`` describes, as the caller is shown it.

        Raises:
            HuleEduError: VALIDATION_ERROR for a page beyond the reach of a filter that covers several statuses; what
                asking raises, of any of the questions; INVALID_RESPONSE when an answer can't be read.
        """
        words = internal_statuses(wanted.status) if wanted.status else ()
        if len(words) > 1:
            return await self._merge_lists(wanted, words, principal)
        found = await self._ask(self._list_request(principal, (wanted.limit, wanted.offset), *words))
        shown = found.records[: wanted.limit]
        total = max(found.total, wanted.offset + len(shown) if shown else 0)
        return list_view(shown, limit=wanted.limit, offset=wanted.offset, total=total)

    async def _merge_lists(self, wanted: ListBatches, words: tuple[str, ...], principal: Principal) -> JsonObject:
        reach = wanted.offset + wanted.limit
        if reach > MOST_MERGED:
            _refuse_depth(wanted)
        merged = MergedBatches(words, reach)
        while needed := merged.next_offsets():
            page = min(MAX_PAGE, reach)
            questions = {word: self._list_request(principal, (page, offset), word) for word, offset in needed.items()}
            merged.add(await self._ask_concurrently(questions))
        shown = merged.newest()[wanted.offset :]
        return list_view(shown, limit=wanted.limit, offset=wanted.offset, total=merged.total)

    async def _ask_concurrently(self, questions: Mapping[str, UpstreamRequest]) -> dict[str, ListPage]:
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

    def _list_request(self, principal: Principal, page: tuple[int, int], *status: str) -> UpstreamRequest:
        limit, offset = page
        query = [("limit", str(limit)), ("offset", str(offset)), *(("status", word) for word in status)]
        return UpstreamRequest(
            upstream=UpstreamName.RAS,
            method="GET",
            path=f"/internal/v1/batches/user/{path_segment(principal.user_id)}",
            query=urlencode(query),
            headers=on_behalf_of(principal),
        )


def _moment_of(record: JsonObject) -> datetime:
    return moment_of(record.get("created_at"))


def _id_of(record: JsonObject) -> str:
    return str(record["batch_id"])


def _refuse_depth(wanted: ListBatches) -> NoReturn:
    raise fail.during("list_batches").validation_error(
        "offset", f"With status={wanted.status}, the sum of offset and limit must be at most {MOST_MERGED}."
    )
