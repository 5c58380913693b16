"""The list of batches under a status filter: the aggregator takes one internal status a request."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import NoReturn
from urllib.parse import parse_qsl

import pytest
from pydantic import JsonValue

from api_gateway.upstream.json_replies import JsonObject
from api_gateway.upstream.ports import UpstreamName, UpstreamRequest
from common.contracts.statuses import DashboardStatus, internal_statuses
from common.correlation import correlation_id
from common.errors.codes import ErrorCode
from common.errors.exceptions import HuleEduError
from common.errors.factories import raise_external_service_error
from common.errors.source import ErrorSource
from tests.support.gateway import USER, Gateway, bearer, make_gateway

FAILED = ("content_ingestion_failed", "failed_critically")
LIST = f"/internal/v1/batches/user/{USER}"


def record(batch_id: str, created_at: JsonValue, status: str = "failed") -> JsonObject:
    """Return a batch as the aggregator answers it, in the dashboard's words and without a zone."""
    return {
        "batch_id": batch_id,
        "user_id": USER,
        "overall_status": status,
        "essay_count": 1,
        "created_at": created_at,
    }


def minutes(count: int, *, first: int = 0, step: int = 1, prefix: str = "b") -> list[JsonObject]:
    """Return ``count`` batches, newest first, ``step`` minutes apart."""
    moments = range(first + step * (count - 1), first - 1, -step)
    return [
        record(f"{prefix}{at}", f"2026-11-{1 + at // 1440:02}T{at // 60 % 24:02}:{at % 60:02}:00") for at in moments
    ]


@dataclass(slots=True)
class Aggregator:
    """Answers as the real one: the first ``status`` only, one internal word or a 500; ``asked`` are the queries."""

    batches: dict[str, Sequence[JsonObject]]
    asked: list[dict[str, str]] = field(default_factory=list)

    def answer(self, request: UpstreamRequest) -> JsonValue:
        """Return the page that was asked for."""
        assert request.path == LIST
        query = dict(reversed(parse_qsl(request.query)))
        self.asked.append(query)
        if "status" in query and query["status"] not in self.batches:
            failing(request)
        limit, offset = int(query["limit"]), int(query["offset"])
        known = self.batches[query["status"]] if "status" in query else [*chain(*self.batches.values())]
        page: JsonValue = list(known[offset : offset + limit])
        return {"batches": page, "pagination": {"limit": limit, "offset": offset, "total": len(known)}}


def failing(request: UpstreamRequest) -> NoReturn:
    """Fail as the real adapter does for a 500."""
    raise_external_service_error(
        service="api-gateway-service",
        operation="call_upstream",
        message="The ras service failed.",
        correlation_id=correlation_id(),
        external_service=request.upstream.value,
        upstream_status=500,
    )


def circuit_open() -> HuleEduError:
    """Return what the real adapter raises while the circuit lets nothing, or one question at a time, through."""
    place = ErrorSource("api-gateway-service", "call_upstream", correlation_id())
    return place.error(ErrorCode.CIRCUIT_BREAKER_OPEN, "The ras service has failed repeatedly.", details={})


def aggregator(gateway: Gateway, **batches: Sequence[JsonObject]) -> Aggregator:
    """Put an aggregator with those batches behind ``gateway``."""
    words = [word for shown in DashboardStatus for word in internal_statuses(shown)]
    known: dict[str, Sequence[JsonObject]] = {word: batches.get(word, []) for word in words}
    simulated = Aggregator(known)
    gateway.upstreams.answer_each(UpstreamName.RAS, simulated.answer)
    return simulated


async def listed(gateway: Gateway, query: str) -> tuple[list[str], JsonObject]:
    """Return the ids on a page, and its pagination."""
    answer = await gateway.client.get(f"/v1/batches?{query}", bearer())
    assert answer.status == 200, answer.body
    batches, pagination = answer.object["batches"], answer.object["pagination"]
    assert isinstance(batches, list)
    assert isinstance(pagination, dict)
    return [str(each["batch_id"]) for each in batches if isinstance(each, dict)], pagination


@pytest.mark.parametrize("shown", list(DashboardStatus))
async def test_each_filter_asks_for_each_internal_status_it_covers(gateway: Gateway, shown: DashboardStatus) -> None:
    """One question for each, never two in one, and never a word of the dashboard's."""
    simulated = aggregator(gateway)

    await listed(gateway, f"status={shown}")

    assert sorted(query["status"] for query in simulated.asked) == sorted(internal_statuses(shown))
    assert all(seen.request.query.count("status=") == 1 for seen in gateway.upstreams.seen)


