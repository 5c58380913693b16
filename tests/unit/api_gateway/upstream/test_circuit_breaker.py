"""The circuit breaker: opens after failures in a row, probes one at a time, closes after enough successes."""

import pytest

from api_gateway.upstream.circuit_breaker import BreakerRules, CircuitBreaker, CircuitOpenError, Permit
from api_gateway.upstream.ports import CircuitState
from tests.fakes.clock import FakeClock

RULES = BreakerRules(failure_threshold=3, recovery_s=60, success_threshold=2)


class Circuit:
    """A breaker, its clock, and the changes it told."""

    def __init__(self, rules: BreakerRules = RULES) -> None:
        self.clock = FakeClock()
        self.changes: list[CircuitState] = []
        self.breaker = CircuitBreaker(rules, self.clock, self.changes.append)

    def fail(self, times: int) -> None:
        """Let that many calls fail."""
        for _ in range(times):
            self.breaker.admit().settle(success=False)

    def refusal(self) -> CircuitOpenError:
        """Return why the next call is refused."""
        with pytest.raises(CircuitOpenError) as refused:
            self.breaker.admit()
        return refused.value


@pytest.fixture
def circuit() -> Circuit:
    """Return a closed circuit."""
    return Circuit()


@pytest.fixture
def half_open(circuit: Circuit) -> Circuit:
    """Return a circuit that opened and rested long enough."""
    circuit.fail(3)
    circuit.clock.advance(60)
    return circuit


def test_stays_closed_below_the_threshold(circuit: Circuit) -> None:
    """Two failures of three leave the circuit closed."""
    circuit.fail(2)

    assert circuit.breaker.state is CircuitState.CLOSED


def test_opens_at_the_threshold(circuit: Circuit) -> None:
    """The third failure in a row opens it and later calls are told how long it rests."""
    circuit.fail(3)
    circuit.clock.advance(20.5)

    assert circuit.refusal().retry_after_s == pytest.approx(39.5)
    assert circuit.changes == [CircuitState.OPEN]


def test_counts_failures_in_a_row_only(circuit: Circuit) -> None:
    """A success in between starts the count anew."""
    circuit.fail(2)
    circuit.breaker.admit().settle(success=True)
    circuit.fail(2)

    assert circuit.breaker.state is CircuitState.CLOSED


def test_an_abandoned_call_changes_nothing(circuit: Circuit) -> None:
    """A client that goes away neither adds to the failures nor clears them."""
    circuit.fail(2)
    circuit.breaker.admit().settle(success=None)
    circuit.fail(1)

    assert circuit.breaker.state is CircuitState.OPEN


def test_a_permit_tells_once(circuit: Circuit) -> None:
    """Only the first outcome of a call counts."""
    permit = circuit.breaker.admit()
    permit.settle(success=False)
    permit.settle(success=False)
    permit.settle(success=False)

    assert circuit.breaker.state is CircuitState.CLOSED


def test_lets_one_probe_through_at_a_time(half_open: Circuit) -> None:
    """While a probe is under way other calls are refused for a moment."""
    probe = half_open.breaker.admit()

    refused = half_open.refusal()

    assert refused.retry_after_s == 1.0
    probe.settle(success=True)
    assert isinstance(half_open.breaker.admit(), Permit)


def test_closes_after_enough_successful_probes(half_open: Circuit) -> None:
    """Two successes close it, and it tells so."""
    half_open.breaker.admit().settle(success=True)
    between = half_open.breaker.state
    half_open.breaker.admit().settle(success=True)

    assert between is CircuitState.HALF_OPEN
    assert half_open.breaker.state is CircuitState.CLOSED
    assert half_open.changes == [CircuitState.OPEN, CircuitState.HALF_OPEN, CircuitState.CLOSED]


