"""One run of the load generator: everybody arrives, the day passes, the books are closed."""

import asyncio
import json
import signal
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import astuple
from pathlib import Path
from random import Random

from aiokafka import AIOKafkaProducer

from benchmarks.soak.load.command_ledger import CommandLedger
from benchmarks.soak.load.commands import BatchWork, read_commands
from benchmarks.soak.load.day import USUAL_TEACHERS, Day, Place, begin_day
from benchmarks.soak.load.feed import Feed
from benchmarks.soak.load.ledger import Ledger
from benchmarks.soak.load.measurements import Measurements
from benchmarks.soak.load.notifications import Notifications
from benchmarks.soak.load.plan import Plan
from benchmarks.soak.load.teacher import Teacher
from sandbox.people import DemoUser, crowd

NOTIFICATIONS_A_SECOND = 15.0
"""To 500 teachers."""

STREAMS = 10
"""Every tenth teacher uses an event stream."""

ARRIVALS_A_SECOND = 40.0
PROGRESS_EVERY_S = 5.0
NOTHING_ARRIVES_S = 90.0
"""What is missing when nothing has arrived for so long is lost. A killed consumer's partition waits for its group."""

LOOK_EVERY_S = 0.2
SETTLED_FOR_S = 3.0
"""How long the books stay open for what might come twice."""

SUCCESSES = frozenset({"ok", "304"})


class Run:
    """One run of the load generator.

    Args:
        plan: what to do.
    """

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._random = Random(plan.seed)
        self._ledger, self._commands, self._measurements = Ledger(), CommandLedger(), Measurements()
        self._places: list[Place] = []
        self._phase = "arriving"

    async def play(self) -> None:
        """Play the day until it ends or a signal ends it; close the books, write the results."""
        self._places = [self._place(number, user) for number, user in enumerate(crowd(self._plan.teachers))]
        try:
            async with producing(self._plan.kafka) as producer, asyncio.TaskGroup() as background:
                tasks = [
                    background.create_task(self._tell_progress()),
                    background.create_task(read_commands(self._plan.kafka, self._commands)),
                ]
                async with ended_by_signal():
                    tasks += await begin_day(self._places, background, rate=ARRIVALS_A_SECOND)
                    await self._play(producer)
                await producer.flush()
                self._tell("closing")
                await self._close_books()
                for task in tasks:
                    task.cancel()
        finally:
            for place in self._places:
                await place.teacher.close()
            self._write()

    async def _play(self, producer: AIOKafkaProducer) -> None:
        part = self._plan.teachers / USUAL_TEACHERS
        users = [place.teacher.user.user_id for place in self._places]
        notifications = Notifications(producer, self._ledger, Random(self._random.random()))
        day = Day(self._places, BatchWork(self._commands), Random(self._random.random()))
        for place in self._places:
            await place.feed.ready.wait()
        self._tell("day")
        async with asyncio.TaskGroup() as day_and_news:
            day_and_news.create_task(
                notifications.run(users, rate=NOTIFICATIONS_A_SECOND * part, seconds=self._plan.seconds)
            )
            day_and_news.create_task(day.run(seconds=self._plan.seconds))

    def _place(self, number: int, user: DemoUser) -> Place:
        teacher = Teacher(
            user,
            number,
            gateway=self._plan.gateway,
            measurements=self._measurements,
            random=Random(self._random.random()),
        )
        feed = Feed(
            teacher,
            self._plan.feed,
            streams=number % STREAMS == STREAMS - 1,
            ledger=self._ledger,
            measurements=self._measurements,
        )
        return Place(teacher, feed)

    async def _close_books(self) -> None:
        """Wait until everything that was acknowledged has arrived, or nothing has for a while; and what comes twice."""
        missing, moved = -1, time.monotonic()
        while missing and time.monotonic() - moved < NOTHING_ARRIVES_S:
            before, missing = missing, self._ledger.missing + len(self._commands.missing)
            moved = time.monotonic() if missing != before else moved
            await asyncio.sleep(LOOK_EVERY_S)
        await asyncio.sleep(SETTLED_FOR_S)

    async def _tell_progress(self) -> None:
        while True:
            await asyncio.sleep(PROGRESS_EVERY_S)
            self._tell(self._phase)

    def _tell(self, phase: str) -> None:
        self._phase = phase
        measured, books = self._measurements, self._ledger
        told = {
            "phase": phase,
            "requests": len(measured.requests),
            "errors": sum(one.outcome not in SUCCESSES for one in measured.requests),
            "in_flight": measured.in_flight,
            "ready": sum(place.feed.ready.is_set() for place in self._places),
            "produced": books.produced,
            "missing": books.missing,
            "twice": sum(len(page.twice) for page in books.pages.values()),
        }
        print(json.dumps(told), flush=True)

    def _write(self) -> None:
        measured = self._measurements
        results = {
            "ledger": self._ledger.summary(),
            "commands": self._commands.summary(),
            "requests": [astuple(request) for request in measured.requests],
            "endings": measured.endings,
            "latencies": measured.latencies,
            "opened": measured.opened,
        }
        Path(self._plan.results).write_text(json.dumps(results))


@asynccontextmanager
async def producing(bootstrap: str) -> AsyncIterator[AIOKafkaProducer]:
    """Have a producer that waits for every replica's acknowledgement."""
    producer = AIOKafkaProducer(bootstrap_servers=bootstrap, acks="all")
    await producer.start()
    try:
        yield producer
    finally:
        await producer.stop()


@asynccontextmanager
async def ended_by_signal() -> AsyncIterator[None]:
    """Have the first SIGINT or SIGTERM end the block, as if it had come to its end; later ones do nothing."""
    loop, signalled = asyncio.get_running_loop(), asyncio.timeout(None)

    def end() -> None:
        if not signalled.expired():
            signalled.reschedule(loop.time())

    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, end)
    try:
        async with signalled:
            yield
    except TimeoutError:
        if not signalled.expired():
            raise