@pytest.mark.parametrize("query", ["", "status=", "limit=5&status="])
async def test_an_empty_filter_is_none(gateway: Gateway, query: str) -> None:
    """As a form sends it."""
    simulated = aggregator(gateway, failed_critically=minutes(2))

    ids, _ = await listed(gateway, query)

    assert ids == ["b1", "b0"]
    assert ["status" in asked for asked in simulated.asked] == [False]


async def test_an_unknown_status_names_those_there_are(gateway: Gateway) -> None:
    """400 with the allowed words, and nobody is asked."""
    answer = await gateway.client.get("/v1/batches?status=failed_critically", bearer())

    assert answer.status == 400
    assert answer.pointers == ["#/status"]
    assert all(status in answer.body.decode() for status in DashboardStatus)
    assert gateway.upstreams.seen == []


@pytest.mark.parametrize("limit", [1, 3, 7, 100])
async def test_pages_of_a_merged_filter_are_pages_of_one_list(limit: int) -> None:
    """Walked to its end, each batch comes once, newest first, and the total is the same on each page."""
    gateway = make_gateway(API_GATEWAY_RATE_LIMIT_REQUESTS="1000")
    uneven, even = minutes(130, first=1, step=2), minutes(117, step=2)
    aggregator(gateway, content_ingestion_failed=uneven, failed_critically=even)
    expected = [str(each["batch_id"]) for each in sorted(uneven + even, key=_created, reverse=True)]

    walked: list[str] = []
    for offset in range(0, len(expected), limit):
        ids, pagination = await listed(gateway, f"status=failed&limit={limit}&offset={offset}")
        walked += ids
        assert pagination == {"limit": limit, "offset": offset, "total": len(expected)}

    assert walked == expected


def _created(batch: JsonObject) -> str:
    return str(batch["created_at"])


async def test_a_page_beyond_the_end_is_empty_and_knows_the_total(gateway: Gateway) -> None:
    """As any list's."""
    aggregator(gateway, content_ingestion_failed=minutes(3), failed_critically=minutes(2, first=10))

    assert await listed(gateway, "status=failed&limit=10&offset=50") == ([], {"limit": 10, "offset": 50, "total": 5})


async def test_only_lists_that_may_matter_are_read_on(gateway: Gateway) -> None:
    """Old failures of the other kind aren't fetched to their end for a page of new ones."""
    old, new = minutes(300), minutes(400, first=10_000)
    simulated = aggregator(gateway, content_ingestion_failed=old, failed_critically=new)

    ids, _ = await listed(gateway, "status=failed&limit=100&offset=200")

    assert ids == [str(each["batch_id"]) for each in new[200:300]]
    assert Counter(query["status"] for query in simulated.asked) == {
        "content_ingestion_failed": 2,
        "failed_critically": 3,
    }
    assert {query["limit"] for query in simulated.asked} == {"100"}


async def test_the_whole_reach_of_a_merged_filter(gateway: Gateway) -> None:
    """Offset + limit may be 1,000, and not one more: 400 with the field named."""
    aggregator(gateway, content_ingestion_failed=minutes(1200), failed_critically=minutes(5, first=40_000))

    ids, pagination = await listed(gateway, "status=failed&limit=100&offset=900")
    beyond = await gateway.client.get("/v1/batches?status=failed&limit=100&offset=901", bearer())
    single = await gateway.client.get("/v1/batches?status=cancelled&limit=100&offset=901", bearer())

    assert (len(ids), pagination["total"]) == (100, 1205)
    assert (beyond.status, beyond.details["field"]) == (400, "offset")
    assert single.status == 200


