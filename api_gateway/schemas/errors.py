"""Errors as callers get them: the platform's body, RFC 9457's, and the catalogue's entries."""

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
