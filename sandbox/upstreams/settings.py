"""What the stack passes to the process of simulated services."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Self

from sandbox.options import SigningAlgorithm
from sandbox.ports import LOOPBACK
from sandbox.secrets import JWT_SECRET

BATCH_REGISTERED_TOPIC = "huleedu.batch.essays.registered.v1"
"""Tells the result aggregator of a new batch."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UpstreamSettings:
    """Written to a file by the stack, read by ``python -m sandbox.upstreams FILE``.

    ``ports`` maps each service's name to its port on ``host``. ``phase_s`` is how long a phase of a pipeline takes,
    ``validation_timeout_s`` how long a teacher has to confirm which pupil wrote which essay, ``prompt_retries_s`` how
    long a preflight looks for a prompt that the batch lacks before it fails, ``crowd`` how many people can log in
    beside the demo users.
    """

    ports: dict[str, int]
    redis_url: str
    kafka_bootstrap: str
    internal_api_key: str
    algorithm: SigningAlgorithm
    jwt_secret: str = JWT_SECRET
    token_lifetime_s: int
    phase_s: float
    validation_timeout_s: float
    prompt_retries_s: float = 5.0
    host: str = LOOPBACK
    crowd: int = 0

    @classmethod
    def from_file(cls, path: Path) -> Self:
        """Read what :meth:`to_file` wrote."""
        told = json.loads(path.read_bytes())
        return cls(**{**told, "algorithm": SigningAlgorithm(told["algorithm"])})

    def to_file(self, path: Path) -> None:
        """Write the settings as JSON."""
        path.write_text(json.dumps(asdict(self), indent=2))
