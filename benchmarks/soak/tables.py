"""A soak in tables, as Markdown."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from statistics import median

from benchmarks.rounds import percentile
from benchmarks.soak.disturbances import Kind, Window
from benchmarks.soak.load.run import SUCCESSES
from benchmarks.soak.outcome import Outcome
from benchmarks.soak.verdict import growths

AFTERMATH_S = 3.0
"""How long after a replica is ready again its absence still shows: waits that it caused, pools that reconnect."""

BEFORE_S = 0.5
"""A request that was due shortly before a kill may have been under way."""

NOTHING = "none"
MEGABYTE = 1e6


def table(heads: Sequence[str], rows: Iterable[Sequence[object]]) -> list[str]:
    """Return a table's lines, and an empty one."""
    lines = [f"| {' | '.join(heads)} |", f"|{' --- |' * len(heads)}"]
    return [*lines, *(f"| {' | '.join(str(cell) for cell in row)} |" for row in rows), ""]


def books(outcome: Outcome) -> list[str]:
    """Return what was produced, what arrived, what is wrong."""
    ledger, commands = outcome.load["ledger"], outcome.load["commands"]
    unaccounted = max((abs(sample.gauges.get("feed_unaccounted", 0)) for sample in outcome.samples), default=0)
    rows = [
        ("notifications acknowledged by Kafka", f"{ledger['acknowledged']:,}", ""),
        ("lost", ledger["lost"], "0"),
        ("received twice", ledger["twice"], "0"),
        ("received by another teacher", ledger["foreign"], "0"),
        ("gaps and resets told", ledger["told_lost"], "0"),
        ("received in all, the simulated services' included", f"{ledger['received']:,}", ""),
        ("`feed_unaccounted`, the largest of all samples", f"{unaccounted:g}", "0"),
        ("commands acknowledged (202)", f"{commands['acknowledged']:,}", ""),
        ("acknowledged and not on Kafka", commands["missing"], "0"),
        ("on Kafka under two event ids", commands["two_ids"], "0"),
        ("on Kafka twice, no attempt cut off", commands["repeated"], "0"),
        ("on Kafka twice under one event id, an attempt cut off", commands["repeated_after_cut"], ""),
    ]
    return table(("what", "count", "must be"), rows)


def routes(outcome: Outcome) -> list[str]:
    """Return each route's requests and latencies."""
    measured: dict[str, list[float]] = defaultdict(list)
    failed: Counter[str] = Counter()
    unchanged: Counter[str] = Counter()
    for _, route, result, ms in outcome.load["requests"]:
        measured[route].append(ms)
        failed[route] += result not in SUCCESSES
        unchanged[route] += result == "304"
    rows = [
        (
            route,
            f"{len(taken):,}",
            f"{unchanged[route]:,}" if unchanged[route] else "",
            failed[route] or "",
            f"{median(taken):,.0f} ms",
            f"{percentile(taken, 99):,.0f} ms",
        )
        for route, taken in sorted(measured.items())
    ]
    latencies = [ms for _, ms in outcome.load["latencies"]]
    if latencies:
        shown = f"{median(latencies):,.0f} ms", f"{percentile(latencies, 99):,.0f} ms"
        rows.append(("Kafka to client", f"{len(latencies):,}", "", "", *shown))
    return table(("route", "requests", "of them 304", "errors", "p50", "p99"), rows)


def errors(outcome: Outcome) -> list[str]:
    """Return the errors by code, and what was being done to a replica at the time."""
    counts: Counter[tuple[str, str]] = Counter()
    for at, _, result, ms in outcome.load["requests"]:
        if result not in SUCCESSES:
            counts[result, circumstance(outcome.windows, at, at + ms / 1000)] += 1
    places = [*Kind, NOTHING]
    rows = [
        (f"`{result}`", *(counts[result, place] or "" for place in places))
        for result in sorted({result for result, _ in counts})
    ]
    return table(("error", *(f"during a {kind}" for kind in Kind), "at other times"), rows)


