"""Every case: how it is measured unless told otherwise, and how long that takes."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from benchmarks.cases import (
    commands,
    delivery,
    disturbed,
    intake,
    peers,
    replicas,
    sizing,
    slow_client,
    sockets,
    status,
    storm,
    streaming,
)
from benchmarks.figures import CaseResult
from benchmarks.rounds import Options

LONGEST_S = 120.0
LONGEST_OF_ALL_S = 900.0


@dataclass(frozen=True, slots=True)
class Case:
    """A case and its time budget, as two quiet cores take it.

    Attributes:
        run: Measures.
        planned: How often and how long, unless told otherwise.
        start_s: What servers, warm-up and whatever is done once take.
        round_s: What a round takes beside its timed measurements: connecting, settling.
        timed: How many measurements of ``planned.seconds`` a round has.
    """

    run: Callable[[Options], CaseResult]
    planned: Options
    start_s: float
    round_s: float = 0.0
    timed: int = 0

    def options(self, rounds: int | None = None, seconds: float | None = None) -> Options:
        """Return the planned options with those given in their place; a round that its work ends has no seconds."""
        timed_s = self.planned.seconds if seconds is None or not self.timed else seconds
        return Options(rounds or self.planned.rounds, timed_s)

    def takes_s(self, options: Options) -> float:
        """Return about how long the case takes with ``options``."""
        return self.start_s + options.rounds * (self.round_s + self.timed * options.seconds)


CASES: Mapping[str, Case] = {
    "status": Case(status.run, Options(5, 3), start_s=10, timed=2),
    "peers": Case(peers.run, Options(5, 2), start_s=12, timed=3),
    "latency": Case(status.run_latency, Options(5, 1.5), start_s=10, timed=3),
    "growth": Case(status.run_growth, Options(3, 1), start_s=10, timed=4),
    "stream": Case(streaming.run, Options(5, 2), start_s=12, timed=4),
    "upload": Case(streaming.run_upload, Options(5), start_s=15, round_s=1),
    "command": Case(commands.run, Options(5, 2), start_s=13, timed=3),
    "replicas": Case(replicas.run, Options(3, 2), start_s=14, timed=2),
    "feed": Case(delivery.run, Options(5, 2), start_s=10, round_s=17),
    "feed-latency": Case(delivery.run_latency, Options(5, 1), start_s=10, round_s=4, timed=2),
    "feed-slow-client": Case(slow_client.run, Options(3, 2), start_s=10, round_s=4, timed=2),
    "feed-path": Case(delivery.run_path, Options(5, 2), start_s=13, round_s=2, timed=1),
    "feed-intake": Case(intake.run, Options(5), start_s=8, round_s=6),
    "feed-push": Case(delivery.run_push, Options(5), start_s=30, round_s=1.5),
    "feed-memory": Case(sockets.run_memory, Options(1), start_s=0, round_s=32),
    "feed-accepts": Case(sockets.run_accepts, Options(5), start_s=10, round_s=7),
    "feed-resume": Case(sockets.run_resume, Options(20), start_s=10, round_s=0.1),
    "feed-growth": Case(sockets.run_growth, Options(3, 2), start_s=46, timed=4),
    "disturbed-gateway": Case(disturbed.run_gateway, Options(3, 3), start_s=9, timed=2),
    "disturbed-feed": Case(disturbed.run_feed, Options(3, 3), start_s=10, round_s=4, timed=3),
    "sizing": Case(sizing.run, Options(1), start_s=0, round_s=65),
    "storm": Case(storm.run, Options(1, 3), start_s=40, timed=1),
}


def announcement(left: Sequence[str], chosen: Mapping[str, Options], now: datetime) -> str:
    """Return the line that says which case begins, what is left, and when all will be done."""
    name, *others = left
    takes = {each: CASES[each].takes_s(chosen[each]) for each in left}
    end = now + timedelta(seconds=sum(takes.values()))
    after = f"{len(others)} more after it, all done" if others else "done"
    return f"── {name}, about {takes[name]:.0f} s; {after} at about {end:%H:%M:%S}"


def clock(seconds: float) -> str:
    """Return a duration as minutes and seconds."""
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"
