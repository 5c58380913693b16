"""How the gateway tells how it is."""

from api_gateway.upstream.ports import CircuitState, UpstreamName
from common import __version__
from tests.support.gateway import Gateway, make_gateway
from tests.support.signing import rsa_pair, sign_token


async def test_healthz_answers_as_the_platforms_services_do(gateway: Gateway) -> None:
    """Service, status, message, version, environment, checks and each dependency."""
    answer = await gateway.client.get("/healthz")

    assert answer.status == 200
    assert answer.object["service"] == "api-gateway-service"
    assert answer.object["status"] == "healthy"
    assert answer.object["version"] == __version__
    assert answer.object["environment"] == "development"
    members = {"service", "status", "message", "version", "environment", "checks", "dependencies"}
    assert set(answer.object) == members


async def test_an_upstream_that_is_down_degrades_and_doesnt_unready(gateway: Gateway) -> None:
    """With a circuit open the gateway says so, and still takes requests."""
    gateway.upstreams.circuit_states[UpstreamName.RAS] = CircuitState.OPEN

    health = await gateway.client.get("/healthz")
    readiness = await gateway.client.get("/readyz?verbose")

    assert (health.status, health.object["status"]) == (200, "degraded")
    assert readiness.status == 200
    details = readiness.object["details"]
    assert isinstance(details, dict)
    circuits = details["circuits"]
    assert isinstance(circuits, dict)
    assert (circuits["ras"], circuits["bos"]) == ("open", "closed")


async def test_metrics_label_by_template_and_never_by_id(gateway: Gateway) -> None:
    """Routes are told by their templates, what matched none by one word."""
    await gateway.client.get("/v1/batches/an-id-of-somebodys/status")
    await gateway.client.get("/nothing/with-an-id")

    metrics = (await gateway.client.get("/metrics")).body.decode()

    assert 'route="/v1/batches/<batch_id>/status"' in metrics
    assert 'route="unmatched"' in metrics
    assert "an-id" not in metrics


async def test_a_gateway_without_any_key_serves_the_routes_that_need_none() -> None:
    """Identity makes its key at the first login: a gateway that waited unready for it would wait for ever."""
    gateway = make_gateway(JWT_SECRET_KEY="", JWT_JWKS_URL="http://127.0.0.1:1/jwks")
    async with gateway.app.test_app():
        readiness, health = await gateway.client.get("/readyz"), await gateway.client.get("/healthz")
        metrics = (await gateway.client.get("/metrics")).body.decode()
        protected = await gateway.client.get(
            "/v1/batches", {"Authorization": f"Bearer {sign_token(rsa_pair(), kid='1')}"}
        )
        bodies = {"login": {"email": "a@b.example", "password": "p"}, "refresh": {"refresh_token": "r"}, "logout": {}}
        public = [await gateway.client.send_json("POST", f"/v1/auth/{name}", body) for name, body in bodies.items()]

    assert readiness.status == 200
    assert "\nverification_keys_ready 0.0\n" in metrics
    assert (health.status, health.object["status"]) == (200, "degraded")
    dependencies = health.object["dependencies"]
    assert isinstance(dependencies, dict)
    assert dependencies["verification_keys"] == {"status": "unhealthy"}
    assert (protected.status, protected.error["code"]) == (503, "SERVICE_UNAVAILABLE")
    assert int(protected.header("retry-after")) >= 1
    assert [answer.status for answer in public] == [200, 200, 200]
