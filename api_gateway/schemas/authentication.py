"""Logging in and out as the identity service has it. Other members pass unread."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


class Login(BaseModel):
    """Who logs in."""

    email: str = Field(pattern=r"^[^@\s]+@[^@\s]+$", examples=["teacher@example.org"])
    password: str = Field(examples=["krita-och-tavla"], json_schema_extra={"format": "password"})


class Refresh(BaseModel):
    """What an expiring session is renewed with."""

    refresh_token: str


class Logout(BaseModel):
    """Which session ends. Without a refresh token only the access token of the Authorization header ends."""

    refresh_token: str | None = None


class LoggedOut(BaseModel):
    """The session has ended."""

    model_config = ConfigDict(extra="allow")

    message: str


class RefreshedSession(BaseModel):
    """A new access token, and the seconds it lasts; the refresh token stays good."""

    model_config = ConfigDict(extra="allow")

    access_token: str = Field(examples=["eyJhbGciOiJSUzI1NiIs…"])
    token_type: Literal["Bearer"]
    expires_in: int = Field(examples=[3600])


class Session(RefreshedSession):
    """What a logged-in client holds; `expires_in` counts seconds."""

    refresh_token: str = Field(examples=["8d1f5a9c…"])
