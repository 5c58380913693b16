"""The settings both services share. Names and defaults are the platform contract's."""

from collections.abc import Sequence
from enum import StrEnum
from ipaddress import IPv4Address, IPv4Network, IPv6Network
from pathlib import Path
from typing import Annotated, Final, Protocol, Self
from urllib.parse import urlsplit

from pydantic import ConfigDict, Field, SecretStr, model_validator

from common.identity.keys import (
    ASYMMETRIC_ALGORITHMS,
    HMAC_MIN_BYTES,
    Key,
    UnusableKeyError,
    hmac_key,
    public_key,
)
from common.redaction import DEVELOPMENT_INTERNAL_API_KEY, is_well_known
from common.settings.kafka import KafkaSecuritySettings
from common.settings.redis_url import fits_mode
from common.settings.values import Address, CommaList, HeaderSecret, HttpUrl
from common.settings.variables import environment_config

OTLP_GRPC_PORT: Final = 4317
"""Where collectors listen for traces by gRPC (OTLP specification, "OTLP/gRPC Default Port")."""


class Environment(StrEnum):
    """Where a service runs. Only development forgives missing secrets."""

    DEVELOPMENT = "development"
    TESTING = "testing"
    STAGING = "staging"
    PRODUCTION = "production"


class RedisMode(StrEnum):
    """How Redis is deployed."""

    STANDALONE = "standalone"
    SENTINEL = "sentinel"
    CLUSTER = "cluster"


