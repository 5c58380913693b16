"""A service's health as a test dictates it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from pydantic import JsonValue

from common.web.serving.health import DependencyHealth


@dataclass(slots=True)
class FakeHealthSource:
    """Says what it was told to say; implements :class:`common.web.serving.health.HealthSource`."""

    needs: Sequence[DependencyHealth] = ()
    reasons: Sequence[str] = ()
    details: Mapping[str, JsonValue] = field(default_factory=dict)

    async def dependencies(self) -> Sequence[DependencyHealth]:
        """Return the dictated dependencies."""
        return self.needs

    def unready_reasons(self) -> Sequence[str]:
        """Return the dictated reasons."""
        return self.reasons

    def verbose(self) -> Mapping[str, JsonValue]:
        """Return the dictated details."""
        return self.details
