"""Rolling restarts and kills: planned from a seed, carried out one after the other."""

import asyncio
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from random import Random

from benchmarks.soak.stack import FEED
from sandbox.errors import NotReadyError
from sandbox.feed_restart import all_read_kafka
from sandbox.http_process import HttpProcess

CALM_PART = 0.12
"""The part of a run at its beginning in which nothing is disturbed."""

WILD_PART = 0.45
"""Until this part both replicas of a service are disturbed; then only the second is, and the first shows its trend."""

QUIET_PART = 0.95
DISTURBANCES = 40
"""About how many there are, unless the run is too short for the pauses between them."""

SHORTEST_PAUSE_S = 6.0
LONGEST_AWAY_S = 5.0
DRAIN_WITHIN_S = 90.0
READY_AT_LAST_S = 300.0


class Kind(StrEnum):
    """What is done to a service."""

    ROLL = "rolling restart"
    KILL = "kill"


@dataclass(frozen=True, slots=True)
class Disturbance:
    """What is done when: ``at_s`` seconds after the beginning, to a service's replicas by their numbers.

    A killed replica stays away for ``away_s`` seconds.
    """

    at_s: float
    kind: Kind
    service: str
    replicas: tuple[int, ...]
    away_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Window:
    """A disturbance as it happened: from ``begin`` until everything was ready again at ``end`` (Unix time)."""

    begin: float
    end: float
    kind: Kind
    service: str
    replica: int
    exit_code: int | None


def plan_disturbances(random: Random, services: Sequence[str], *, seconds: float) -> list[Disturbance]:
    """Return what is done in a run of so many seconds.

    First each service is rolled and a replica of each killed, in any order; what follows is chosen at random.
    """
    pause_s = max(SHORTEST_PAUSE_S, seconds * (QUIET_PART - CALM_PART) / DISTURBANCES)
    first = [(kind, service) for kind in Kind for service in services]
    random.shuffle(first)
    planned: list[Disturbance] = []
    for at_s in _moments(random, seconds=seconds, pause_s=pause_s):
        wild = at_s < seconds * WILD_PART or bool(first)
        kind, service = first.pop() if first else (random.choice([*Kind]), random.choice(services))
        replica = random.choice((1, 2)) if wild else 2
        everyone = wild and kind is Kind.ROLL
        away_s = random.uniform(0.5, LONGEST_AWAY_S) if kind is Kind.KILL else 0.0
        planned.append(Disturbance(at_s, kind, service, (1, 2) if everyone else (replica,), away_s))
    return planned


def _moments(random: Random, *, seconds: float, pause_s: float) -> Iterator[float]:
    at_s = seconds * CALM_PART
    while at_s < seconds * QUIET_PART:
        yield at_s
        at_s += pause_s * random.uniform(0.6, 1.4)


async def disturb(
    planned: Sequence[Disturbance], processes: Mapping[str, HttpProcess], *, on_window: Callable[[Window], None]
) -> None:
    """Carry out the plan; one that is due while another is under way comes right after it.

    Raises:
        SandboxError: a replica doesn't come back.
    """
    began = time.monotonic()
    for each in planned:
        await asyncio.sleep(max(0.0, began + each.at_s - time.monotonic()))
        for number in each.replicas:
            if each.kind is Kind.ROLL and each.service == FEED:
                await all_read_kafka([process for name, process in processes.items() if name.startswith(FEED)])
            on_window(await _carry_out(each, processes[f"{each.service}-{number}"], number))


async def _carry_out(what: Disturbance, process: HttpProcess, number: int) -> Window:
    begin = time.time()
    if what.kind is Kind.KILL:
        await process.kill()
    else:
        await process.stop(grace_s=DRAIN_WITHIN_S)
    exit_code = process.exit_code
    await asyncio.sleep(what.away_s)
    try:
        await process.start()
    except NotReadyError:  # on a machine that does much else it takes its time, which decides nothing
        await process.ready(process.answers, within_s=READY_AT_LAST_S)
    return Window(begin, time.time(), what.kind, what.service, number, exit_code)
