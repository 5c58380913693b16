"""How a replica is, as /livez, /readyz and /healthz tell it."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, JsonValue


class Liveness(BaseModel):
    """The process runs."""

    status: Literal["alive"]


class Readiness(BaseModel):
    """Whether work should be sent to this replica; with `?verbose`, the circuits and more."""

    status: Literal["ready", "unready"]
    reasons: list[str] = Field(description="Why not, in words for machines; empty when ready.")
    details: dict[str, JsonValue] | None = Field(default=None, description="Only with `?verbose`.")


class DependencyReport(BaseModel):
    """How something the gateway needs is doing."""

    model_config = ConfigDict(extra="allow")

    status: Literal["healthy", "unhealthy"]


class HealthReport(BaseModel):
    """The replica and what it needs, as every service of the platform tells it."""

    service: str
    status: Literal["healthy", "degraded", "unhealthy"]
    message: str = Field(description="The status in a sentence, for people.")
    version: str
    environment: str
    checks: dict[str, bool]
    dependencies: dict[str, DependencyReport]
