"""Who watches a teacher's day."""

from dataclasses import dataclass
from typing import Protocol

from pydantic import JsonValue


@dataclass(frozen=True, slots=True)
class Step:
    """One step of the day: what is done and the request that does it."""

    title: str
    request: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a step came to and how long it took, in seconds."""

    step: Step
    said: str
    seconds: float


@dataclass(frozen=True, slots=True)
class Heard:
    """A frame of the feed: its event and data, when it came, in seconds since the day began, and its cursor."""

    event: str
    data: dict[str, JsonValue]
    at_s: float
    cursor: str | None = None


class Audience(Protocol):
    """Learns of everything as it happens."""

    def step_begins(self, step: Step) -> None:
        """A step begins."""
        ...

    def step_succeeds(self, outcome: Outcome) -> None:
        """The step that began last has come to this."""
        ...

    def step_fails(self, outcome: Outcome) -> None:
        """The step that began last has failed; there are no more."""
        ...

    def hears(self, heard: Heard) -> None:
        """A frame arrived on the feed."""
        ...
