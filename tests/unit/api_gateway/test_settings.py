"""Settings have the contract's names and defaults; what is wrong is said in one line that names the variable."""

from ipaddress import ip_network

import pytest

from api_gateway.settings import load_settings
from api_gateway.upstream.ports import UpstreamName
from common.settings.variables import StartError
from tests.support.gateway import ENVIRON

STRONG = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"


def test_defaults_are_the_contracts() -> None:
    """What the contract gives a default needs no variable."""
    settings = load_settings({name: value for name, value in ENVIRON.items() if "CORS" not in name})

    assert (settings.host, settings.http_port, settings.log_level) == ("127.0.0.1", 4001, "INFO")
    assert settings.cors_origins == settings.trusted_proxies == ()
    assert settings.kafka_enable_idempotence is True
    assert (settings.rate_limit_requests, settings.rate_limit_commands) == (100, 20)
    assert (settings.rate_limit_uploads, settings.rate_limit_login) == (50, 300)
    assert settings.http_client_timeout_seconds == 30
    assert settings.http_client_connect_timeout_seconds == 3
    assert settings.upload_timeout_seconds == 60
    assert settings.circuit_breaker_enabled is True
    assert settings.http_circuit_breaker_failure_threshold == 5
    assert settings.http_circuit_breaker_recovery_timeout == 60
    assert settings.http_circuit_breaker_success_threshold == 2
    assert settings.redis_channel_prefix == "ws"
    assert settings.drain_grace_seconds == 5


def test_outside_development_every_interface_is_listened_on() -> None:
    """A container's port must be reachable from outside it."""
    production = {"ENVIRONMENT": "production", "JWT_SECRET_KEY": STRONG, "HULEEDU_INTERNAL_API_KEY": STRONG[::-1]}

    settings = load_settings(ENVIRON | production)

    assert str(settings.host) == str(ip_network("0.0.0.0/0").network_address)


def test_every_upstream_has_its_url() -> None:
    """Each service behind the gateway is somewhere, and its URL joins with any path."""
    settings = load_settings(ENVIRON | {"API_GATEWAY_BOS_URL": "http://bos:5000/"})

    assert settings.upstream_urls.keys() == set(UpstreamName)
    assert settings.upstream_urls[UpstreamName.BOS] == "http://bos:5000"


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("API_GATEWAY_HTTP_PORT", "http"),
        ("API_GATEWAY_HTTP_PORT", "70000"),
        ("API_GATEWAY_CORS_ORIGINS", "https://app.example"),
        ("API_GATEWAY_CORS_ORIGINS", '["*"]'),
        ("API_GATEWAY_CORS_ORIGINS", '["https://app.example/"]'),
        ("API_GATEWAY_TRUSTED_PROXIES", '["loadbalancer"]'),
        ("API_GATEWAY_BOS_URL", "bos:5000"),
        ("API_GATEWAY_BOS_URL", "http://bos:5000?x=1"),
        ("API_GATEWAY_BOS_URL", ""),
        ("API_GATEWAY_REDIS_URL", "http://redis"),
        ("API_GATEWAY_LOG_LEVEL", "LOUD"),
        ("API_GATEWAY_HTTP_CLIENT_TIMEOUT_SECONDS", "0"),
        ("API_GATEWAY_HTTP_CLIENT_TIMEOUT_SECONDS", "nan"),
        ("API_GATEWAY_RATE_LIMIT_COMMANDS", "-1"),
        ("API_GATEWAY_DRAIN_GRACE_SECONDS", "-1"),
    ],
)
def test_a_wrong_value_names_its_variable_in_one_line(variable: str, value: str) -> None:
    """Whoever configured the service learns which variable to look at."""
    with pytest.raises(StartError) as refused:
        load_settings(ENVIRON | {variable: value})

    assert variable in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_missing_variable_is_told_with_the_mistyped_one() -> None:
    """The operator who set it under a wrong name learns which name that is."""
    with pytest.raises(StartError) as refused:
        load_settings(ENVIRON | {"API_GATEWAY_BOS_URL": "", "API_GATEWAY_BOSS_URL": "http://bos:5000"})

    assert str(refused.value) == (
        "API_GATEWAY_BOS_URL: missing; API_GATEWAY_BOSS_URL is not read; the nearest known name is API_GATEWAY_BOS_URL"
    )


def test_networks_and_origins_are_read_from_json() -> None:
    """Lists are JSON; a bare address is a network of one."""
    lists = {
        "API_GATEWAY_TRUSTED_PROXIES": '["10.0.0.1", "fd00::/8"]',
        "API_GATEWAY_CORS_ORIGINS": '["http://localhost:5173", "https://[::1]:8443"]',
    }

    settings = load_settings(ENVIRON | lists)

    assert settings.trusted_proxies == (ip_network("10.0.0.1/32"), ip_network("fd00::/8"))
    assert settings.cors_origins == ("http://localhost:5173", "https://[::1]:8443")


def test_secrets_are_not_in_the_repr() -> None:
    """A settings object that ends up in a log tells no secret."""
    settings = load_settings(ENVIRON | {"API_GATEWAY_REDIS_URL": "redis://:hunter2@redis"})

    assert ENVIRON["JWT_SECRET_KEY"] not in repr(settings)
    assert "hunter2" not in repr(settings)
