"""Stops calls to an upstream while it fails (docs/gateway.md, row 12; decision 11).

Counts failures in a row, lets one probe at a time through after a pause, and closes again after enough of those
succeeded. A call ends in success (the upstream answered, a refusal included), failure, or None. None
says nothing about the upstream, because the client left or the status is 500, and changes nothing.
"""

from collections.abc import Callable
from dataclasses import dataclass

from api_gateway.upstream.ports import CircuitState
from common.clock import Clock

PROBE_PAUSE_S = 1.0
"""``Retry-After`` while a probe is under way; after so long a probe that waits for its client yields its slot."""


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
        on_change: called each time it opens, starts probing or closes.
    """

    def __init__(self, rules: BreakerRules, clock: Clock, on_change: Callable[[CircuitState], None]) -> None:
        self._rules = rules
        self._clock = clock
        self._on_change = on_change
        self._opened_at: float | None = None
        self._period = 0
        self._probe: Permit | None = None
        self._half_open_reported = False
        self._failures = 0
        self._successes = 0

    @property
    def state(self) -> CircuitState:
        """Whether a call would pass now: half open means one at a time."""
        if self._opened_at is None:
            return CircuitState.CLOSED
        return CircuitState.OPEN if self._resting_s() > 0 else CircuitState.HALF_OPEN

    def admit(self, waits_for_client: Callable[[], bool] = lambda: False) -> "Permit":
        """Return the permit of one call, which the caller must settle with its outcome.

        Args:
            waits_for_client: whether the call stands still at present because its client sends no more of its body.
                Such a probe yields its slot after ``PROBE_PAUSE_S``, so that one client can't keep a circuit open.

        Raises:
            CircuitOpenError: the circuit is open, or half open with its probe under way.
        """
        now = self._clock.monotonic()
        match self.state:
            case CircuitState.OPEN:
                raise CircuitOpenError(self._resting_s())
            case CircuitState.HALF_OPEN if self._probe is not None and not self._probe.yields_slot(now):
                raise CircuitOpenError(PROBE_PAUSE_S)
        permit = Permit(self, self._period, now, waits_for_client)
        if self._opened_at is not None:
            self._probe = permit
            self._report_half_open()
        return permit

    def _resting_s(self) -> float:
        opened_at = 0.0 if self._opened_at is None else self._opened_at
        return opened_at + self._rules.recovery_s - self._clock.monotonic()

    def is_probe(self, period: int) -> bool:
        """Whether a call admitted in ``period`` is a probe whose outcome counts still."""
        return self._opened_at is not None and period == self._period

    def settle(self, permit: "Permit", *, success: bool | None) -> None:
        """Take the outcome of a call. One admitted before the circuit opened or closed last changes nothing."""
        if permit is self._probe:
            self._probe = None
        if success is None or permit.period != self._period:
            return
        if self._opened_at is not None:
            self._settle_probe(success=success)
        else:
            self._failures = 0 if success else self._failures + 1
            if self._failures >= self._rules.failure_threshold:
                self._open()

    def _settle_probe(self, *, success: bool) -> None:
        if not success:
            self._open()
            return
        self._successes += 1
        if self._successes >= self._rules.success_threshold:
            self._close()

    def _open(self) -> None:
        self._opened_at = self._clock.monotonic()
        self._successes = 0
        self._begin_period(CircuitState.OPEN)

    def _close(self) -> None:
        self._opened_at = None
        self._failures = 0
        self._successes = 0
        self._begin_period(CircuitState.CLOSED)

    def _begin_period(self, state: CircuitState) -> None:
        self._period += 1
        self._probe = None
        self._half_open_reported = False
        self._on_change(state)

    def _report_half_open(self) -> None:
        if not self._half_open_reported:
            self._half_open_reported = True
            self._on_change(CircuitState.HALF_OPEN)


class Permit:
    """One admitted call, admitted in ``period``. The first outcome counts; later ones are ignored."""

    __slots__ = ("_admitted_at", "_breaker", "_waits_for_client", "period")

    def __init__(
        self, breaker: CircuitBreaker, period: int, admitted_at: float, waits_for_client: Callable[[], bool]
    ) -> None:
        self._breaker: CircuitBreaker | None = breaker
        self._admitted_at = admitted_at
        self._waits_for_client = waits_for_client
        self.period = period

    def yields_slot(self, now: float) -> bool:
        """Whether another probe may be let through beside this one."""
        return now - self._admitted_at >= PROBE_PAUSE_S and self._waits_for_client()

    def record_answer(self) -> None:
        """Record that a good head arrived. It settles a probe, which must not wait for a slow reader of the body."""
        if self._breaker is not None and self._breaker.is_probe(self.period):
            self.settle(success=True)

    def settle(self, *, success: bool | None) -> None:
        """Record how the call ended; None when that says nothing about the upstream."""
        breaker, self._breaker = self._breaker, None
        if breaker is not None:
            breaker.settle(self, success=success)