class SharedSettings(KafkaSecuritySettings):
    """The settings that both services share. Exactly one of the four key sources is set."""

    model_config = ConfigDict(**environment_config(), use_attribute_docstrings=True)

    environment: Environment = Environment.DEVELOPMENT
    """Deployment environment; outside development the service doesn't start with a missing or well-known secret."""

    internal_api_key: HeaderSecret = Field(
        default=SecretStr(DEVELOPMENT_INTERNAL_API_KEY), validation_alias="HULEEDU_INTERNAL_API_KEY"
    )
    """API key for the platform's internal routes; the gateway requires it outside development."""

    jwt_issuer: str = "huleedu-identity-service"
    """Required issuer of access tokens."""

    jwt_audience: str = "huleedu-platform"
    """Required audience of access tokens."""

    jwt_secret_key: SecretStr | None = None
    """Key source: shared secret for HS256 (at least 32 bytes)."""

    jwt_public_key: str | None = None
    """Key source: public key in PEM format."""

    jwt_public_key_path: Path | None = None
    """Key source: file with the public key in PEM format."""

    jwt_jwks_url: HttpUrl | None = None
    """Key source: URL of the identity service's JWK set."""

    jwt_algorithm: Annotated[tuple[str, ...], CommaList] = ()
    """Comma-separated signature algorithms to accept; by default HS256 for a secret, else RS256."""

    redis_mode: RedisMode = RedisMode.STANDALONE
    """Redis deployment: standalone, sentinel or cluster."""

    redis_sentinels: Annotated[tuple[Address, ...], CommaList] = ()
    """Comma-separated Sentinels (host:port)."""

    redis_sentinel_master: str | None = None
    """Name of the Redis master in Sentinel."""

    redis_sentinel_username: str | None = None
    """User name for the Sentinels, where they have ACLs."""

    redis_sentinel_password: SecretStr | None = None
    """Password for the Sentinels, where they require one; REDIS_URL has the master's."""

    otel_exporter_otlp_endpoint: HttpUrl | None = None
    """OTLP/HTTP endpoint for traces, without ``/v1/traces``; tracing is off when it isn't set."""

    @property
    def in_development(self) -> bool:
        """Whether missing secrets are forgiven."""
        return self.environment is Environment.DEVELOPMENT

    @property
    def default_host(self) -> str:
        """The address to listen on when none is set: loopback in development, else all addresses."""
        return "127.0.0.1" if self.in_development else str(IPv4Address(0))

    @property
    def token_algorithms(self) -> tuple[str, ...]:
        """The algorithms that tokens may be signed with: JWT_ALGORITHM, else the usual one of the key source."""
        return self.jwt_algorithm or (("HS256",) if self.jwt_secret_key is not None else ("RS256",))

    def verification_key(self) -> Key | None:
        """Return the key that settings hold or point to, or None when keys are fetched from ``jwt_jwks_url``.

        Raises:
            UnusableKeyError: too weak, or no key. In development a short secret is taken all the same.
            OSError, UnicodeDecodeError: the file can't be read.
        """
        if self.jwt_secret_key is not None:
            return hmac_key(self.jwt_secret_key.get_secret_value(), even_if_short=self.in_development)
        if self.jwt_public_key is not None:
            return public_key(self.jwt_public_key)
        if self.jwt_public_key_path is not None:
            return public_key(self.jwt_public_key_path.read_text())
        return None

    @property
    def warnings(self) -> dict[str, str]:
        """What is doubtful and no reason to refuse the start: by variable, why."""
        least = HMAC_MIN_BYTES["HS256"]
        secret, endpoint = self.jwt_secret_key, self.otel_exporter_otlp_endpoint
        told = {}
        if secret is not None and len(secret.get_secret_value().encode()) < least:
            told["JWT_SECRET_KEY"] = f"has fewer than {least} bytes; only development accepts it"
        if endpoint is not None and urlsplit(endpoint).port == OTLP_GRPC_PORT:
            told["OTEL_EXPORTER_OTLP_ENDPOINT"] = (
                f"names port {OTLP_GRPC_PORT}, which is gRPC's; traces are sent by HTTP, usually to port 4318"
            )
        return told

    def check_redis(self, variable: str, url: str) -> None:
        """Raise ValueError when Redis can't be reached at ``url``, the value of ``variable``, as REDIS_MODE says."""
        fault = fits_mode(
            url,
            shared_database_only=self.redis_mode is RedisMode.CLUSTER,
            by_network=self.redis_mode is not RedisMode.STANDALONE,
        )
        if fault:
            message = f"{variable}: {fault}"
            raise ValueError(message)

    @model_validator(mode="after")
    def _refuse_to_start(self) -> Self:
        faults = [*self._key_faults(), *self._secret_faults(), *self._sentinel_faults()]
        if faults:
            raise ValueError("; ".join(faults))
        return self

    def _key_faults(self) -> list[str]:
        sources = {
            "JWT_SECRET_KEY": self.jwt_secret_key,
            "JWT_PUBLIC_KEY": self.jwt_public_key,
            "JWT_PUBLIC_KEY_PATH": self.jwt_public_key_path,
            "JWT_JWKS_URL": self.jwt_jwks_url,
        }
        given = [variable for variable, value in sources.items() if value is not None]
        if len(given) != 1:
            return [f"set exactly one of {', '.join(sources)}; set are: {', '.join(given) or 'none'}"]
        try:
            key = self.verification_key()
        except (UnusableKeyError, UnicodeDecodeError) as error:
            return [f"{given[0]}: {error if isinstance(error, UnusableKeyError) else 'not a text file'}"]
        except OSError as error:
            return [f"{given[0]}: {error.strerror}"]
        return self._algorithm_faults(given[0], ASYMMETRIC_ALGORITHMS if key is None else key.algorithms)

    def _algorithm_faults(self, source: str, offered: frozenset[str]) -> list[str]:
        unfit = ", ".join(name for name in self.token_algorithms if name not in offered)
        fitting = ", ".join(sorted(offered))
        return [f"JWT_ALGORITHM: {unfit} can't be used with {source}, only {fitting}"] if unfit else []

    def _secret_faults(self) -> list[str]:
        """A missing internal key is no fault here: the feed calls nobody, and the gateway refuses to start."""
        internal = self.internal_api_key if "internal_api_key" in self.model_fields_set else None
        secrets = {"HULEEDU_INTERNAL_API_KEY": internal, "JWT_SECRET_KEY": self.jwt_secret_key}
        return [
            f"{variable}: published somewhere, or a few characters repeated; {self.environment} needs its own secret"
            for variable, secret in secrets.items()
            if not self.in_development and secret is not None and is_well_known(secret.get_secret_value())
        ]

    def _sentinel_faults(self) -> list[str]:
        needed = {"REDIS_SENTINELS": self.redis_sentinels, "REDIS_SENTINEL_MASTER": self.redis_sentinel_master}
        if self.redis_sentinel_username is not None and self.redis_sentinel_password is None:
            return ["REDIS_SENTINEL_PASSWORD: REDIS_SENTINEL_USERNAME needs it"]
        return [
            f"{variable}: REDIS_MODE sentinel needs it"
            for variable, value in needed.items()
            if self.redis_mode is RedisMode.SENTINEL and not value
        ]


class ServiceSettings(Protocol):
    """What the settings of both services have in common."""

    @property
    def shared(self) -> SharedSettings:
        """The settings that both services share."""
        ...

    @property
    def log_level(self) -> str:
        """Minimum level of logged events."""
        ...

    @property
    def cors_origins(self) -> Sequence[str]:
        """Origins whose pages may call."""
        ...

    @property
    def trusted_proxies(self) -> tuple[IPv4Network | IPv6Network, ...]:
        """Networks whose forwarding headers are trusted."""
        ...

    @property
    def redis_url(self) -> str:
        """URL of the Redis that holds the users' logs."""
        ...

    @property
    def redis_channel_prefix(self) -> str:
        """Prefix of users' channels in it."""
        ...

    @property
    def kafka_bootstrap_servers(self) -> str:
        """Brokers, as aiokafka takes them."""
        ...

    @property
    def kafka_enable_idempotence(self) -> bool:
        """Whether the brokers support idempotent producers."""
        ...
