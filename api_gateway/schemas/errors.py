"""Errors as callers get them, and the answers of the health routes."""

from typing import Literal
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, JsonValue


class ErrorTold(BaseModel):
    """What failed, where, when, and for which request."""

    code: str
    message: str
    correlation_id: UUID
    service: str
    timestamp: AwareDatetime
    details: dict[str, JsonValue]


class ErrorBody(BaseModel):
    """The body of every error."""

    error: ErrorTold


class Problem(BaseModel):
    """The body of every error for callers whose `Accept` names application/problem+json (RFC 9457)."""

    model_config = ConfigDict(extra="allow")

    type: str
    title: str
    status: int
    detail: str
    instance: str
    code: str
    correlation_id: UUID
    service: str
    timestamp: AwareDatetime


class CatalogueEntry(BaseModel):
    """What one code means and what to do about it."""

    code: str
    status: int = Field(description="The HTTP status it is answered with.")
    close_code: int = Field(description="The code that closes a socket it ends.")
    title: str
    meaning: str
    advice: str
    retryable: bool = Field(description="Whether the same request, sent again later, may succeed.")
    documentation: str


class Catalogue(BaseModel):
    """Every code the edge can answer with."""

    errors: list[CatalogueEntry]


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
