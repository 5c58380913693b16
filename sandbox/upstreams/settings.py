"""What the process of simulated services is told by the stack that starts it."""

from pathlib import Path
from typing import Self

from pydantic import BaseModel, ConfigDict

from sandbox.tokens import SANDBOX_SECRET, TokenMint


class UpstreamSettings(BaseModel):
    """Written to a file by the stack, read by ``python -m sandbox.upstreams FILE``.

    ``ports`` maps each service's name to its port. With a ``signing_key_pem`` tokens are signed RS256, else HS256.
    ``phase_s`` is how long a phase of a pipeline takes, ``validation_timeout_s`` how long a teacher has to confirm
    which pupil wrote which essay.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    ports: dict[str, int]
    redis_url: str
    kafka_bootstrap: str
    internal_api_key: str
    signing_key_pem: str | None = None
    token_lifetime_s: int = 3600
    phase_s: float = 0.3
    validation_timeout_s: float = 86_400

    @classmethod
    def from_file(cls, path: Path) -> Self:
        """Read what :meth:`to_file` wrote."""
        return cls.model_validate_json(path.read_bytes())

    def to_file(self, path: Path) -> None:
        """Write the settings as JSON, readable by this user alone."""
        path.touch(mode=0o600)
        path.write_text(self.model_dump_json(indent=2))

    def mint(self) -> TokenMint:
        """Return the mint of the identity service."""
        if self.signing_key_pem is None:
            return TokenMint(SANDBOX_SECRET)
        return TokenMint.from_pem(self.signing_key_pem.encode())
