"""What ``--check`` and ``--reach`` print."""

import asyncio
import io

from common.web.serving.check import Neighbour, UnreachableError, report_neighbours, report_settings


async def _answer() -> str:
    return "answered PING"


async def _refuse() -> str:
    message = "answered 503\nand a page"
    raise UnreachableError(message)


async def _break() -> str:
    raise ConnectionRefusedError


async def _hang() -> str:
    await asyncio.Event().wait()
    return ""


async def test_each_neighbour_has_one_line() -> None:
    """Name, outcome, address and what was answered, in the order given; one that fails makes the whole fail."""
    out = io.StringIO()
    neighbours = [
        Neighbour("redis", "redis://r:6379", _answer),
        Neighbour("bos", "http://bos", _refuse),
        Neighbour("cms", "http://cms", _break),
        Neighbour("kafka", "k:9092", _hang),
    ]

    reached = await report_neighbours(neighbours, out, within_s=0.01)

    assert not reached
    assert [line.split(maxsplit=3) for line in out.getvalue().splitlines()] == [
        ["redis", "ok", "redis://r:6379", "answered PING"],
        ["bos", "FAILED", "http://bos", "answered 503"],
        ["cms", "FAILED", "http://cms", "ConnectionRefusedError"],
        ["kafka", "FAILED", "k:9092", "no answer within 0.01 s"],
    ]


async def test_all_reached_is_success() -> None:
    """The report of one that answers."""
    assert await report_neighbours([Neighbour("redis", "redis://r", _answer)], io.StringIO())


def test_settings_tell_what_is_doubtful() -> None:
    """One line, and one for each warning."""
    out = io.StringIO()

    report_settings({"CORS_ORIGINS": "is empty: no page may call"}, out)

    assert out.getvalue() == "settings   ok\n           doubtful  CORS_ORIGINS: is empty: no page may call\n"