def test_a_failed_probe_opens_it_for_the_whole_time_again(half_open: Circuit) -> None:
    """After a failed probe the pause starts anew, and so does the count of successes."""
    half_open.breaker.admit().settle(success=True)
    half_open.breaker.admit().settle(success=False)

    assert half_open.refusal().retry_after_s == pytest.approx(60)
    half_open.clock.advance(60)
    half_open.breaker.admit().settle(success=True)
    assert half_open.breaker.state is CircuitState.HALF_OPEN


def test_an_abandoned_probe_makes_room_for_the_next(half_open: Circuit) -> None:
    """A probe whose client went away doesn't keep the circuit half open for ever."""
    half_open.breaker.admit().settle(success=None)

    assert isinstance(half_open.breaker.admit(), Permit)


def test_a_probe_succeeds_with_its_head(half_open: Circuit) -> None:
    """A probe whose body is read slowly doesn't hold the next one back."""
    half_open.breaker.admit().record_answer()
    half_open.breaker.admit().record_answer()

    assert half_open.breaker.state is CircuitState.CLOSED


def test_a_head_alone_clears_no_failures(circuit: Circuit) -> None:
    """Answers that always break off after their head open the circuit."""
    for permit in [circuit.breaker.admit() for _ in range(3)]:
        permit.record_answer()
        permit.settle(success=False)

    assert circuit.breaker.state is CircuitState.OPEN


def test_late_outcomes_of_calls_before_the_opening_are_ignored(circuit: Circuit) -> None:
    """A call that was under way when the circuit opened neither closes it nor prolongs its rest."""
    late_failure, late_success = circuit.breaker.admit(), circuit.breaker.admit()
    circuit.fail(3)
    circuit.clock.advance(60)

    late_failure.settle(success=False)
    late_success.settle(success=True)

    assert circuit.breaker.state is CircuitState.HALF_OPEN
    assert circuit.changes == [CircuitState.OPEN]


def test_never_opens_when_switched_off() -> None:
    """An infinite threshold is how the breaker is disabled."""
    circuit = Circuit(BreakerRules(failure_threshold=float("inf"), recovery_s=60, success_threshold=2))

    circuit.fail(1000)

    assert circuit.breaker.state is CircuitState.CLOSED


def test_what_tells_nothing_leaves_it_half_open(half_open: Circuit) -> None:
    """Such a probe neither opens nor closes it, takes no success back, and is told of as half open once."""
    half_open.breaker.admit().settle(success=None)
    half_open.breaker.admit().settle(success=True)
    half_open.breaker.admit().settle(success=None)
    between = half_open.breaker.state
    half_open.breaker.admit().settle(success=True)

    assert between is CircuitState.HALF_OPEN
    assert half_open.changes == [CircuitState.OPEN, CircuitState.HALF_OPEN, CircuitState.CLOSED]


def test_a_probe_that_waits_for_its_client_makes_room(half_open: Circuit) -> None:
    """A slow upload holds others back for a second at most; one that keeps coming goes on holding them back."""
    half_open.breaker.admit(lambda: True)
    at_once = half_open.refusal()
    half_open.clock.advance(1)

    half_open.breaker.admit(lambda: False)
    half_open.clock.advance(30)

    assert at_once.retry_after_s == 1.0
    assert half_open.refusal().retry_after_s == 1.0


def test_a_probe_that_made_room_still_counts(half_open: Circuit) -> None:
    """A service that slow uploads alone reach closes its circuit by them, or opens it again."""
    slow = half_open.breaker.admit(lambda: True)
    half_open.clock.advance(1)
    half_open.breaker.admit(lambda: True).settle(success=True)

    slow.settle(success=True)

    assert half_open.breaker.state is CircuitState.CLOSED


def test_a_probe_of_an_earlier_half_opening_counts_no_more(half_open: Circuit) -> None:
    """It was sent before the service failed again, and says nothing of it now."""
    slow = half_open.breaker.admit(lambda: True)
    half_open.clock.advance(1)
    half_open.breaker.admit().settle(success=False)
    half_open.clock.advance(60)
    half_open.breaker.admit().settle(success=True)

    slow.settle(success=True)

    assert half_open.breaker.state is CircuitState.HALF_OPEN
