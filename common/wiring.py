"""The parts that both services are wired from."""

from prometheus_client import CollectorRegistry, Gauge

from common.clock import Clock
from common.identity.jwks import JwksKeys
from common.identity.jwks_http import fetch_over_http
from common.identity.keys import KeySource, StaticKeys
from common.identity.verifier import JwtVerifier
from common.settings.shared import SharedSettings


def make_key_source(settings: SharedSettings, *, clock: Clock, service: str) -> KeySource:
    """Return where verification keys come from. Its ``run()`` goes into the service's TaskGroup."""
    if settings.jwt_jwks_url is not None:
        return JwksKeys(fetch_over_http(settings.jwt_jwks_url), clock=clock, service=service)
    key = settings.verification_key()
    if key is None:
        message = "settings without a key source can't be made"
        raise ValueError(message)
    return StaticKeys(key)


def expose_readiness(keys: KeySource, registry: CollectorRegistry) -> None:
    """Have ``registry`` tell whether there is a key: a replica without one is ready, and so seen by no probe."""
    ready = Gauge(
        "verification_keys_ready", "1 with a key to verify access tokens with, 0 without any.", registry=registry
    )
    ready.set_function(lambda: float(keys.ready))


def make_verifier(keys: KeySource, settings: SharedSettings, *, clock: Clock, service: str) -> JwtVerifier:
    """Return the verifier of access tokens signed with ``keys``, as the settings bound it."""
    return JwtVerifier(
        keys,
        algorithms=settings.token_algorithms,
        issuer=settings.jwt_issuer,
        audience=settings.jwt_audience,
        clock=clock,
        service=service,
    )
