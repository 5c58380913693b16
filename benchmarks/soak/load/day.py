"""A mixed day: what teachers do, how often, at random moments that don't wait for any answer."""

import asyncio
import math
import time
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass
from random import Random

from benchmarks.soak.load.commands import BatchWork
from benchmarks.soak.load.feed import Feed
from benchmarks.soak.load.teacher import Call, Teacher

USUAL_TEACHERS = 500
TIDES = 6
"""How often the day's load rises and falls."""

TIDE = 0.5
"""How far it does, as a part of the average."""


@dataclass(frozen=True, slots=True)
class Place:
    """A teacher and her feed."""

    teacher: Teacher
    feed: Feed


Action = Callable[[Place, float], Coroutine[None, None, None]]


class Day:
    """Has teachers act at random.

    Args:
        places: the teachers with their feeds.
        batches: takes batches through their pipelines.
        random: chooses who does what and when.
    """

    def __init__(self, places: Sequence[Place], batches: BatchWork, random: Random) -> None:
        self._places = places
        self._batches = batches
        self._random = random
        self.rates: dict[Action, float] = {
            self._read_dashboard: 4,
            self._poll_status: 6,
            self._poll_notifications: 5,
            self._list_batches: 2,
            self._work_on_batch: 1,
            self._create_class: 0.5,
            self._mark_seen: 2,
            self._log_in_again: 0.5,
            self._lose_network: 0.5,
        }
        """How often each is done a second by 500 teachers."""

    async def run(self, *, seconds: float) -> None:
        """Have it go on for so long, and return when everything that was begun is done."""
        began = time.time()
        due, actions, weights = began, [*self.rates], [*self.rates.values()]
        average = sum(weights) * len(self._places) / USUAL_TEACHERS
        async with asyncio.TaskGroup() as acting:
            while due < began + seconds:
                due += self._random.expovariate(average * tide((due - began) / seconds))
                (action,) = self._random.choices(actions, weights)
                place = self._random.choice(self._places)
                await asyncio.sleep(max(0.0, due - time.time()))
                acting.create_task(action(place, due))

    async def _read_dashboard(self, place: Place, due: float) -> None:
        await place.teacher.read("/bff/v1/teacher/dashboard", route="dashboard", due=due)

    async def _poll_status(self, place: Place, due: float) -> None:
        teacher = place.teacher
        if not teacher.batches:
            await self._list_batches(place, due)
            return
        await teacher.read(f"/v1/batches/{teacher.random.choice(teacher.batches)}/status", route="status", due=due)

    async def _poll_notifications(self, place: Place, due: float) -> None:
        await place.teacher.read("/v1/notifications?limit=20", route="notifications", due=due)

    async def _list_batches(self, place: Place, due: float) -> None:
        await place.teacher.read("/v1/batches?limit=20", route="batches", due=due)

    async def _work_on_batch(self, place: Place, due: float) -> None:
        await self._batches.carry_out(place.teacher, due)

    async def _create_class(self, place: Place, due: float) -> None:
        body = {"name": "8B", "course_codes": ["ENG5"]}
        await place.teacher.call(Call(method="POST", path="/v1/classes", route="class", due=due, json=body))

    async def _mark_seen(self, place: Place, due: float) -> None:
        if place.feed.position:
            body = {"id": place.feed.position}
            await place.teacher.call(
                Call(method="POST", path="/v1/notifications/seen", route="seen", due=due, json=body)
            )

    async def _log_in_again(self, place: Place, due: float) -> None:
        await place.teacher.log_in_again(due)

    async def _lose_network(self, place: Place, _due: float) -> None:
        place.feed.lose_network()


def tide(part: float) -> float:
    """Return how busy the day is, 1 on the average, after ``part`` of it."""
    return 1 + TIDE * math.sin(2 * math.pi * TIDES * part)


async def begin_day(places: Sequence[Place], following: asyncio.TaskGroup, *, rate: float) -> list[asyncio.Task[None]]:
    """Have ``rate`` teachers a second log in and open their feeds; return the tasks that follow these."""
    tasks: list[asyncio.Task[None]] = []
    for place in places:
        tasks.append(following.create_task(_arrive(place)))
        await asyncio.sleep(1 / rate)
    return tasks


async def _arrive(place: Place) -> None:
    await place.teacher.log_in()
    await place.feed.follow()
