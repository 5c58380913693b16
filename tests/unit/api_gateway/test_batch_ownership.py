"""What a process remembers of owners has a bound, and a route's time is one for all its questions."""

from api_gateway.batch_ownership import MOST_REMEMBERED, BatchOwnership
from api_gateway.upstream.ports import RouteDeadline, UpstreamName
from common.identity.principal import Principal, TokenId, UserId
from tests.fakes.batch_owners import InMemoryBatchOwners
from tests.fakes.clock import FakeClock
from tests.fakes.upstreams import FakeUpstreams


async def test_the_least_recently_used_owner_is_forgotten_first() -> None:
    """A caller who walks through ids can't fill the memory; what is in use stays."""
    upstreams, now = FakeUpstreams(), FakeClock().now()
    teacher = Principal(user_id=UserId("u1"), issued_at=now, expires_at=now, token_id=TokenId("t1"))
    upstreams.answer(UpstreamName.RAS, {"user_id": teacher.user_id})
    ownership = BatchOwnership(upstreams, InMemoryBatchOwners())
    for number in range(MOST_REMEMBERED):
        await ownership.require(f"b{number}", teacher, within_s=1)

    await ownership.require("b0", teacher, within_s=1)
    await ownership.require("one more", teacher, within_s=1)
    before = len(upstreams.seen)
    await ownership.require("b0", teacher, within_s=1)
    known = len(upstreams.seen)
    await ownership.require("b1", teacher, within_s=1)

    assert (known - before, len(upstreams.seen) - known) == (0, 1)


def test_what_one_question_took_the_next_has_not() -> None:
    """And nothing is left below nothing."""
    clock = FakeClock()
    deadline = RouteDeadline(30.0, clock)

    clock.advance(12)
    left = deadline.left_s
    clock.advance(100)

    assert (left, deadline.left_s) == (18.0, 0.0)
