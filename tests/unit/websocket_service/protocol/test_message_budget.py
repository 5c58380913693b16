"""How many messages a client may send."""

from websocket_service.protocol.limits import FrameBudget


def test_the_limit_itself_is_allowed() -> None:
    """As many messages as the limit pass at once, and not one more."""
    budget = FrameBudget(limit=100)

    outcomes = [budget.spend(0.0) for _ in range(101)]

    assert outcomes == [True] * 100 + [False]


def test_no_edge_to_gather_at() -> None:
    """Messages just before and just after a minute's turn count together."""
    budget = FrameBudget(limit=100)
    first = [budget.spend(59.9) for _ in range(100)]

    assert all(first)
    assert not budget.spend(60.1)
    assert budget.spend(120.0)


def test_a_heartbeat_never_runs_out() -> None:
    """Two messages a minute pass for ever."""
    budget = FrameBudget(limit=100)

    assert all(budget.spend(30.0 * beat) for beat in range(1000))
