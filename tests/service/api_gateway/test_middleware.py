"""The hooks run in the order in which api_gateway/middleware/__init__.py lists them."""

from collections.abc import Awaitable, Callable
from functools import wraps
from typing import cast

from quart import Quart

from api_gateway.middleware import AFTER, AT_TEARDOWN, BEFORE
from api_gateway.middleware.authentication import authenticate
from api_gateway.middleware.idempotency import claim_key
from api_gateway.middleware.rate_limit import limit_rate
from tests.support.gateway import Gateway, bearer

Hook = Callable[..., Awaitable[object]]


def noting(hook: Hook, ran: list[str]) -> Hook:
    """Return ``hook``, which notes its name when it runs."""

    @wraps(hook)
    async def noted(*args: object) -> object:
        ran.append(hook.__name__)
        return await hook(*args)

    return noted


def note_hooks(app: Quart) -> list[str]:
    """Have each hook of ``app`` note that it runs, and return where."""
    ran: list[str] = []
    for registered in (app.before_request_funcs, app.after_request_funcs, app.teardown_request_funcs):
        hooks = cast("dict[None, list[Hook]]", registered)  # each kind takes other arguments
        hooks[None] = [noting(hook, ran) for hook in hooks[None]]
    return ran


def test_the_app_has_the_hooks_that_are_listed(gateway: Gateway) -> None:
    """Behind the one that opens the request's container there are those and no others; Quart reverses what ends."""
    enter, *before = gateway.app.before_request_funcs[None]
    leave, *at_teardown = gateway.app.teardown_request_funcs[None]

    assert before == [*BEFORE]
    assert gateway.app.after_request_funcs[None] == [*reversed(AFTER)]
    assert at_teardown == [*reversed(AT_TEARDOWN)]
    assert (enter.__name__, leave.__name__) == ("enter_request", "exit_scope")


async def test_each_runs_in_that_order(gateway: Gateway) -> None:
    """The request's container is open around all of them."""
    ran = note_hooks(gateway.app)

    await gateway.client.get("/v1/notifications", bearer())

    listed = [hook.__name__ for hook in (*BEFORE, *AFTER, *AT_TEARDOWN)]
    assert ran == ["enter_request", *listed, "exit_scope"]


async def test_who_calls_is_asked_before_budget_and_key(gateway: Gateway) -> None:
    """A request without a token spends nothing and claims nothing; it gets its headers nevertheless."""
    ran = note_hooks(gateway.app)

    await gateway.client.send_bytes("POST", "/v1/batches/register", b"{}", {"Idempotency-Key": "k"})

    assert authenticate.__name__ in ran
    assert not {limit_rate.__name__, claim_key.__name__} & {*ran}
    assert [name for name in ran if name in {hook.__name__ for hook in AFTER}] == [hook.__name__ for hook in AFTER]
