"""What services are told by their environment, and when they refuse to start."""

from pathlib import Path

import pytest
from pydantic import SecretStr

from common.settings.shared import SharedSettings
from common.settings.variables import StartError, read_settings
from tests.support.signing import SECRET, ec_pair, rsa_pair

OWN_KEY = "b8a1f0d2c4e69375"
JWKS = {"JWT_JWKS_URL": "https://identity.example/.well-known/jwks.json"}
PRODUCTION = {"ENVIRONMENT": "production", "HULEEDU_INTERNAL_API_KEY": OWN_KEY}


def complaint(environ: dict[str, str]) -> str:
    """Return the line with which the service refuses to start."""
    with pytest.raises(StartError) as refused:
        read_settings(SharedSettings, environ)
    return str(refused.value)


def test_development_needs_only_a_key() -> None:
    """The contract's defaults for the rest."""
    settings = read_settings(SharedSettings, {"JWT_SECRET_KEY": SECRET})

    assert settings.in_development
    assert settings.jwt_issuer == "huleedu-identity-service"
    assert settings.jwt_audience == "huleedu-platform"
    assert settings.token_algorithms == ("HS256",)
    assert settings.redis_mode == "standalone"
    assert settings.otel_exporter_otlp_endpoint is None


def test_every_variable_is_read() -> None:
    """By the contract's names."""
    settings = read_settings(
        SharedSettings,
        PRODUCTION
        | JWKS
        | {
            "JWT_ALGORITHM": "RS256, ES256",
            "JWT_ISSUER": "issuer",
            "JWT_AUDIENCE": "audience",
            "REDIS_MODE": "sentinel",
            "REDIS_SENTINELS": "s1:26379, [::1]:26380",
            "REDIS_SENTINEL_MASTER": "master",
            "REDIS_SENTINEL_USERNAME": "edge",
            "REDIS_SENTINEL_PASSWORD": "krita",
            "OTEL_EXPORTER_OTLP_ENDPOINT": "http://collector:4318",
        },
    )

    assert settings.environment == "production"
    assert settings.internal_api_key.get_secret_value() == OWN_KEY
    assert settings.token_algorithms == ("RS256", "ES256")
    assert (settings.jwt_issuer, settings.jwt_audience) == ("issuer", "audience")
    assert settings.redis_sentinels == (("s1", 26379), ("::1", 26380))
    assert settings.redis_sentinel_master == "master"
    assert settings.redis_sentinel_username == "edge"
    assert settings.redis_sentinel_password == SecretStr("krita")
    assert settings.otel_exporter_otlp_endpoint == "http://collector:4318"


def test_an_empty_variable_is_unset() -> None:
    """Composed deployments pass optional ones on empty."""
    settings = read_settings(SharedSettings, {"JWT_SECRET_KEY": SECRET, "JWT_PUBLIC_KEY": "", "ENVIRONMENT": ""})

    assert settings.jwt_public_key is None
    assert settings.in_development


@pytest.mark.parametrize("around", ["{}\n", " {} ", "\t{}\r\n"])
def test_white_space_around_a_value_is_dropped(around: str) -> None:
    """A secret that is mounted from a file often ends in a line end; as a header value it would break every request."""
    settings = read_settings(
        SharedSettings, {"JWT_SECRET_KEY": around.format(SECRET), "HULEEDU_INTERNAL_API_KEY": around.format(OWN_KEY)}
    )

    assert settings.jwt_secret_key is not None
    assert settings.jwt_secret_key.get_secret_value() == SECRET
    assert settings.internal_api_key.get_secret_value() == OWN_KEY


def test_white_space_alone_is_unset() -> None:
    """As an empty variable is."""
    assert read_settings(SharedSettings, {"JWT_SECRET_KEY": SECRET, "JWT_PUBLIC_KEY": " \n"}).jwt_public_key is None


@pytest.mark.parametrize(
    "secret", ["test-secret-key", "your-secret-key-here", "dev-secret-change-me", "change-me-dev-secret"]
)
def test_development_accepts_the_platforms_own_short_secrets(secret: str) -> None:
    """The platform's compose file has these: development warns of them, and every other environment refuses them."""
    settings = read_settings(SharedSettings, {"JWT_SECRET_KEY": secret})

    assert settings.token_algorithms == ("HS256",)
    assert list(settings.warnings) == ["JWT_SECRET_KEY"]
    assert secret not in str(settings.warnings)
    assert complaint(PRODUCTION | {"JWT_SECRET_KEY": secret}).startswith("JWT_SECRET_KEY")


