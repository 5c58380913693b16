"""The circuit breaker: opens after failures in a row, probes one at a time, closes after enough successes."""

import pytest

from api_gateway.adapters.circuit_breaker import BreakerRules, CircuitBreaker, CircuitOpenError, Permit
from api_gateway.domain import CircuitState
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
            self.breaker.admit().failed()

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
    circuit.breaker.admit().succeeded()
    circuit.fail(2)

    assert circuit.breaker.state is CircuitState.CLOSED


def test_an_abandoned_call_changes_nothing(circuit: Circuit) -> None:
    """A client that goes away neither adds to the failures nor clears them."""
    circuit.fail(2)
    circuit.breaker.admit().abandoned()
    circuit.fail(1)

    assert circuit.breaker.state is CircuitState.OPEN


def test_a_permit_tells_once(circuit: Circuit) -> None:
    """Only the first outcome of a call counts."""
    permit = circuit.breaker.admit()
    permit.failed()
    permit.failed()
    permit.failed()

    assert circuit.breaker.state is CircuitState.CLOSED


def test_lets_one_probe_through_at_a_time(half_open: Circuit) -> None:
    """While a probe is under way other calls are refused for a moment."""
    probe = half_open.breaker.admit()

    refused = half_open.refusal()

    assert refused.retry_after_s == 1.0
    probe.succeeded()
    assert isinstance(half_open.breaker.admit(), Permit)


def test_closes_after_enough_successful_probes(half_open: Circuit) -> None:
    """Two successes close it, and it tells so."""
    half_open.breaker.admit().succeeded()
    between = half_open.breaker.state
    half_open.breaker.admit().succeeded()

    assert between is CircuitState.HALF_OPEN
    assert half_open.breaker.state is CircuitState.CLOSED
    assert half_open.changes == [CircuitState.OPEN, CircuitState.HALF_OPEN, CircuitState.CLOSED]


def test_a_failed_probe_opens_it_for_the_whole_time_again(half_open: Circuit) -> None:
    """After a failed probe the pause starts anew, and so does the count of successes."""
    half_open.breaker.admit().succeeded()
    half_open.breaker.admit().failed()

    assert half_open.refusal().retry_after_s == pytest.approx(60)
    half_open.clock.advance(60)
    half_open.breaker.admit().succeeded()
    assert half_open.breaker.state is CircuitState.HALF_OPEN


def test_an_abandoned_probe_makes_room_for_the_next(half_open: Circuit) -> None:
    """A probe whose client went away doesn't keep the circuit half open for ever."""
    half_open.breaker.admit().abandoned()

    assert isinstance(half_open.breaker.admit(), Permit)


def test_a_probe_succeeds_with_its_head(half_open: Circuit) -> None:
    """A probe whose body is read slowly doesn't hold the next one back."""
    half_open.breaker.admit().answered()
    half_open.breaker.admit().answered()

    assert half_open.breaker.state is CircuitState.CLOSED


def test_a_head_alone_clears_no_failures(circuit: Circuit) -> None:
    """Answers that always break off after their head open the circuit."""
    for permit in [circuit.breaker.admit() for _ in range(3)]:
        permit.answered()
        permit.failed()

    assert circuit.breaker.state is CircuitState.OPEN


def test_late_outcomes_of_calls_before_the_opening_are_ignored(circuit: Circuit) -> None:
    """A call that was under way when the circuit opened neither closes it nor prolongs its rest."""
    late_failure, late_success = circuit.breaker.admit(), circuit.breaker.admit()
    circuit.fail(3)
    circuit.clock.advance(60)

    late_failure.failed()
    late_success.succeeded()

    assert circuit.breaker.state is CircuitState.HALF_OPEN
    assert circuit.changes == [CircuitState.OPEN]


def test_never_opens_when_switched_off() -> None:
    """An infinite threshold is how the breaker is disabled."""
    circuit = Circuit(BreakerRules(failure_threshold=float("inf"), recovery_s=60, success_threshold=2))

    circuit.fail(1000)

    assert circuit.breaker.state is CircuitState.CLOSED
