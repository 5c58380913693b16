"""What a replica tells of itself."""

import pytest
from pydantic import JsonValue

from common import __version__
from common.web.serving.configure import serving_parts
from common.web.serving.drain import Stage
from common.web.serving.health import DependencyHealth
from tests.fakes.health_source import FakeHealthSource
from tests.support.web_app import SERVICE, make_web_app


async def ask(path: str, health: FakeHealthSource, *, stage: Stage = Stage.SERVING) -> tuple[int, JsonValue]:
    """Return status and body of a health route."""
    app = make_web_app(health)
    serving_parts(app).drain.stage = stage
    response = await app.test_client().get(path)
    body: JsonValue = await response.get_json()
    return response.status_code, body


async def test_a_process_that_answers_lives() -> None:
    """Liveness asks nobody."""
    assert await ask("/livez", FakeHealthSource(reasons=["kafka"])) == (200, {"status": "alive"})


async def test_a_sound_replica_is_ready() -> None:
    """No reason against, so work may come."""
    assert await ask("/readyz", FakeHealthSource()) == (200, {"status": "ready", "reasons": []})


async def test_reasons_make_unready() -> None:
    """The reasons are told for machines."""
    assert await ask("/readyz", FakeHealthSource(reasons=["no_keys"])) == (
        503,
        {"status": "unready", "reasons": ["no_keys"]},
    )


@pytest.mark.parametrize("stage", [Stage.LEAVING, Stage.REFUSING])
async def test_a_drain_makes_unready_and_is_still_told(stage: Stage) -> None:
    """From the signal on, and to the end."""
    assert await ask("/readyz", FakeHealthSource(), stage=stage) == (
        503,
        {"status": "unready", "reasons": ["draining"]},
    )


async def test_more_is_told_on_request() -> None:
    """``?verbose`` adds what the service knows, circuit breakers say."""
    status, body = await ask("/readyz?verbose", FakeHealthSource(details={"circuits": {"bos": "open"}}))

    assert status == 200
    assert body == {"status": "ready", "reasons": [], "details": {"circuits": {"bos": "open"}}}


@pytest.mark.parametrize(
    ("needs", "expected"),
    [
        ([], (200, "healthy", True)),
        ([DependencyHealth("redis", healthy=True)], (200, "healthy", True)),
        ([DependencyHealth("redis", healthy=False)], (200, "degraded", False)),
        ([DependencyHealth("redis", healthy=False, required=True)], (503, "unhealthy", False)),
    ],
)
async def test_health_speaks_as_the_platforms_services_do(
    needs: list[DependencyHealth], expected: tuple[int, str, bool]
) -> None:
    """A dependency's trouble degrades; only one the service is useless without makes it unhealthy."""
    status, body = await ask("/healthz", FakeHealthSource(needs=needs))

    assert isinstance(body, dict)
    checks = body["checks"]
    assert isinstance(checks, dict)
    assert (status, body["status"], checks["dependencies_available"]) == expected
    assert (body["service"], body["version"], body["environment"]) == (SERVICE, __version__, "test")


@pytest.mark.parametrize(
    ("needs", "message"),
    [
        ([DependencyHealth("redis", healthy=True)], "All dependencies are healthy."),
        (
            [DependencyHealth("redis", healthy=False), DependencyHealth("kafka", healthy=False)],
            "Unhealthy: redis, kafka.",
        ),
    ],
)
async def test_the_status_is_told_in_a_sentence(needs: list[DependencyHealth], message: str) -> None:
    """The platform's test tools take a service whose health has no ``message`` for dead."""
    _, body = await ask("/healthz", FakeHealthSource(needs=needs))

    assert isinstance(body, dict)
    assert body["message"] == message


async def test_dependencies_are_told_by_name() -> None:
    """With whatever facts the service adds."""
    needs = [DependencyHealth("kafka", healthy=False, facts={"since_s": 3})]

    _, body = await ask("/healthz", FakeHealthSource(needs=needs))

    assert isinstance(body, dict)
    assert body["dependencies"] == {"kafka": {"status": "unhealthy", "since_s": 3}}


async def test_metrics_are_prometheus_text() -> None:
    """Of this app's registry."""
    response = await make_web_app().test_client().get("/metrics")

    assert response.content_type.startswith("text/plain; version=")
    assert "# TYPE http_requests_total counter" in await response.get_data(as_text=True)


async def test_health_is_never_cached() -> None:
    """A proxy must not answer for us."""
    response = await make_web_app().test_client().get("/readyz")

    assert response.headers["Cache-Control"] == "no-store"
