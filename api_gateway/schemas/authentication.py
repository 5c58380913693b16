"""Logging in and out as the identity service has it. Other members pass unread."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


class Login(BaseModel):
    """The credentials for a login."""

    email: str = Field(pattern=r"^[^@\s]+@[^@\s]+$", examples=["teacher@example.org"])
    password: str = Field(examples=["krita-och-tavla"], json_schema_extra={"format": "password"})


class Refresh(BaseModel):
    """The refresh token of the session to renew."""

    refresh_token: str


class Logout(BaseModel):
    """The session to end. Without a refresh token only the access token of the Authorization header ends."""

    refresh_token: str | None = None


class LoggedOut(BaseModel):
    """The session has ended."""

    model_config = ConfigDict(extra="allow")

    message: str


class RefreshedSession(BaseModel):
    """A new access token, and the seconds it lasts; the refresh token stays valid."""

    model_config = ConfigDict(extra="allow")

    access_token: str = Field(examples=["eyJhbGciOiJSUzI1NiIs…"])
    token_type: Literal["Bearer"]
    expires_in: int = Field(examples=[3600])


class Session(RefreshedSession):
    """The tokens of a new session; `expires_in` is in seconds."""

    refresh_token: str = Field(examples=["8d1f5a9c…"])
