"""From settings to the verifier they ask for, and the registry that metrics live in."""

from pathlib import Path

import pytest
from prometheus_client import Counter
from prometheus_client.exposition import generate_latest

from common import __version__
from common.identity.jwks import JwksKeys
from common.settings.shared import SharedSettings
from common.settings.variables import read_settings
from common.wiring import make_key_source, make_registry, make_verifier
from tests.fakes.clock import FakeClock
from tests.support.signing import SECRET, ec_pair, hs_token, rsa_pair, sign_token


@pytest.mark.parametrize(
    ("environ", "token"),
    [
        pytest.param({"JWT_SECRET_KEY": SECRET}, hs_token(), id="secret"),
        pytest.param({"JWT_PUBLIC_KEY": rsa_pair().public_pem}, sign_token(rsa_pair()), id="RSA key"),
        pytest.param(
            {"JWT_PUBLIC_KEY": ec_pair().public_pem, "JWT_ALGORITHM": "ES256"}, sign_token(ec_pair()), id="EC key"
        ),
    ],
)
async def test_each_kind_of_key_verifies_its_tokens(environ: dict[str, str], token: str) -> None:
    """With issuer, audience and algorithm of the contract by default."""
    settings = read_settings(SharedSettings, environ)
    keys = make_key_source(settings, clock=FakeClock(), service="test-service")

    principal = await make_verifier(keys, settings, clock=FakeClock(), service="test-service").verify(token)

    assert principal.user_id == "teacher-1"


async def test_a_key_can_be_in_a_file(tmp_path: Path) -> None:
    """As secrets are mounted."""
    file = tmp_path / "key.pem"
    file.write_text(rsa_pair().public_pem)
    settings = read_settings(SharedSettings, {"JWT_PUBLIC_KEY_PATH": str(file)})
    keys = make_key_source(settings, clock=FakeClock(), service="test-service")

    principal = await make_verifier(keys, settings, clock=FakeClock(), service="test-service").verify(
        sign_token(rsa_pair())
    )

    assert principal.user_id == "teacher-1"


async def test_static_keys_need_no_running() -> None:
    """Wiring runs any key source; this one has nothing to do."""
    settings = read_settings(SharedSettings, {"JWT_SECRET_KEY": SECRET})

    await make_key_source(settings, clock=FakeClock(), service="test-service").run()


def test_published_keys_are_fetched() -> None:
    """Nothing is fetched before it runs."""
    settings = read_settings(SharedSettings, {"JWT_JWKS_URL": "http://127.0.0.1:9/jwks.json"})

    assert isinstance(make_key_source(settings, clock=FakeClock(), service="test-service"), JwksKeys)


def test_a_registry_tells_of_process_and_build() -> None:
    """Before anybody has counted anything."""
    exposed = generate_latest(make_registry(service="test-service")).decode()

    assert "process_resident_memory_bytes" in exposed
    assert "python_gc_objects_collected_total" in exposed
    assert f'huleedu_build_info{{service="test-service",version="{__version__}"}} 1.0' in exposed


def test_two_apps_count_apart() -> None:
    """The same metric in both, in one process."""
    first, second = make_registry(service="first"), make_registry(service="second")
    Counter("visits", "Visits.", registry=first).inc()
    Counter("visits", "Visits.", registry=second)

    assert first.get_sample_value("visits_total") == 1
    assert second.get_sample_value("visits_total") == 0
