"""The gateway's settings: names and defaults of the platform contract, read once, never changed."""

import os
from collections.abc import Mapping
from typing import Annotated, Final, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from api_gateway.upstream.ports import UpstreamName
from common.redaction import is_well_known
from common.settings.redis_url import RedisUrl
from common.settings.shared import SharedSettings
from common.settings.values import (
    BaseUrl,
    Brokers,
    JsonList,
    LogLevel,
    Network,
    Origin,
    Port,
    Seconds,
    SecondsOrZero,
)
from common.settings.variables import (
    OldName,
    StartError,
    TranslatedNames,
    environment_config,
    read_settings,
    settings_rows,
    translate_names,
    unknown_variables,
    with_unread,
)

PREFIX = "API_GATEWAY_"

OLD_NAMES: Final = (
    OldName("API_GATEWAY_CMS_API_URL", "CLASS_MANAGEMENT_SERVICE_URL", "http://class_management_service:5002"),
    OldName("API_GATEWAY_FILE_SERVICE_URL", "FILE_SERVICE_URL", "http://file_service:7001"),
    OldName(
        "API_GATEWAY_RESULT_AGGREGATOR_URL", "RESULT_AGGREGATOR_SERVICE_URL", "http://result_aggregator_service:4003"
    ),
    OldName("API_GATEWAY_BOS_URL", "BATCH_ORCHESTRATOR_SERVICE_URL", "http://batch_orchestrator_service:5000"),
    OldName("API_GATEWAY_BFF_TEACHER_URL", "BFF_TEACHER_SERVICE_URL", "http://bff_teacher_service:4101"),
    OldName("API_GATEWAY_REDIS_URL", "API_GATEWAY_SERVICE_REDIS_URL", "redis://redis:6379"),
    OldName("API_GATEWAY_HTTP_HOST", "API_GATEWAY_SERVICE_HOST"),
    OldName("API_GATEWAY_HTTP_PORT", "API_GATEWAY_SERVICE_PORT"),
    *(
        OldName(name, f"{PREFIX}{name}")
        for name in (
            "JWT_SECRET_KEY",
            "JWT_PUBLIC_KEY",
            "JWT_PUBLIC_KEY_PATH",
            "JWT_ALGORITHM",
            "JWT_AUDIENCE",
            "JWT_ISSUER",
        )
    ),
)
"""What the platform's previous gateway and its compose files called the same things (docs/migration.md, "Names")."""

PerMinute = Annotated[int, Field(gt=0)]


