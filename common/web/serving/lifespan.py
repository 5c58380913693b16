"""The app's start and end, the coroutines that run in between, and the time by which it runs."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping

import structlog
from hypercorn.typing import ASGIReceiveCallable, ASGISendCallable
from quart import Quart
from quart.asgi import ASGILifespan
from typing_extensions import override

from common.clock import LOOP_SCHEDULER, Scheduler, Timeout
from common.web.serving.drain import DrainState

CLOSE_WITHIN_S = "CLOSE_WITHIN_S"
"""The key in ``app.config``: how many seconds background jobs and resources have to close."""

BackgroundJob = Callable[[], Awaitable[None]]

_logger = structlog.get_logger(__name__)


_SCHEDULER = "common.web.scheduler"


def set_scheduler(app: Quart, scheduler: Scheduler) -> None:
    """Have ``app`` decide by ``scheduler``'s time."""
    app.extensions[_SCHEDULER] = scheduler


def scheduler_of(app: Quart) -> Scheduler:
    """Return what :func:`set_scheduler` set, or else the event loop's time."""
    scheduler: Scheduler = app.extensions.get(_SCHEDULER, LOOP_SCHEDULER)
    return scheduler


class BoundedLifespan(ASGILifespan):
    """Starts and ends the app; a shutdown that takes longer than its deadline fails instead of hanging."""

    @override
    async def __call__(self, receive: ASGIReceiveCallable, send: ASGISendCallable) -> None:
        await receive()
        try:
            await self.app.startup()
        except Exception as error:  # ASGI: whatever failed is reported by lifespan.startup.failed
            _logger.exception("lifespan.start_failed")
            await send({"type": "lifespan.startup.failed", "message": str(error)})
            return
        await send({"type": "lifespan.startup.complete"})
        await receive()
        try:
            async with Timeout(scheduler_of(self.app), self.app.config.get(CLOSE_WITHIN_S)) as closing:
                await self.app.shutdown()
        except Exception as error:
            _logger.exception("lifespan.end_failed")
            message = "background jobs or resources did not close in time" if closing.expired else str(error)
            await send({"type": "lifespan.shutdown.failed", "message": message})
            return
        await send({"type": "lifespan.shutdown.complete"})


_logger = structlog.get_logger(__name__)


class BackgroundJobEndedError(Exception):
    """A job returned, though it should run until it is cancelled."""


def run_in_background(app: Quart, drain: DrainState, jobs: Mapping[str, BackgroundJob]) -> None:
    """Run each of ``jobs`` from the app's start to its end, in a task of its name.

    A job is meant to run until it is cancelled, which happens after the drain and before ``after_serving``. It is
    never restarted: one that raises or returns takes the whole process down in good order (drain, exit status 1),
    so that its supervisor starts a sound one. What can recover by itself does so inside the job.
    """

    @app.while_serving
    async def background() -> AsyncGenerator[None, None]:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(_run_job(name, job, drain), name=name) for name, job in jobs.items()]
            yield
            for task in tasks:
                task.cancel()


async def _run_job(name: str, job: BackgroundJob, drain: DrainState) -> None:
    try:
        await job()
    except Exception as error:
        _logger.exception("background.crashed", job=name)
        drain.request_stop(error)
    else:
        _logger.error("background.ended", job=name)
        drain.request_stop(BackgroundJobEndedError(name))
