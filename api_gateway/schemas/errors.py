"""Errors as callers get them, and the answers of the health routes."""

from typing import Literal
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, JsonValue

from common.errors.texts import Language


class ErrorTold(BaseModel):
    """What failed, in which service, when, and for which request."""

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


class TeacherText(BaseModel):
    """What a teacher reads about the error."""

    language: Language = Field(description="The language of the text, the same as `Content-Language`.")
    title: str
    message: str
    advice: str


class CatalogueEntry(BaseModel):
    """The meaning of one code, and advice for clients."""

    code: str
    status: int = Field(description="The HTTP status of its response.")
    close_code: int = Field(description="The code that closes a socket which this error ends.")
    title: str
    meaning: str
    advice: str = Field(description="What the client should do.")
    teacher: TeacherText
    retryable: bool = Field(description="Whether the same request can succeed later.")
    documentation: str


class Catalogue(BaseModel):
    """All codes that the edge can return."""

    errors: list[CatalogueEntry]


class Liveness(BaseModel):
    """The process runs."""

    status: Literal["alive"]


class Readiness(BaseModel):
    """Whether this replica should get traffic; with `?verbose`, the circuits and more."""

    status: Literal["ready", "unready"]
    reasons: list[str] = Field(description="Machine-readable reasons for being unready; empty when ready.")
    details: dict[str, JsonValue] | None = Field(default=None, description="Only with `?verbose`.")


class DependencyReport(BaseModel):
    """The health of one dependency of the gateway."""

    model_config = ConfigDict(extra="allow")

    status: Literal["healthy", "unhealthy"]


class HealthReport(BaseModel):
    """The health of the replica and its dependencies, in the platform's common format."""

    service: str
    status: Literal["healthy", "degraded", "unhealthy"]
    message: str = Field(description="The status as a sentence for people.")
    version: str
    environment: str
    checks: dict[str, bool]
    dependencies: dict[str, DependencyReport]
