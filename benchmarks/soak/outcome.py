"""Everything a soak saw."""

from dataclasses import dataclass, field
from typing import Any

from benchmarks.soak.disturbances import Window
from benchmarks.soak.samples import KeyFamily, RedisSample, Sample


@dataclass(slots=True, kw_only=True)
class Outcome:
    """Everything a soak saw.

    Attributes:
        began: When everybody had arrived and the day began (Unix time); None when it never did.
        load: What the load generator wrote; empty when it ended without.
        samples: Of the replicas.
        store: Of Redis.
        families: Redis' keys after the day.
        windows: The disturbances.
        rest_before: A sample of each replica before anybody came.
        rest_after: And after everybody had left.
        censuses: The lines each replica wrote of its objects, by process id.
        failed_parts: What kept the soak itself from running as planned.
        interrupted: Whether a signal ended it early.
    """

    began: float | None = None
    load: dict[str, Any] = field(default_factory=dict)
    samples: list[Sample] = field(default_factory=list)
    store: list[RedisSample] = field(default_factory=list)
    families: dict[str, KeyFamily] = field(default_factory=dict)
    windows: list[Window] = field(default_factory=list)
    rest_before: list[Sample] = field(default_factory=list)
    rest_after: list[Sample] = field(default_factory=list)
    censuses: dict[int, list[dict[str, Any]]] = field(default_factory=dict)
    failed_parts: list[str] = field(default_factory=list)
    interrupted: bool = False
