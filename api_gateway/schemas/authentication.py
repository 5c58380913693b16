"""Logging in and out, as the identity service has it (platform contract, "Identity"). Other members pass unread."""

from typing import Literal

from pydantic import BaseModel, Field


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


class Session(BaseModel):
    """What a logged-in client holds; `expires_in` counts seconds."""

    access_token: str = Field(examples=["eyJhbGciOiJSUzI1NiIs…"])
    refresh_token: str = Field(examples=["8d1f5a9c…"])
    token_type: Literal["Bearer"]
    expires_in: int = Field(examples=[3600])
