"""What becomes of a client's messages."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field, replace

import pytest

from common.errors.codes import ErrorCode
from common.errors.exceptions import HuleEduError
from common.errors.factories import raise_service_unavailable
from common.identity.principal import Principal, TokenId, UserId
from common.identity.revocation import REVOCATIONS_CHANNEL, Revocation, encode_revocation
from tests.fakes.revocations import FakeRevocations
from tests.support.feed_parts import ANNA, FeedParts
from websocket_service.live import close_errors
from websocket_service.live.client_messages import ClientMessages
from websocket_service.live.session import Session


@dataclass(slots=True)
class OneToken:
    """Implements :class:`common.identity.principal.TokenVerifier`: every token is ``principal``'s, or fails."""

    principal: Principal
    failure: HuleEduError | None = None
    verified: list[str] = field(default_factory=list)

    async def verify(self, token: str) -> Principal:
        """Return the principal."""
        self.verified.append(token)
        if self.failure is not None:
            raise self.failure
        return self.principal


def keys_away() -> HuleEduError:
    """Return what a verifier without keys raises."""
    try:
        raise_service_unavailable(
            service="s", operation="o", message="No keys.", correlation_id=close_errors.idle_timeout().correlation_id
        )
    except HuleEduError as failure:
        return failure


def messages_of(parts: FeedParts, verifier: OneToken) -> ClientMessages:
    """Return what hears the clients of ``parts``."""
    return ClientMessages(verifier, parts.revocations, parts.log, parts.limits, parts.clock, parts.counters)


def waiting_for(session: Session) -> list[object]:
    """Return the frames that wait for the client."""
    frames = []
    while (frame := session.delivery.outbox.peek()) is not None:
        frames.append(json.loads(frame.text))
        session.delivery.outbox.pop()
    return frames


RENEWAL = '{"type":"auth","token":"fresh"}'


async def test_renewal() -> None:
    """A fresh token of the same user takes over at once; it is silent when all is well."""
    parts = FeedParts()
    async with parts.connections.admit(parts.caller(lifetime_s=10), parts.request()) as connection:
        waiting_for(connection.session)
        fresh = parts.caller(lifetime_s=1000)
        await messages_of(parts, OneToken(fresh)).act_on(connection.session, RENEWAL)

        assert connection.session.principal is fresh
        assert waiting_for(connection.session) == []


@pytest.mark.parametrize("case", ["other-user", "revoked"])
async def test_refused_renewal(case: str) -> None:
    """A token of somebody else, or one that was revoked, ends the connection."""
    parts = FeedParts()
    async with parts.connections.admit(parts.caller(), parts.request()) as connection:
        owner = UserId("bo") if case == "other-user" else ANNA
        parts.revocations.made.append(Revocation(ANNA))
        await messages_of(parts, OneToken(parts.caller(owner))).act_on(connection.session, RENEWAL)

        assert connection.session.ended_by is not None
        assert connection.session.ended_by.error_code is ErrorCode.AUTHENTICATION_ERROR


class PublishedMeanwhile(FakeRevocations):
    """Looks up just before a revocation is written, and returns just after it was published."""

    def __init__(self, publish: Callable[[Revocation], None]) -> None:
        super().__init__()
        self._publish = publish

    async def check(self, principal: Principal) -> None:
        """Find nothing, and have the token's revocation published."""
        self._publish(Revocation(principal.user_id, principal.token_id))


async def test_renewal_by_a_token_that_is_revoked_meanwhile() -> None:
    """A logout that comes while the fresh token is looked up ends the connection, as one that comes later does."""
    parts = FeedParts()
    fresh = replace(parts.caller(), token_id=TokenId("fresh"))

    def publish(revocation: Revocation) -> None:
        parts.dispatcher.on_message(REVOCATIONS_CHANNEL, encode_revocation(revocation))

    parts.revocations = PublishedMeanwhile(publish)
    async with parts.connections.admit(parts.caller(), parts.request()) as connection:
        await messages_of(parts, OneToken(fresh)).act_on(connection.session, RENEWAL)

        assert connection.session.ended_by is not None
        assert connection.session.ended_by.error_code is ErrorCode.AUTHENTICATION_ERROR


async def test_renewal_that_cannot_be_looked_up() -> None:
    """While Redis is away the connection stands on the token it had."""
    parts = FeedParts()
    async with parts.connections.admit(parts.caller(), parts.request()) as connection:
        first, parts.revocations.failure = connection.session.principal, keys_away()
        await messages_of(parts, OneToken(replace(parts.caller(), token_id=TokenId("fresh")))).act_on(
            connection.session, RENEWAL
        )

        assert connection.session.ended_by is None
        assert connection.session.principal is first


async def test_renewal_that_cannot_be_judged() -> None:
    """While keys are away nothing is refused: the client is told, and may try again."""
    parts = FeedParts()
    async with parts.connections.admit(parts.caller(), parts.request()) as connection:
        await messages_of(parts, OneToken(parts.caller(), failure=keys_away())).act_on(connection.session, RENEWAL)
        told = waiting_for(connection.session)

        assert connection.session.ended_by is None
        assert isinstance(told[-1], dict)
        assert told[-1]["event"] == "feed.error"
        assert told[-1]["data"]["code"] == "SERVICE_UNAVAILABLE"


async def test_seen_mark_while_the_log_is_away() -> None:
    """A seen-mark that can't be kept is told; the connection stays."""
    parts = FeedParts()
    cursor = await parts.append(1)
    async with parts.connections.admit(parts.caller(), parts.request()) as connection:
        parts.log.failure = keys_away()
        await messages_of(parts, OneToken(parts.caller())).act_on(
            connection.session, f'{{"type":"seen","id":"{cursor}"}}'
        )

        assert connection.session.ended_by is None
        assert len(waiting_for(connection.session)) == 1


async def test_legacy_client_that_is_misunderstood() -> None:
    """A client without control frames is not told what it couldn't read."""
    parts = FeedParts()
    async with parts.connections.admit(parts.caller(), parts.request(controls=False)) as connection:
        await messages_of(parts, OneToken(parts.caller())).act_on(connection.session, "what?")

        assert waiting_for(connection.session) == []
        assert connection.session.ended_by is None


async def test_one_message_too_many() -> None:
    """The message after the hundredth in a minute isn't acted on any more."""
    parts = FeedParts()
    verifier = OneToken(parts.caller())
    async with parts.connections.admit(parts.caller(), parts.request(controls=False)) as connection:
        ear = messages_of(parts, verifier)
        for _ in range(100):
            await ear.act_on(connection.session, "{}")
        await ear.act_on(connection.session, RENEWAL)

        assert connection.session.ended_by is not None
        assert connection.session.ended_by.error_code is ErrorCode.RATE_LIMIT
    assert verifier.verified == []