@pytest.mark.parametrize(
    "spelled",
    [
        ("2026-11-28T08:00:00", "2026-11-28T08:00:01Z"),
        ("2026-11-28T08:00:00Z", "2026-11-28T08:00:00.5"),
        ("2026-11-28T08:00:00+00:00", "2026-11-28T09:30:00+01:00"),
        ("2026-11-28 08:00:00", "2026-11-28T08:00:00.000001+00:00"),
        ("not a time", "2026-11-28T08:00:00"),
        (None, "0001-01-01T00:00:00+14:00", "2026-11-28T08:00:00"),
        (17, "2026-11-28T08:00:00"),
    ],
)
async def test_times_are_compared_however_they_are_spelled(gateway: Gateway, spelled: tuple[JsonValue, ...]) -> None:
    """With a zone or without; what is no time is older than all that is."""
    *older, newest = (record(f"b{at}", moment) for at, moment in enumerate(spelled))
    aggregator(gateway, content_ingestion_failed=older, failed_critically=[newest])

    ids, _ = await listed(gateway, "status=failed")

    assert ids[0] == f"b{len(spelled) - 1}"


async def test_batches_of_one_moment_keep_their_order(gateway: Gateway) -> None:
    """On whatever pages they come, none is lost or told twice."""
    same = "2026-11-28T08:00:00"
    first = [record(f"i{number}", same) for number in range(105)]
    second = [record(f"c{number}", same) for number in range(105)]
    aggregator(gateway, content_ingestion_failed=first, failed_critically=second)

    pages = [(await listed(gateway, f"status=failed&limit=30&offset={offset}"))[0] for offset in range(0, 210, 30)]

    assert [*chain(*pages)] == [str(each["batch_id"]) for each in first + second]


async def test_an_aggregator_in_another_order_is_put_in_order(gateway: Gateway) -> None:
    """What was read is merged by time, whatever order it came in."""
    aggregator(gateway, content_ingestion_failed=minutes(5)[::-1], failed_critically=minutes(2, first=2, prefix="c"))

    ids, _ = await listed(gateway, "status=failed")

    assert ids == ["b4", "b3", "c3", "b2", "c2", "b1", "b0"]


async def test_a_batch_that_moved_between_two_questions_comes_once(gateway: Gateway) -> None:
    """And counts once."""
    moved = record("b1", "2026-11-28T08:00:00")
    aggregator(
        gateway, content_ingestion_failed=[moved], failed_critically=[moved, record("b0", "2026-11-27T08:00:00")]
    )

    assert await listed(gateway, "status=failed") == (["b1", "b0"], {"limit": 20, "offset": 0, "total": 2})


@pytest.mark.parametrize("total", [0, 1, 1_000_000])
async def test_a_total_that_is_not_true_ends_all_the_same(gateway: Gateway, total: int) -> None:
    """The pages end where the aggregator has no more, and no total is below what was seen."""

    def answer(request: UpstreamRequest) -> JsonValue:
        query = dict(parse_qsl(request.query))
        kind, offset = query["status"], int(query["offset"])
        batches: JsonValue = [record(f"{kind}{n}", f"2026-11-28T08:00:0{n}") for n in range(offset, min(offset + 2, 3))]
        return {"batches": batches, "pagination": {"total": total}}

    gateway.upstreams.answer_each(UpstreamName.RAS, answer)

    ids, pagination = await listed(gateway, "status=failed&limit=100")

    assert len(ids) == len(set(ids)) >= 4
    assert pagination["total"] == max(len(ids), 2 * total)


async def test_an_aggregator_that_pays_no_heed_to_the_offset_is_asked_no_further(gateway: Gateway) -> None:
    """A page without a new batch ends its list, whatever total it claims: the caller can't have it asked for ever."""
    page: JsonValue = [*minutes(3)]
    answer: JsonValue = {"batches": page, "pagination": {"total": 1_000_000}}
    gateway.upstreams.answer(UpstreamName.RAS, answer)

    ids, _ = await listed(gateway, "status=failed&limit=100&offset=900")
    assert ids == []
    assert len(gateway.upstreams.seen) == 2 * len(FAILED)


async def test_a_page_of_one_list_has_no_more_than_was_asked_for(gateway: Gateway) -> None:
    """An aggregator that answers more is cut short, and no total is below what was shown."""
    batches: JsonValue = list(minutes(3))
    gateway.upstreams.answer(UpstreamName.RAS, {"batches": batches, "pagination": {"total": 1}})

    ids, pagination = await listed(gateway, "status=cancelled&limit=2&offset=4")

    assert (ids, pagination) == (["b2", "b1"], {"limit": 2, "offset": 4, "total": 6})


