"""Coroutines that run as long as the service does, owned by the app."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping

import structlog
from quart import Quart

from common.web.serving.drain import DrainState

BackgroundJob = Callable[[], Awaitable[None]]

_logger = structlog.get_logger(__name__)


class BackgroundJobEndedError(Exception):
    """A job returned, though it should run until it is cancelled."""


def run_in_background(app: Quart, drain: DrainState, jobs: Mapping[str, BackgroundJob]) -> None:
    """Run each of ``jobs`` from the app's start to its end, under its name.

    A job is meant to run until it is cancelled, which happens after the drain and before ``after_serving``. It is
    never restarted: one that raises or returns takes the whole process down in good order (drain, exit status 1),
    so that its supervisor starts a sound one. What can recover by itself does so inside the job.
    """

    @app.while_serving
    async def background() -> AsyncGenerator[None, None]:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(_watched(name, job, drain), name=name) for name, job in jobs.items()]
            yield
            for task in tasks:
                task.cancel()


async def _watched(name: str, job: BackgroundJob, drain: DrainState) -> None:
    try:
        await job()
    except Exception as error:
        _logger.exception("background.crashed", job=name)
        drain.ask_to_stop(error)
    else:
        _logger.error("background.ended", job=name)
        drain.ask_to_stop(BackgroundJobEndedError(name))
