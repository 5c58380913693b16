"""The settings both services share, and how any service's settings are read from the environment.

Names and defaults are the platform contract's ("Configuration names and defaults"). Each field is called like its
variable, in lower case; an empty variable counts as unset, as composed deployments pass optional ones on empty.
Settings are read once, by ``load_settings`` of each service, and never change.
"""

import json
import re
from collections.abc import Mapping
from enum import StrEnum
from ipaddress import IPv4Address
from pathlib import Path
from typing import Annotated, Literal, Self, TypeVar
from urllib.parse import urlsplit

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
    model_validator,
)

from common.default_secrets import DEVELOPMENT_INTERNAL_API_KEY, is_well_known
from common.identity.keys import (
    ASYMMETRIC_ALGORITHMS,
    Key,
    UnusableKeyError,
    hmac_key,
    public_key,
)

EXIT_CODE_BAD_SETTINGS = 2

SettingsT = TypeVar("SettingsT", bound=BaseModel)


class StartError(Exception):
    """The service can't start as it is configured; the text is the one line that says why."""


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


def environment_config(prefix: str = "") -> ConfigDict:
    """Return the configuration of a settings model whose fields come from variables named ``<prefix><FIELD>``."""
    return ConfigDict(
        frozen=True,
        extra="ignore",
        populate_by_name=True,
        alias_generator=lambda field: f"{prefix}{field.upper()}",
        hide_input_in_errors=True,
        validate_default=True,
    )


def read_settings(kind: type[SettingsT], environ: Mapping[str, str], **given: object) -> SettingsT:
    """Return the settings that ``environ`` spells; ``given`` are fields that are known already.

    Raises:
        StartError: one line that names every variable at fault.
    """
    try:
        return kind.model_validate({name: value for name, value in environ.items() if value and name.isupper()} | given)
    except ValidationError as error:
        raise StartError(explain(error)) from error


def explain(error: ValidationError) -> str:
    """Return the one line that names each variable at fault and says what is wrong, never its value."""
    faults = (
        (".".join(map(str, fault["loc"])), fault["msg"].removeprefix("Value error, "))
        for fault in error.errors(include_url=False, include_input=False, include_context=False)
    )
    return "; ".join(f"{variable}: {message}" if variable else message for variable, message in faults)


def _from_json(raw: object) -> object:
    if not isinstance(raw, str):
        return raw
    try:
        return json.loads(raw)
    except ValueError as error:
        message = 'must be a JSON list, as ["https://app.example"]'
        raise ValueError(message) from error


JsonList = BeforeValidator(_from_json)
"""Marks a list that its variable spells in JSON."""


def _from_commas(raw: object) -> object:
    return tuple(word.strip() for word in raw.split(",") if word.strip()) if isinstance(raw, str) else raw


CommaList = BeforeValidator(_from_commas)
"""Marks a tuple that its variable spells with commas."""


def _http_url(raw: str) -> str:
    parts = urlsplit(raw)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        message = "must be an http or https URL"
        raise ValueError(message)
    return raw


HttpUrl = Annotated[str, AfterValidator(_http_url)]

_ORIGIN = re.compile(r"https?://[a-z0-9.\-\[\]:]+")


def _origin(origin: str) -> str:
    if not _ORIGIN.fullmatch(origin):
        message = "must be origins as browsers spell them, scheme://host[:port] in lower case, without a path or *"
        raise ValueError(message)
    return origin


Origin = Annotated[str, AfterValidator(_origin)]
LogLevel = Literal["DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"]
Port = Annotated[int, Field(ge=0, le=65_535)]
Seconds = Annotated[float, Field(gt=0, allow_inf_nan=False)]
SecondsOrZero = Annotated[float, Field(ge=0, allow_inf_nan=False)]


def _host_and_port(raw: object) -> object:
    if not isinstance(raw, str):
        return raw
    host, _, port = raw.rpartition(":")
    if not host or not port.isdecimal():
        message = "must be host:port, several parted by commas"
        raise ValueError(message)
    return host.strip("[]"), int(port)