@pytest.mark.parametrize("query", ["status=failed", "status=cancelled", ""])
@pytest.mark.parametrize(
    "answer",
    [
        {},
        {"batches": []},
        {"batches": [], "pagination": []},
        {"batches": [], "pagination": {"total": -1}},
        {"batches": [], "pagination": {"total": True}},
        {"batches": [], "pagination": {"total": "1"}},
        {"batches": {}, "pagination": {"total": 1}},
        {"batches": [None], "pagination": {"total": 1}},
        {"batches": [{"overall_status": "failed"}], "pagination": {"total": 1}},
        {"batches": [{"batch_id": "b1"}], "pagination": {"total": 1}},
    ],
)
async def test_an_answer_that_cannot_be_read_is_the_aggregators_fault(
    gateway: Gateway, query: str, answer: JsonValue
) -> None:
    """502, never a list that leaves something out."""
    gateway.upstreams.answer(UpstreamName.RAS, answer)

    response = await gateway.client.get(f"/v1/batches?{query}", bearer())

    assert (response.status, response.error["code"]) == (502, "INVALID_RESPONSE")


@pytest.mark.parametrize("word", FAILED)
async def test_one_question_that_fails_fails_the_list(gateway: Gateway, word: str) -> None:
    """A list that lacks one kind of failure would be wrong: the error of the question is told."""

    def answer(request: UpstreamRequest) -> JsonValue:
        if f"status={word}" in request.query:
            failing(request)
        return {"batches": [], "pagination": {"total": 0}}

    gateway.upstreams.answer_each(UpstreamName.RAS, answer)

    response = await gateway.client.get("/v1/batches?status=failed", bearer())

    assert (response.status, response.error["code"]) == (502, "EXTERNAL_SERVICE_ERROR")


async def test_questions_that_a_half_open_circuit_refuses_are_asked_after_its_probe(gateway: Gateway) -> None:
    """One question at a time passes there: a list that failed by its own probe could never close the circuit."""
    simulated = aggregator(gateway, processing_pipelines=minutes(2), validation_timeout_processed=minutes(2, first=9))
    words = internal_statuses(DashboardStatus.PROCESSING)
    refused = set(words[1:])

    def answer(request: UpstreamRequest) -> JsonValue:
        word = dict(parse_qsl(request.query))["status"]
        if word in refused:
            refused.remove(word)
            raise circuit_open()
        return simulated.answer(request)

    gateway.upstreams.answer_each(UpstreamName.RAS, answer)

    ids, _ = await listed(gateway, "status=processing")

    assert ids == ["b10", "b9", "b1", "b0"]
    assert [query["status"] for query in simulated.asked] == list(words)


async def test_an_open_circuit_is_told(gateway: Gateway) -> None:
    """503, after one more question at most."""

    def answer(_request: UpstreamRequest) -> NoReturn:
        raise circuit_open()

    gateway.upstreams.answer_each(UpstreamName.RAS, answer)

    response = await gateway.client.get("/v1/batches?status=failed", bearer())

    assert (response.status, response.error["code"]) == (503, "CIRCUIT_BREAKER_OPEN")
    assert len(gateway.upstreams.seen) == len(FAILED) + 1


async def test_what_is_listed_speaks_the_dashboards_words_in_utc(gateway: Gateway) -> None:
    """Both statuses are the dashboard's, times end in Z, and nobody's id is told."""
    batch = record("b1", "2026-11-28T08:00:00.5", status="failed_critically") | {
        "last_updated": "2026-11-28T09:00:00+01:00"
    }
    aggregator(gateway, failed_critically=[batch])

    answer = await gateway.client.get("/v1/batches?status=failed", bearer())

    assert answer.object["batches"] == [
        {
            "batch_id": "b1",
            "status": "failed",
            "overall_status": "failed",
            "essay_count": 1,
            "created_at": "2026-11-28T08:00:00.5Z",
            "last_updated": "2026-11-28T08:00:00Z",
        }
    ]


async def test_all_questions_share_the_routes_time(gateway: Gateway) -> None:
    """Each later round has no more than the one before."""
    aggregator(gateway, content_ingestion_failed=minutes(250), failed_critically=minutes(250, first=30_000))

    await listed(gateway, "status=failed&limit=100&offset=300")

    allowed = [seen.request.within_s or 0.0 for seen in gateway.upstreams.seen]
    assert len(allowed) > 2
    assert allowed == sorted(allowed, reverse=True)
