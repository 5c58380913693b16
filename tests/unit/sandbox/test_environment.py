"""The edge services are told what the contract names, whatever the developer's shell says."""

import pytest

from api_gateway.settings import load_settings
from sandbox.environment import base_environment, gateway_environment, page_origins, shared_environment

UPSTREAMS = {
    name: f"http://127.0.0.1:{port}" for port, name in enumerate(("identity", "bos", "ras", "file", "cms", "bff"), 1)
}


def test_the_shells_own_contract_names_do_not_leak(monkeypatch: pytest.MonkeyPatch) -> None:
    """A JWT_PUBLIC_KEY of another project would be a second key source."""
    monkeypatch.setenv("JWT_PUBLIC_KEY", "another project's")
    monkeypatch.setenv("HOME_OF_SOMETHING", "stays")

    environment = base_environment()

    assert "JWT_PUBLIC_KEY" not in environment
    assert environment["HOME_OF_SOMETHING"] == "stays"


@pytest.mark.parametrize("jwks_url", [None, "http://127.0.0.1:1/.well-known/jwks.json"])
def test_the_gateway_understands_what_it_is_told(jwks_url: str | None) -> None:
    """Both ways of signing make settings the gateway starts with."""
    own = gateway_environment(
        port=4001,
        redis_url="redis://127.0.0.1:6379/0",
        kafka="127.0.0.1:9092",
        upstreams=UPSTREAMS,
        origins=page_origins(4100),
    )

    settings = load_settings({**shared_environment(jwks_url=jwks_url), **own})

    assert (settings.http_port, settings.shared.jwt_jwks_url) == (4001, jwks_url)
    assert "http://127.0.0.1:4100" in settings.cors_origins
