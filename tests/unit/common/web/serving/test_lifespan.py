"""Jobs that run as long as the service does."""

import asyncio
from dataclasses import dataclass, field

import pytest
from structlog.testing import capture_logs

from common.web.serving.configure import serving_parts
from common.web.serving.lifespan import BackgroundJobEndedError, run_in_background
from common.web.serving.server import ServiceCrashedError
from tests.support.eventually import eventually
from tests.support.raw_http import ask
from tests.support.web_app import make_web_app
from tests.support.web_server import run_server


@dataclass
class Story:
    """What happened, in order."""

    lines: list[str] = field(default_factory=list)

    async def run_until_cancelled(self) -> None:
        """A job as it should be."""
        self.lines.append("job started")
        try:
            await asyncio.Event().wait()
        finally:
            self.lines.append("job cancelled")

    async def fail(self) -> None:
        """A job that crashes."""
        message = "broken"
        raise RuntimeError(message)

    async def end(self) -> None:
        """A job that returns."""


async def test_jobs_live_from_start_to_end() -> None:
    """They start before the first request, outlive the last, and are cancelled before resources are closed."""
    story, app = Story(), make_web_app()
    run_in_background(app, serving_parts(app).drain, {"job": story.run_until_cancelled})

    @app.get("/")
    async def root() -> dict[str, str]:
        story.lines.append("request")
        return {}

    @app.after_serving
    async def close() -> None:
        story.lines.append("resources closed")

    async with run_server(app) as server:
        await ask(server.port, "GET / HTTP/1.1")

    assert story.lines == ["job started", "request", "job cancelled", "resources closed"]


async def test_a_crash_takes_the_process_down_in_order() -> None:
    """A job that raises is logged and never restarted: the drain begins, and serving ends with its error."""
    story, app = Story(), make_web_app()
    run_in_background(app, serving_parts(app).drain, {"sound": story.run_until_cancelled, "broken": story.fail})

    with capture_logs() as lines, pytest.raises(ExceptionGroup) as crashed:
        async with run_server(app) as server:
            await eventually(lambda: server.drain.draining)

    failure = crashed.value.exceptions[0]
    assert isinstance(failure, ServiceCrashedError)
    assert isinstance(failure.__cause__, RuntimeError)
    assert story.lines == ["job started", "job cancelled"]
    assert [line["job"] for line in lines if line["event"] == "background.crashed"] == ["broken"]


async def test_a_job_that_returns_has_crashed_too() -> None:
    """Nobody would notice its absence otherwise."""
    app = make_web_app()
    drain = serving_parts(app).drain
    run_in_background(app, drain, {"short": Story().end})

    with pytest.raises(ExceptionGroup):
        async with run_server(app):
            await eventually(lambda: drain.draining)

    assert isinstance(drain.crash, BackgroundJobEndedError)
    assert "short" in str(drain.crash)


async def test_no_jobs_are_no_trouble() -> None:
    """An app without jobs starts and ends."""
    app = make_web_app()
    run_in_background(app, serving_parts(app).drain, {})

    async with run_server(app) as server:
        answer = await ask(server.port, "GET /livez HTTP/1.1")

    assert answer.status == 200
