"""How a sandbox is to be."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from sandbox.secrets import JWT_SECRET


class SigningAlgorithm(StrEnum):
    """How the simulated identity service signs tokens."""

    HS256 = "HS256"
    """As in development: a shared secret."""

    RS256 = "RS256"
    """As in production: the edge fetches the public key from the identity service."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StackOptions:
    """What can be chosen; every port that is None is a free one.

    ``feeds`` is the number of the WebSocket service's replicas; several stand behind a balancer on its port. Pages of
    ``page_port``, the dashboard's, may call both services. ``jwt_secret`` signs tokens when the algorithm is HS256; the
    platform's own in development are under 32 bytes. ``gateway_environment`` and ``websocket_environment`` are further
    variables for the two services, by the contract's names. ``crowd`` is how many people can log in beside the demo
    users (:func:`sandbox.people.crowd`). ``logs`` is a folder to keep the logs in; without it they are kept only when
    something failed.
    """

    gateway_port: int | None = None
    websocket_port: int | None = None
    page_port: int | None = None
    feeds: int = 1
    algorithm: SigningAlgorithm = SigningAlgorithm.HS256
    jwt_secret: str = JWT_SECRET
    token_lifetime_s: int = 3600
    phase_s: float = 0.3
    validation_timeout_s: float = 86_400
    crowd: int = 0
    logs: Path | None = None
    gateway_environment: Mapping[str, str] = field(default_factory=dict)
    websocket_environment: Mapping[str, str] = field(default_factory=dict)