def circumstance(windows: Sequence[Window], begin: float, end: float) -> str:
    """Return what was being done to a replica while a request was under way; a kill explains more than a restart."""
    met = {window.kind for window in windows if begin < window.end + AFTERMATH_S and end > window.begin - BEFORE_S}
    return next((kind for kind in (Kind.KILL, Kind.ROLL) if kind in met), NOTHING)


def feeds(outcome: Outcome) -> list[str]:
    """Return how connections of the feed began and ended."""
    endings: Counter[tuple[str, str]] = Counter((transport, how) for _, transport, how in outcome.load["endings"])
    rows = [("ready", what.replace(" ", ", ", 1), times) for what, times in sorted(outcome.load["opened"].items())]
    rows += [("ended", f"{transport}, {how}", times) for (transport, how), times in sorted(endings.items())]
    return table(("", "transport, and how", "times"), rows)


def disturbances(outcome: Outcome) -> list[str]:
    """Return what was done to the replicas."""
    rows = []
    for kind in Kind:
        for service in sorted({window.service for window in outcome.windows}):
            of_kind = [one for one in outcome.windows if one.kind is kind and one.service == service]
            if of_kind:
                away = [one.end - one.begin for one in of_kind]
                codes = ", ".join(sorted({str(one.exit_code) for one in of_kind}))
                rows.append((kind, service, len(of_kind), f"{median(away):.1f} s", f"{max(away):.1f} s", codes))
    return table(("what", "service", "replicas", "until ready, median", "longest", "exit code"), rows)


def growth(outcome: Outcome) -> list[str]:
    """Return the trend of everything that was to stay flat."""
    rows = []
    for one in growths(outcome):
        unit = f" {one.limit.unit}".rstrip()
        interval = f"{one.trend.at_least:,.2f} … {one.trend.at_most:,.2f}{unit}"
        shown = f"{one.trend.per_minute:,.2f}{unit}", interval, f"{one.limit.per_minute:g}{unit}"
        rows.append((one.replica, one.quantity, one.trend.points, *shown, "yes" if one.holds else "**no**"))
    if not rows:
        return ["No replica lived long enough to show a trend.", ""]
    return table(("replica", "quantity", "samples", "a minute", "99 % between", "limit", "holds"), rows)


def rest(outcome: Outcome) -> list[str]:
    """Return each replica before the first teacher came and after the last had left."""
    before = {sample.replica: sample for sample in outcome.rest_before}
    rows = [
        (
            sample.replica,
            f"{before[sample.replica].rss / MEGABYTE:.0f} → {sample.rss / MEGABYTE:.0f} MB",
            f"{before[sample.replica].descriptors} → {sample.descriptors}",
            sample.pooled,
            f"{sample.gauges.get('websockets_open', 0) + sample.gauges.get('feed_sockets', 0):g}",
            f"{sample.log_bytes / MEGABYTE:.1f} MB",
        )
        for sample in outcome.rest_after
    ]
    return table(("replica", "RSS", "descriptors", "pooled to Redis", "clients left", "log, all its lives"), rows)


def keys(outcome: Outcome) -> list[str]:
    """Return Redis' keys after the day."""
    rows = [
        (f"`{name}`", f"{family.keys:,}", family.immortal, f"{family.memory / MEGABYTE:.2f} MB")
        for name, family in outcome.families.items()
    ]
    return table(("keys", "how many", "without expiry", "memory"), rows)


def sections(outcome: Outcome) -> Iterator[tuple[str, list[str]]]:
    """Yield each table with its heading."""
    if outcome.load:
        yield "Lost and twice", books(outcome)
        yield "Requests", routes(outcome)
        yield "Errors", errors(outcome)
        yield "Connections of the feed", feeds(outcome)
    if outcome.windows:
        yield "Disturbances", disturbances(outcome)
    yield "Growth", growth(outcome)
    yield "At rest, before and after", rest(outcome)
    yield "Redis", keys(outcome)