def test_a_secret_of_32_bytes_needs_no_warning() -> None:
    """RFC 7518 section 3.2."""
    assert read_settings(SharedSettings, {"JWT_SECRET_KEY": SECRET}).warnings == {}


def test_a_collectors_grpc_port_is_warned_of() -> None:
    """Traces go by HTTP: to gRPC's port none would arrive, and nothing at the start would tell."""
    at = {
        port: {"JWT_SECRET_KEY": SECRET, "OTEL_EXPORTER_OTLP_ENDPOINT": f"http://jaeger:{port}"}
        for port in (4317, 4318)
    }

    assert list(read_settings(SharedSettings, at[4317]).warnings) == ["OTEL_EXPORTER_OTLP_ENDPOINT"]
    assert read_settings(SharedSettings, at[4318]).warnings == {}


def test_published_keys_are_rs256_unless_said_otherwise() -> None:
    """As production signs."""
    assert read_settings(SharedSettings, JWKS).token_algorithms == ("RS256",)


@pytest.mark.parametrize(
    "given",
    [
        pytest.param({}, id="none"),
        pytest.param({"JWT_SECRET_KEY": SECRET} | JWKS, id="secret and JWKS"),
        pytest.param({"JWT_PUBLIC_KEY": rsa_pair().public_pem, "JWT_PUBLIC_KEY_PATH": "/key.pem"}, id="text and file"),
        pytest.param({"JWT_SECRET_KEY": SECRET, "JWT_PUBLIC_KEY": rsa_pair().public_pem}, id="secret and key"),
    ],
)
def test_exactly_one_key_source_is_needed(given: dict[str, str]) -> None:
    """The line names all four and those that were set."""
    line = complaint(given)

    assert "exactly one of JWT_SECRET_KEY, JWT_PUBLIC_KEY, JWT_PUBLIC_KEY_PATH, JWT_JWKS_URL" in line
    assert line.endswith(f"set are: {', '.join(given) or 'none'}")


