"""How the gateway is: it can serve whatever else is down, and says what is (docs/gateway.md, row 25)."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Protocol

from pydantic import JsonValue

from api_gateway.upstream.ports import CircuitState, UpstreamName
from common.identity.keys import KeySource
from common.web.serving.health import DependencyHealth, keys_health


class Probe(Protocol):
    """Looks at one thing the gateway depends on."""

    async def health(self) -> DependencyHealth:
        """Return how it is; never raises, takes a second or so at most."""
        ...


class Circuits(Protocol):
    """Knows which upstreams calls pass to."""

    def circuits(self) -> Mapping[UpstreamName, CircuitState]:
        """Return the state of each upstream's circuit."""
        ...


class GatewayHealth:
    """Implements :class:`common.web.serving.health.HealthSource`.

    Nothing is required: with Kafka, Redis or an upstream away, every route that doesn't need it still works, and the
    routes that log in work without any key to verify tokens with.
    """

    def __init__(self, probes: Sequence[Probe], circuits: Circuits, keys: KeySource) -> None:
        self._probes = tuple(probes)
        self._circuits = circuits
        self._keys = keys

    async def dependencies(self) -> Sequence[DependencyHealth]:
        """Return how each dependency is doing; an upstream is unhealthy while its circuit isn't closed."""
        probed = await asyncio.gather(*[probe.health() for probe in self._probes])
        upstreams = [
            DependencyHealth(name.value, healthy=state is CircuitState.CLOSED, facts={"circuit": state.value})
            for name, state in self._circuits.circuits().items()
        ]
        return [keys_health(ready=self._keys.ready), *probed, *upstreams]

    def unready_reasons(self) -> Sequence[str]:
        """Return none: being unready is the drain's word alone."""
        return []

    def verbose(self) -> Mapping[str, JsonValue]:
        """Return the state of each circuit."""
        return {"circuits": {name.value: state.value for name, state in self._circuits.circuits().items()}}
