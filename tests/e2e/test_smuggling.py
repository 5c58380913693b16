"""Requests smuggled in requests: what the gateway answers is what the services got, and nothing else gets through."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import count

import pytest
import pytest_asyncio

from sandbox.environment import gateway_environment, shared_environment
from sandbox.parts import UPSTREAMS, service_process
from sandbox.ports import LOOPBACK, free_port
from sandbox.redis_server import RedisServer
from sandbox.tokens import TokenMint
from tests.support.raw_http import RawResponse, connected
from tests.support.servers import running
from tests.support.smuggling.cases import PREFIX, Case, Filling, Forwarded, Verdict
from tests.support.smuggling.corpus import CORPUS, TABLES
from tests.support.smuggling.recorder import Recorder, answer_to, recording

USER = "teacher-smuggled"
UNHURRIED = {f"API_GATEWAY_RATE_LIMIT_{kind}": "1000000" for kind in ("REQUESTS", "COMMANDS", "UPLOADS", "LOGIN")}
ENDED_WITHIN_S = 60.0
AT_ONCE = 16
CASES = 500
MOST_PIECES = 30


@dataclass(frozen=True, slots=True)
class Edge:
    """A gateway process and what stands behind it; ``numbers`` tell cases apart."""

    port: int
    recorder: Recorder
    token: str
    numbers: Iterator[int]


@pytest_asyncio.fixture(scope="module")
async def edge(valkey: RedisServer, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Edge]:
    """A real gateway, with the recorder for every service."""
    port = free_port()
    async with recording(USER) as recorder:
        environment = shared_environment(jwks_url=None) | gateway_environment(
            port=port,
            redis_url=valkey.url,
            kafka=f"{LOOPBACK}:{free_port()}",
            upstreams=dict.fromkeys(UPSTREAMS, recorder.url),
            origins=[],
        )
        folder = tmp_path_factory.mktemp("smuggling")
        async with running(service_process("api_gateway", port, folder, environment | UNHURRIED)):
            yield Edge(port, recorder, TokenMint().access_token(USER).encoded, count(1))


Pieces = Callable[[bytes], Iterator[bytes]]


def whole(sent: bytes) -> Iterator[bytes]:
    """Yield everything at once."""
    yield sent


def lines(sent: bytes) -> Iterator[bytes]:
    """Yield the first lines one by one, with each line's end cut in two."""
    *cut, rest = sent.split(b"\n", MOST_PIECES)
    for line in cut:
        yield line
        yield b"\n"
    yield rest


async def converse(port: int, case: Case, pieces: Iterator[bytes]) -> list[RawResponse]:
    """Send ``pieces``; return every final answer that comes before the connection ends."""
    async with asyncio.timeout(ENDED_WITHIN_S), connected(port) as connection:
        for piece in pieces:
            connection.writer.write(piece)
            await asyncio.sleep(0)
        if case.alone or Verdict() in case.verdicts:
            connection.writer.write_eof()
        received = await connection.until_closed()
    return list(answers_in(received, heads=case.heads))


def answers_in(received: bytes, *, heads: int) -> Iterator[RawResponse]:
    """Yield the final answers in ``received``, every byte of which belongs to one; the first are to HEAD."""
    while received:
        head, end, received = received.partition(b"\r\n\r\n")
        assert end, head
        status, *fields = head.decode("latin-1").split("\r\n")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in fields)}
        answer = RawResponse(int(status.split()[1]), headers)
        if answer.status < 200:
            continue
        length = 0 if heads > 0 or answer.status == 204 else int(headers["content-length"])
        answer.body, received = received[:length], received[length:]
        heads -= 1
        yield answer


async def desync_of(edge: Edge, case: Case, pieces: Pieces) -> str:
    """Return how what became of ``case`` differs from each of its verdicts, or nothing."""
    filling = Filling(edge.token, next(edge.numbers))
    prefix = filling.filled(Forwarded("", f"{PREFIX}/")).target

    answers = await converse(edge.port, case, pieces(case.bytes_for(filling)))

    arrived = edge.recorder.requests_below(prefix)
    found = Verdict(tuple(answer.status for answer in answers), tuple(arrived))
    allowed = [Verdict(each.statuses, tuple(map(filling.filled, each.forwarded))) for each in case.verdicts]
    if found not in allowed:
        return f"{found} instead of {allowed}"
    if not case.cut and (beginnings := edge.recorder.beginnings_below(prefix)):
        return f"a service saw {beginnings}"
    told = [answer.body for answer in answers[case.heads :] if answer.status == 200]
    if told != [answer_to(each) for each in arrived if each.method != "HEAD"]:
        return f"the client was told {told}"
    return ""


async def desyncs_of(edge: Edge, cases: Mapping[str, Case], pieces: Pieces) -> dict[str, str]:
    """Return what went wrong, by the names of the cases; many are sent at the same time."""
    room = asyncio.Semaphore(AT_ONCE)

    async def told(case: Case) -> str:
        async with room:
            return await desync_of(edge, case, pieces)

    found = await asyncio.gather(*map(told, cases.values()))
    return {name: fault for name, fault in zip(cases, found, strict=True) if fault}


@pytest.mark.parametrize("pieces", [whole, lines])
@pytest.mark.parametrize("table", TABLES)
async def test_nothing_is_smuggled(edge: Edge, table: str, pieces: Pieces) -> None:
    """Each client reads the answers of a verdict; the services get its requests, beyond doubt, and no other."""
    assert await desyncs_of(edge, TABLES[table], pieces) == {}

    assert edge.recorder.faults == []
    assert [each for each in edge.recorder.requests if "smuggled" in each.target] == []


def test_the_corpus_is_large_enough() -> None:
    """A table that is lost is missed."""
    assert len(CORPUS) >= CASES
