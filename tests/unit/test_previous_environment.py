"""The previous edge's environment makes settings of both services once a secret and the identity URL are added."""

import pytest

from api_gateway.settings import load_settings as load_gateway
from api_gateway.settings import start_warnings as gateway_warnings
from api_gateway.upstream.ports import UpstreamName
from common.settings.variables import StartError
from tests.support.gateway import ENVIRON
from tests.support.previous_edge import previous_environment
from websocket_service.settings import load_settings as load_feed
from websocket_service.settings import start_warnings as feed_warnings

SECRET = "9f86d081884c7d659a2feaa0c55ad015"
INTERNAL_KEY = {"HULEEDU_INTERNAL_API_KEY": SECRET[::-1]}
GATEWAY = previous_environment("gateway", secret=SECRET) | {"API_GATEWAY_IDENTITY_URL": "http://identity_service:7005"}
FEED = previous_environment("websocket", secret=SECRET)
DEVELOPMENT = {"ENVIRONMENT": "development", "LOG_LEVEL": "DEBUG"}


@pytest.mark.parametrize("environment", [DEVELOPMENT, INTERNAL_KEY])
def test_the_gateway_takes_it(environment: dict[str, str]) -> None:
    """Each address is where the previous gateway looked; production needs the key that it sent empty."""
    settings = load_gateway(GATEWAY | environment)

    assert (settings.host, settings.http_port) == (GATEWAY["API_GATEWAY_SERVICE_HOST"], 8080)
    assert settings.redis_url == "redis://redis:6379"
    assert settings.upstream_urls == {
        UpstreamName.IDENTITY: "http://identity_service:7005",
        UpstreamName.BOS: "http://batch_orchestrator_service:5000",
        UpstreamName.RAS: "http://result_aggregator_service:4003",
        UpstreamName.FILE: "http://file_service:7001",
        UpstreamName.CMS: "http://class_management_service:5002",
        UpstreamName.BFF: "http://bff_teacher_service:4101",
    }


@pytest.mark.parametrize("environment", [DEVELOPMENT, {}])
def test_the_feed_takes_it(environment: dict[str, str]) -> None:
    """As it is: it calls no service, so that it needs no internal key in production either."""
    settings = load_feed(FEED | environment)

    assert settings.websocket_port == 8080
    assert feed_warnings(settings, FEED).keys() == {"OTEL_EXPORTER_OTLP_ENDPOINT"}


def test_each_old_name_is_told_with_todays() -> None:
    """One line each, and one for the address that the compose file leaves to the default."""
    told = gateway_warnings(load_gateway(GATEWAY | INTERNAL_KEY), GATEWAY | INTERNAL_KEY)

    renamed = {variable: remark.rpartition(" ")[2] for variable, remark in told.items() if "an old name" in remark}
    assert renamed == {
        "API_GATEWAY_SERVICE_HOST": "API_GATEWAY_HTTP_HOST",
        "API_GATEWAY_SERVICE_PORT": "API_GATEWAY_HTTP_PORT",
        "API_GATEWAY_SERVICE_REDIS_URL": "API_GATEWAY_REDIS_URL",
        "BATCH_ORCHESTRATOR_SERVICE_URL": "API_GATEWAY_BOS_URL",
        "BFF_TEACHER_SERVICE_URL": "API_GATEWAY_BFF_TEACHER_URL",
        "CLASS_MANAGEMENT_SERVICE_URL": "API_GATEWAY_CMS_API_URL",
        "FILE_SERVICE_URL": "API_GATEWAY_FILE_SERVICE_URL",
    }
    assert told.keys() - renamed.keys() == {"API_GATEWAY_RESULT_AGGREGATOR_URL", "OTEL_EXPORTER_OTLP_ENDPOINT"}


@pytest.mark.parametrize(
    ("environ", "named", "hidden"),
    [
        (GATEWAY | {"CLASS_MANAGEMENT_SERVICE_URL": "cms:5002"}, "CLASS_MANAGEMENT_SERVICE_URL", "CMS_API_URL"),
        (GATEWAY | {"API_GATEWAY_SERVICE_PORT": "http"}, "API_GATEWAY_SERVICE_PORT", "HTTP_PORT"),
        (
            GATEWAY | {"API_GATEWAY_SERVICE_REDIS_URL": "redis"},
            "API_GATEWAY_SERVICE_REDIS_URL",
            "API_GATEWAY_REDIS_URL",
        ),
        (
            ENVIRON | {"JWT_SECRET_KEY": "", "API_GATEWAY_JWT_SECRET_KEY": "test-secret-key", "ENVIRONMENT": "staging"},
            "API_GATEWAY_JWT_SECRET_KEY",
            " JWT_SECRET_KEY",
        ),
        (GATEWAY, "HULEEDU_INTERNAL_API_KEY", "JWT"),
        (GATEWAY | {"API_GATEWAY_IDENTITY_URL": ""} | INTERNAL_KEY, "API_GATEWAY_IDENTITY_URL", "JWT"),
    ],
)
def test_a_fault_names_the_variable_that_is_set(environ: dict[str, str], named: str, hidden: str) -> None:
    """In one line, under the name that the operator finds in the environment."""
    with pytest.raises(StartError) as refused:
        load_gateway(environ)

    assert named in str(refused.value)
    assert hidden not in str(refused.value)
    assert "\n" not in str(refused.value)


def test_the_previous_gateways_own_prefix_is_read_for_tokens() -> None:
    """Before its last release its compose file set the secret under its prefix."""
    old = ENVIRON | {"JWT_SECRET_KEY": "", "API_GATEWAY_JWT_SECRET_KEY": SECRET, "API_GATEWAY_JWT_AUDIENCE": "pupils"}

    shared = load_gateway(old).shared

    assert shared.jwt_secret_key is not None
    assert (shared.jwt_secret_key.get_secret_value(), shared.jwt_audience) == (SECRET, "pupils")