@pytest.mark.parametrize(
    ("environ", "named"),
    [
        pytest.param(
            {"JWT_SECRET_KEY": "q8Zr!4vT", "ENVIRONMENT": "testing", "HULEEDU_INTERNAL_API_KEY": OWN_KEY},
            "JWT_SECRET_KEY",
            id="short secret",
        ),
        pytest.param(
            {"JWT_SECRET_KEY": SECRET, "HULEEDU_INTERNAL_API_KEY": "nyckel-å"},
            "HULEEDU_INTERNAL_API_KEY",
            id="no header value",
        ),
        pytest.param(
            {"JWT_SECRET_KEY": SECRET, "HULEEDU_INTERNAL_API_KEY": "first\nsecond"},
            "HULEEDU_INTERNAL_API_KEY",
            id="two lines",
        ),
        pytest.param({"JWT_JWKS_URL": "http://identity:70000/jwks"}, "JWT_JWKS_URL", id="no such URL port"),
        pytest.param({"JWT_JWKS_URL": "http://identity/\njwks"}, "JWT_JWKS_URL", id="a URL on two lines"),
        pytest.param({"JWT_PUBLIC_KEY": "garbage"}, "JWT_PUBLIC_KEY", id="no PEM"),
        pytest.param({"JWT_PUBLIC_KEY": rsa_pair().private_pem}, "JWT_PUBLIC_KEY", id="private PEM"),
        pytest.param({"JWT_PUBLIC_KEY_PATH": "/no/such/key.pem"}, "JWT_PUBLIC_KEY_PATH", id="no file"),
        pytest.param({"JWT_PUBLIC_KEY_PATH": "/"}, "JWT_PUBLIC_KEY_PATH", id="a folder"),
        pytest.param({"JWT_JWKS_URL": "identity:7005/jwks"}, "JWT_JWKS_URL", id="no URL"),
        pytest.param(JWKS | {"JWT_ALGORITHM": "HS256"}, "JWT_ALGORITHM", id="HMAC by published keys"),
        pytest.param(JWKS | {"JWT_ALGORITHM": "RS256,none"}, "JWT_ALGORITHM", id="none"),
        pytest.param({"JWT_SECRET_KEY": SECRET, "JWT_ALGORITHM": "RS256"}, "JWT_ALGORITHM", id="RSA by a secret"),
        pytest.param({"JWT_SECRET_KEY": SECRET, "JWT_ALGORITHM": "HS512"}, "JWT_ALGORITHM", id="too strong for it"),
        pytest.param({"JWT_PUBLIC_KEY": ec_pair().public_pem}, "JWT_ALGORITHM", id="EC key, RS256 by default"),
        pytest.param({"JWT_SECRET_KEY": SECRET, "ENVIRONMENT": "prod"}, "ENVIRONMENT", id="no such environment"),
        pytest.param({"JWT_SECRET_KEY": SECRET, "REDIS_MODE": "ring"}, "REDIS_MODE", id="no such mode"),
        pytest.param({"JWT_SECRET_KEY": SECRET, "REDIS_SENTINELS": "a"}, "REDIS_SENTINELS", id="no port"),
        pytest.param({"JWT_SECRET_KEY": SECRET, "REDIS_SENTINELS": "a:99999"}, "REDIS_SENTINELS", id="no such port"),
        pytest.param({"JWT_SECRET_KEY": SECRET, "REDIS_MODE": "sentinel"}, "REDIS_SENTINELS", id="no sentinels"),
        pytest.param(
            {"JWT_SECRET_KEY": SECRET, "REDIS_MODE": "sentinel", "REDIS_SENTINELS": "a:1"},
            "REDIS_SENTINEL_MASTER",
            id="no master",
        ),
        pytest.param(
            {"JWT_SECRET_KEY": SECRET, "REDIS_SENTINEL_USERNAME": "edge"},
            "REDIS_SENTINEL_PASSWORD",
            id="a user of Sentinel's without a password",
        ),
        pytest.param(
            {"JWT_SECRET_KEY": SECRET, "OTEL_EXPORTER_OTLP_ENDPOINT": "collector"},
            "OTEL_EXPORTER_OTLP_ENDPOINT",
            id="no collector URL",
        ),
        pytest.param(
            JWKS | {"ENVIRONMENT": "staging", "HULEEDU_INTERNAL_API_KEY": "change-me"},
            "HULEEDU_INTERNAL_API_KEY",
            id="everybody's internal key",
        ),
        pytest.param(
            PRODUCTION | {"JWT_SECRET_KEY": "a-string-secret-at-least-256-bits-long"},
            "JWT_SECRET_KEY",
            id="everybody's secret",
        ),
    ],
)
def test_a_wrong_variable_is_named_in_one_line(environ: dict[str, str], named: str) -> None:
    """And its value isn't."""
    line = complaint(environ)

    assert line.startswith(named)
    assert "\n" not in line


def test_all_faults_are_told_at_once() -> None:
    """Nobody likes to find them one start at a time."""
    line = complaint({"ENVIRONMENT": "prod", "REDIS_MODE": "ring"})

    assert "ENVIRONMENT" in line
    assert "REDIS_MODE" in line


@pytest.mark.parametrize("variable", ["JWT_SECRET_KEY", "JWT_PUBLIC_KEY", "JWT_JWKS_URL"])
def test_no_value_is_ever_quoted(variable: str) -> None:
    """Start errors end up in logs; a mistyped secret must not."""
    assert "hunter2" not in complaint({variable: "hunter2", "ENVIRONMENT": "hunter2"})


def test_secrets_hide_when_settings_are_printed() -> None:
    """In a debugger or a log."""
    settings = read_settings(SharedSettings, PRODUCTION | {"JWT_SECRET_KEY": SECRET})

    assert SECRET not in repr(settings)
    assert OWN_KEY not in repr(settings)


@pytest.mark.parametrize("secret", ["abc" * 12, "change-me-to-something-of-32-bytes!"])
def test_a_guessable_secret_is_refused_for_what_it_is(secret: str) -> None:
    """Long enough, but published, or a few characters over and over: the line tells both, whichever it is."""
    line = complaint(PRODUCTION | {"JWT_SECRET_KEY": secret})

    assert line == "JWT_SECRET_KEY: published somewhere, or a few characters repeated; production needs its own secret"


def test_production_starts_with_secrets_of_its_own(tmp_path: Path) -> None:
    """Which is all it asks."""
    file = tmp_path / "key.pem"
    file.write_text(rsa_pair().public_pem)

    settings = read_settings(SharedSettings, PRODUCTION | {"JWT_PUBLIC_KEY_PATH": str(file)})

    assert not settings.in_development