Address = Annotated[tuple[str, Annotated[int, Field(ge=1, le=65535)]], BeforeValidator(_host_and_port)]
"""A host and its port."""


class SharedSettings(BaseModel):
    """What both services are told alike. Exactly one of the four key sources is set."""

    model_config = ConfigDict(**environment_config(), use_attribute_docstrings=True)

    environment: Environment = Environment.DEVELOPMENT
    """Where this runs: outside development a missing or well-known secret stops the start."""

    internal_api_key: SecretStr = Field(
        default=SecretStr(DEVELOPMENT_INTERNAL_API_KEY), validation_alias="HULEEDU_INTERNAL_API_KEY"
    )
    """What the platform's internal routes ask for."""

    jwt_issuer: str = "huleedu-identity-service"
    """Who tokens must be issued by."""

    jwt_audience: str = "huleedu-platform"
    """Whom tokens must be meant for."""

    jwt_secret_key: SecretStr | None = None
    """Key source: the secret tokens are signed with (HS256, at least 32 bytes)."""

    jwt_public_key: str | None = None
    """Key source: the public key in PEM."""

    jwt_public_key_path: Path | None = None
    """Key source: a file with the public key in PEM."""

    jwt_jwks_url: HttpUrl | None = None
    """Key source: where the identity service publishes its keys."""

    jwt_algorithm: Annotated[tuple[str, ...], CommaList] = ()
    """Algorithms tokens may be signed with, parted by commas; HS256 for a secret, else RS256."""

    redis_mode: RedisMode = RedisMode.STANDALONE
    """How Redis is deployed: standalone, sentinel or cluster."""

    redis_sentinels: Annotated[tuple[Address, ...], CommaList] = ()
    """The Sentinels, host:port parted by commas."""

    redis_sentinel_master: str | None = None
    """The name under which the Sentinels know the master."""

    otel_exporter_otlp_endpoint: HttpUrl | None = None
    """Where traces go, without ``/v1/traces``; none are made when it isn't set."""

    @property
    def in_development(self) -> bool:
        """Whether missing secrets are forgiven."""
        return self.environment is Environment.DEVELOPMENT

    @property
    def default_host(self) -> str:
        """The address to listen on when none is told: none but this machine's in development, else all."""
        return "127.0.0.1" if self.in_development else str(IPv4Address(0))

    @property
    def token_algorithms(self) -> tuple[str, ...]:
        """The algorithms that tokens may be signed with: JWT_ALGORITHM, else the usual one of the key source."""
        return self.jwt_algorithm or (("HS256",) if self.jwt_secret_key is not None else ("RS256",))

    def verification_key(self) -> Key | None:
        """Return the key that settings hold or point to, or None when keys are fetched from ``jwt_jwks_url``.

        Raises:
            UnusableKeyError: too weak, or no key.
            OSError, UnicodeDecodeError: the file can't be read.
        """
        if self.jwt_secret_key is not None:
            return hmac_key(self.jwt_secret_key.get_secret_value())
        if self.jwt_public_key is not None:
            return public_key(self.jwt_public_key)
        if self.jwt_public_key_path is not None:
            return public_key(self.jwt_public_key_path.read_text())
        return None

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
        secrets = {"HULEEDU_INTERNAL_API_KEY": self.internal_api_key, "JWT_SECRET_KEY": self.jwt_secret_key}
        return [
            f"{variable}: missing or a well-known default; {self.environment} needs a secret of its own"
            for variable, secret in secrets.items()
            if not self.in_development and secret is not None and is_well_known(secret.get_secret_value())
        ]

    def _sentinel_faults(self) -> list[str]:
        needed = {"REDIS_SENTINELS": self.redis_sentinels, "REDIS_SENTINEL_MASTER": self.redis_sentinel_master}
        return [
            f"{variable}: REDIS_MODE sentinel needs it"
            for variable, value in needed.items()
            if self.redis_mode is RedisMode.SENTINEL and not value
        ]
