"""What the gateway needs from the world, as small Protocols, and the values that pass through them.

Whatever fails behind a port leaves it as a HuleEduError; nothing between adapter and error handler catches it.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum, StrEnum, auto
from typing import NewType, Protocol

from common.contracts.envelope import EventEnvelope
from common.contracts.pipeline_command import PipelineCommand
from common.identity.principal import Principal, UserId

BackgroundJobs = NewType("BackgroundJobs", Mapping[str, Callable[[], Awaitable[None]]])
"""What runs as long as the gateway does, by name; each runs until it is cancelled."""

PUBLISH_WITHIN_S = 5.0
"""What publishing a command may take at most."""


class PipelineCommands(Protocol):
    """Hands pipeline commands to the platform."""

    async def publish(self, envelope: EventEnvelope[PipelineCommand]) -> None:
        """Return once the broker has acknowledged the command.

        Raises:
            HuleEduError: KAFKA_PUBLISH_ERROR within 5 s, ``details.outcome`` telling ``not_sent`` or ``unknown``.
        """
        ...


WINDOW_S = 60


class RateClass(StrEnum):
    """What a route counts as (platform contract, "Rate classes"); the value is the policy's name in headers."""

    COMMANDS = "commands"
    UPLOADS = "uploads"
    LOGIN = "login"
    REQUESTS = "requests"


@dataclass(frozen=True, slots=True)
class RatePolicy:
    """``quota`` requests in ``window_s`` seconds for each caller of one rate class."""

    rate_class: RateClass
    quota: int
    window_s: int = WINDOW_S

    @property
    def interval_s(self) -> float:
        """Seconds in which one request's worth of the budget refills."""
        return self.window_s / self.quota


RatePolicies = NewType("RatePolicies", dict[RateClass, RatePolicy])
"""The policy of each rate class."""


@dataclass(frozen=True, slots=True)
class RateDecision:
    """Whether a request fits its caller's budget.

    ``remaining`` requests fit right now; ``reset_s`` until the whole budget is back; ``retry_after_s`` until one fits,
    0 when it was allowed.
    """

    allowed: bool
    remaining: int
    reset_s: float
    retry_after_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Caller:
    """The budget that a request takes from, and its principal, None without a token."""

    budget: str
    principal: Principal | None = None


@dataclass(frozen=True, slots=True)
class LimitDecision:
    """Whether a request may pass. ``rate`` means nothing when the caller's token is ``revoked``."""

    revoked: bool
    rate: RateDecision


class RequestLimits(Protocol):
    """Decides, within 50 ms and whatever happens to Redis, whether a request may pass."""

    async def admit(self, caller: Caller, policy: RatePolicy) -> LimitDecision:
        """Spend one request of the caller's budget unless its token is revoked; a refused request spends nothing."""
        ...


KEY_LIFETIME_S = 24 * 60 * 60
"""How long a key stands for its request, and a response is stored, in seconds."""


@dataclass(frozen=True, slots=True)
class IdempotentRequest:
    """A request with a key: ``scope`` names the key within its user and route, ``fingerprint`` what was asked."""

    scope: str
    fingerprint: str
    lapses_after_s: float
    """Seconds after which the same request may be tried again although it was not finished."""


@dataclass(frozen=True, slots=True)
class StoredResponse:
    """A response as it is stored and replayed."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes


class Claim(Protocol):
    """The right to answer a keyed request, held by one exchange; it lapses by itself when its holder dies."""

    async def store(self, response: StoredResponse) -> None:
        """Store ``response`` for every repeat of the request, in place of the claim."""
        ...

    async def release(self) -> None:
        """Let the next repeat be served afresh, of this request alone: it may have been done nevertheless."""
        ...


class IdempotencyStore(Protocol):
    """Stores the responses of keyed requests, on every replica."""

    async def claim(self, request: IdempotentRequest) -> Claim | StoredResponse:
        """Return the response that was stored, else a claim that no other exchange holds.

        Raises:
            HuleEduError: IDEMPOTENCY_KEY_REUSED when the key stands for another request, IDEMPOTENCY_IN_PROGRESS while
                another exchange holds the claim, SERVICE_UNAVAILABLE with Retry-After when the store can't be asked.
        """
        ...


class NoOwner(Enum):
    """Why the user that registered a batch isn't known."""

    UNREGISTERED = auto()
    """It wasn't registered here within the last day."""

    UNKNOWN = auto()
    """The store can't be asked now."""


class BatchOwners(Protocol):
    """Remembers on every replica, for a day, which user registered a batch here: the platform learns of it later."""

    async def remember(self, batch_id: str, owner: UserId) -> None:
        """Keep ``owner`` as the batch's; the first one stays. A store that can't be asked is logged and no more."""
        ...

    async def owner_of(self, batch_id: str) -> UserId | NoOwner:
        """Return the batch's owner if it was registered here; takes 250 ms at most and never raises."""
        ...


class TokenRevocations(Protocol):
    """Ends access tokens before they expire, on every replica of both services."""

    async def revoke(self, principal: Principal) -> None:
        """Return once the token that ``principal`` was made from counts nowhere any more; doing so again is harmless.

        Raises:
            HuleEduError: CONNECTION_ERROR with Retry-After when the store can't be asked now,
                EXTERNAL_SERVICE_ERROR when it refuses; the token may count on then.
        """
        ...


@dataclass(frozen=True, slots=True)
class IssuedTicket:
    """A ticket, and for how many seconds it can be used."""

    ticket: str = field(repr=False)
    expires_in_s: int


class TicketIssuer(Protocol):
    """Issues single-use tickets that open connections to the feed."""

    async def issue(self, principal: Principal) -> IssuedTicket:
        """Return a ticket that stands for ``principal`` once, for 30 seconds or what whole seconds its token has left.

        Raises:
            HuleEduError: AUTHENTICATION_ERROR (``token_expired``) when the token has less than a second left;
                CONNECTION_ERROR with Retry-After when the store can't be asked now, EXTERNAL_SERVICE_ERROR when it
                refuses.
        """
        ...
