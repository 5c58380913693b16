"""The tables of docs/sizing.md, reckoned from the figures in benchmarks/results."""

import json
import math
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Final

from scripts.docs.tables import table, with_table

RESULTS: Final = Path(__file__).resolve().parents[2] / "benchmarks" / "results"
USED: Final = 0.6
"""The share of its core that a process may use in the busiest minute."""

BACK_WITHIN_S: Final = 10
"""How soon the clients of a replica that was killed are to be connected to the other one."""

CONNECTIONS, REQUESTS, NOTIFICATIONS = 1.5, 0.2, 0.02
"""A teacher's at the busiest time: open tabs and devices, requests a second, notifications a second."""

TEACHERS: Final = (500, 2_000, 10_000)
FIGURES: Final = {
    "gateway_mb": ("sizing", "gateway, memory without load"),
    "request_us": ("status", "status route, CPU a request"),
    "command_us": ("command", "pipeline command, CPU a request"),
    "uploads_mb": ("upload", "uploads, 20 at once, RSS growth"),
    "feed_mb": ("sizing", "feed, memory without sockets"),
    "socket_kb": ("feed-memory", "memory a socket, 5,000 idle"),
    "idle_us": ("sizing", "CPU an idle socket and minute"),
    "accepts": ("feed-accepts", "accepts"),
    "delivered": ("feed", "delivered, 2,000 users"),
    "record_us": ("feed-intake", "CPU a record"),
    "log_kb": ("sizing", "Redis, memory of a full log"),
}
"""Each name of the page's formulas: a case and its figure."""


@dataclass(frozen=True, slots=True)
class Size:
    """What a number of teachers needs."""

    teachers: int
    sockets: int
    requests: float
    notifications: float
    gateways: int
    feeds: int
    feed_mb: float
    feed_mb_alone: float
    feed_core: float
    redis_mb: float


def with_sizing(page: str) -> str:
    """Return ``page`` with its tables put between their markers.

    Raises:
        ValueError: ``page`` lacks a table's markers.
    """
    rows = ((f"`{name}`", f"{measured(name):,.1f}", f"{case}: {figure}") for name, (case, figure) in FIGURES.items())
    page = with_table(page, "figures", table(("name", "measured", "which figure of benchmarks.md"), rows))
    heads = (
        "teachers", "connections", "requests a second", "notifications a second", "gateways", "feeds",
        "a feed's memory", "after one is lost", "a feed's core", "Redis, full logs",
    )  # fmt: skip
    sizes = [size_for(teachers) for teachers in TEACHERS]
    return with_table(page, "sizes", table(heads, (_row(size) for size in sizes)))


def size_for(teachers: int) -> Size:
    """Return what so many teachers need at the busiest time, by the page's formulas."""
    sockets, requests = math.ceil(teachers * CONNECTIONS), teachers * REQUESTS
    notifications = teachers * NOTIFICATIONS
    gateways = math.ceil(requests * measured("request_us") / 1e6 / USED) + 1
    feeds = max(2, math.ceil(sockets / most_sockets()))
    frames = notifications * CONNECTIONS
    busy = sockets * measured("idle_us") / 60e6 + notifications * measured("record_us") / 1e6
    return Size(
        teachers,
        sockets,
        requests,
        notifications,
        gateways,
        feeds,
        feed_mb=feed_mb(sockets / feeds),
        feed_mb_alone=feed_mb(sockets / (feeds - 1)),
        feed_core=(busy + frames / measured("delivered")) / feeds,
        redis_mb=teachers * measured("log_kb") / 1e3,
    )


def most_sockets() -> int:
    """Return how many connections a replica may have on average, in hundreds: the HPA's target."""
    return int(BACK_WITHIN_S * measured("accepts") * USED // 100 * 100)


def feed_mb(sockets: float) -> float:
    """Return the memory of a feed with so many connections."""
    return measured("feed_mb") + sockets * measured("socket_kb") / 1e3


def measured(name: str) -> float:
    """Return the median of a figure of ``FIGURES``."""
    case, figure = FIGURES[name]
    result = json.loads((RESULTS / f"{case}.json").read_text(encoding="utf-8"))
    (rounds,) = [each["ours"] for each in result["figures"] if each["name"] == figure]
    return float(median(rounds))


def _row(size: Size) -> tuple[str, ...]:
    return (
        f"{size.teachers:,}",
        f"{size.sockets:,}",
        f"{size.requests:,.0f}",
        f"{size.notifications:,.0f}",
        str(size.gateways),
        str(size.feeds),
        f"{size.feed_mb:,.0f} MB",
        f"{size.feed_mb_alone:,.0f} MB",
        f"{size.feed_core:.0%}",
        f"{size.redis_mb:,.0f} MB",
    )