class GatewaySettings(BaseModel):
    """The settings that the environment gives by variables that begin with ``API_GATEWAY_``, and the shared ones."""

    model_config = ConfigDict(**environment_config(PREFIX), use_attribute_docstrings=True)

    shared: SharedSettings
    """The settings that both services share."""

    http_host: str | None = None
    """Address to listen on; by default 127.0.0.1 in development, else 0.0.0.0."""

    http_port: Port = 4001
    """Port to listen on; 0 picks a free one."""

    public_url: BaseUrl | None = None
    """The gateway's public base URL; links to the error catalogue are relative without it."""

    log_level: LogLevel = "INFO"
    """Minimum level of logged events."""

    cors_origins: Annotated[tuple[Origin, ...], JsonList] = ()
    """Allowed CORS origins, a JSON list."""

    trusted_proxies: Annotated[tuple[Network, ...], JsonList] = ()
    """Addresses or networks whose X-Forwarded-* headers are trusted, a JSON list."""

    kafka_bootstrap_servers: Brokers
    """Comma-separated brokers (host:port)."""

    kafka_enable_idempotence: bool = True
    """Use an idempotent producer; false for brokers that don't support it."""

    redis_url: Annotated[RedisUrl, Field(repr=False)]
    """URL of Redis."""

    redis_channel_prefix: Annotated[str, Field(min_length=1)] = "ws"
    """Prefix of users' channels; must equal the feed's REDIS_CHANNEL_PREFIX."""

    identity_url: BaseUrl
    """Base URL of the Identity service."""

    bos_url: BaseUrl
    """Base URL of the Batch Orchestrator Service."""

    result_aggregator_url: BaseUrl
    """Base URL of the Result Aggregator Service."""

    file_service_url: BaseUrl
    """Base URL of the File Service."""

    cms_api_url: BaseUrl
    """Base URL of the Class Management Service."""

    bff_teacher_url: BaseUrl
    """Base URL of the Teacher BFF."""

    rate_limit_requests: PerMinute = 100
    """Requests per user and minute, without commands and uploads."""

    rate_limit_commands: PerMinute = 20
    """Commands per user and minute."""

    rate_limit_uploads: PerMinute = 50
    """Uploads per user and minute."""

    rate_limit_login: PerMinute = 300
    """Calls of the auth routes per IP address and minute; an IPv6 /64 counts as one."""

    http_client_timeout_seconds: Seconds = 30.0
    """Total timeout of a request to a service in seconds, retries included."""

    http_client_connect_timeout_seconds: Seconds = 3.0
    """Timeout for connecting to a service in seconds."""

    upload_timeout_seconds: Seconds = 60.0
    """Seconds without progress after which an upload is aborted."""

    circuit_breaker_enabled: bool = True
    """Suspend calls to a failing service for a while."""

    http_circuit_breaker_failure_threshold: Annotated[int, Field(ge=1)] = 5
    """Consecutive failures that open a circuit."""

    http_circuit_breaker_recovery_timeout: Seconds = 60.0
    """Seconds before an open circuit allows a probe."""

    http_circuit_breaker_success_threshold: Annotated[int, Field(ge=1)] = 2
    """Successful probes that close a circuit."""

    drain_grace_seconds: SecondsOrZero = 5.0
    """Seconds to keep serving, unready, after SIGTERM."""

    @property
    def host(self) -> str:
        """The address to listen on."""
        return self.http_host or self.shared.default_host

    @property
    def upstream_urls(self) -> dict[UpstreamName, str]:
        """Where each upstream is, without a slash at the end."""
        return {
            UpstreamName.IDENTITY: self.identity_url,
            UpstreamName.BOS: self.bos_url,
            UpstreamName.RAS: self.result_aggregator_url,
            UpstreamName.FILE: self.file_service_url,
            UpstreamName.CMS: self.cms_api_url,
            UpstreamName.BFF: self.bff_teacher_url,
        }

    @model_validator(mode="after")
    def _check_redis(self) -> Self:
        self.shared.check_redis(f"{PREFIX}REDIS_URL", self.redis_url)
        return self

    @model_validator(mode="after")
    def _check_internal_key(self) -> Self:
        if not self.shared.in_development and is_well_known(self.shared.internal_api_key.get_secret_value()):
            message = f"HULEEDU_INTERNAL_API_KEY: missing; {self.shared.environment} needs a secret of its own"
            raise ValueError(message)
        return self


def load_settings(environ: Mapping[str, str] = os.environ) -> GatewaySettings:
    """Return the settings that ``environ`` spells.

    Raises:
        StartError: one line that names every variable at fault, as it was set, and those that aren't read.
    """
    today = translate_names(environ, OLD_NAMES)
    try:
        shared = read_settings(SharedSettings, today.variables)
        return read_settings(GatewaySettings, today.variables, shared=shared)
    except StartError as fault:
        raise with_unread(StartError(today.as_set(str(fault))), _unknown(today)) from fault


def start_warnings(settings: GatewaySettings, environ: Mapping[str, str] = os.environ) -> dict[str, str]:
    """Return what is doubtful about ``environ``, by variable; ``settings`` are those that it spells."""
    today = translate_names(environ, OLD_NAMES)
    current = {today.as_set(variable): remark for variable, remark in settings.shared.warnings.items()}
    return _unknown(today) | today.remarks | current


def _unknown(today: TranslatedNames) -> dict[str, str]:
    known = [row.variable for row in settings_rows(GatewaySettings, SharedSettings)]
    unknown = unknown_variables(today.variables, known, own_prefix=PREFIX)
    return {variable: remark for variable, remark in unknown.items() if variable not in today.remarks}
