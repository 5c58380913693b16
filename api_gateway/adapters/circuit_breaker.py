"""Holds calls to an upstream back while it fails (docs/gateway.md, row 12; decision 11).

Counts failures in a row, lets one probe at a time through after a pause, and closes again after enough of those
succeeded. What counts as a failure is the caller's word; an outcome that tells nothing about the upstream (the client
went away, its body was refused) is ``abandoned`` and changes nothing.
"""

from collections.abc import Callable
from dataclasses import dataclass

from api_gateway.domain import CircuitState
from common.clock import Clock

PROBE_PAUSE_S = 1.0
"""When to come again while a probe is under way."""


class CircuitOpenError(Exception):
    """The call must not be made now; ``retry_after_s`` is when one may be."""

    def __init__(self, retry_after_s: float) -> None:
        super().__init__(f"open for another {retry_after_s:.1f} s")
        self.retry_after_s = retry_after_s


@dataclass(frozen=True, slots=True, kw_only=True)
class BreakerRules:
    """When a circuit opens and closes.

    Attributes:
        failure_threshold: failures in a row that open it; infinity never opens it.
        recovery_s: how long it stays open before the first probe.
        success_threshold: successful probes in a row that close it.
    """

    failure_threshold: float
    recovery_s: float
    success_threshold: int


class CircuitBreaker:
    """The breaker of one upstream, for one event loop: its methods never wait.

    Args:
        rules: when it opens and closes.
        clock: its monotonic time decides when a probe may pass.
        on_change: told each time it opens, starts probing or closes.
    """

    def __init__(self, rules: BreakerRules, clock: Clock, on_change: Callable[[CircuitState], None]) -> None:
        self._rules = rules
        self._clock = clock
        self._on_change = on_change
        self._opened_at: float | None = None
        self._probe: Permit | None = None
        self._failures = 0
        self._successes = 0

    @property
    def state(self) -> CircuitState:
        """Whether a call would pass now: half open means one at a time."""
        if self._opened_at is None:
            return CircuitState.CLOSED
        return CircuitState.OPEN if self._resting_s() > 0 else CircuitState.HALF_OPEN

    def admit(self) -> "Permit":
        """Return the permit of one call, whose outcome must be told to it.

        Raises:
            CircuitOpenError: the circuit is open, or half open with its probe under way.
        """
        match self.state:
            case CircuitState.CLOSED:
                return Permit(self)
            case CircuitState.OPEN:
                raise CircuitOpenError(self._resting_s())
            case CircuitState.HALF_OPEN if self._probe is not None:
                raise CircuitOpenError(PROBE_PAUSE_S)
        if not self._successes:
            self._on_change(CircuitState.HALF_OPEN)
        self._probe = Permit(self)
        return self._probe

    def _resting_s(self) -> float:
        opened_at = 0.0 if self._opened_at is None else self._opened_at
        return opened_at + self._rules.recovery_s - self._clock.monotonic()

    def is_probe(self, permit: "Permit") -> bool:
        """Whether ``permit`` is the probe under way."""
        return permit is self._probe

    def settle(self, permit: "Permit", *, success: bool | None) -> None:
        """Take the outcome of a call; None tells nothing. A call admitted before the circuit opened tells nothing."""
        if self.is_probe(permit):
            self._probe = None
            self._probed(success=success)
        elif self._opened_at is None and success is not None:
            self._failures = 0 if success else self._failures + 1
            if self._failures >= self._rules.failure_threshold:
                self._open()

    def _probed(self, *, success: bool | None) -> None:
        match success:
            case True:
                self._successes += 1
                if self._successes >= self._rules.success_threshold:
                    self._close()
            case False:
                self._open()

    def _open(self) -> None:
        self._opened_at = self._clock.monotonic()
        self._successes = 0
        self._on_change(CircuitState.OPEN)

    def _close(self) -> None:
        self._opened_at = None
        self._failures = 0
        self._successes = 0
        self._on_change(CircuitState.CLOSED)


class Permit:
    """One admitted call. The first outcome told counts; later ones are ignored."""

    __slots__ = ("_breaker",)

    def __init__(self, breaker: CircuitBreaker) -> None:
        self._breaker: CircuitBreaker | None = breaker

    def answered(self) -> None:
        """Tell that a good head arrived: enough for a probe, which must not wait for a slow reader of the body."""
        if self._breaker is not None and self._breaker.is_probe(self):
            self.succeeded()

    def succeeded(self) -> None:
        """Tell that the upstream did its part, be it by refusing (4xx)."""
        self._settle(success=True)

    def failed(self) -> None:
        """Tell that the upstream failed: 5xx, a timeout, no connection, a broken answer."""
        self._settle(success=False)

    def abandoned(self) -> None:
        """Tell that the call ended without saying anything about the upstream."""
        self._settle(success=None)

    def _settle(self, *, success: bool | None) -> None:
        breaker, self._breaker = self._breaker, None
        if breaker is not None:
            breaker.settle(self, success=success)
