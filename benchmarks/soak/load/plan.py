"""What the process that starts the load generator passes to it."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Self


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """One run of the load generator.

    Attributes:
        gateway: The gateway's base URL.
        feed: The feed's base URL, ``http://…``.
        kafka: The bootstrap address.
        teachers: How many teachers there are.
        seconds: How long load is generated.
        seed: What the randomness starts from.
        results: The file that gets the results.
    """

    gateway: str
    feed: str
    kafka: str
    teachers: int
    seconds: float
    seed: int
    results: str

    def write(self, path: Path) -> None:
        """Write the plan as JSON."""
        path.write_text(json.dumps(asdict(self), indent=1))

    @classmethod
    def read(cls, path: Path) -> Self:
        """Read what :meth:`write` wrote."""
        return cls(**json.loads(path.read_text()))
