"""The feed's share of the gateway, in memory."""

import pytest
from dishka import Provider, Scope, provide

from api_gateway import SERVICE_NAME
from api_gateway.ports import TicketIssuer, TokenRevocations
from common.clock import SystemClock
from common.correlation import correlation_id
from common.errors.exceptions import HuleEduError
from common.errors.factories import raise_connection_error
from common.notification_log import NotificationLog
from tests.fakes.notification_log import FakeNotificationLog
from tests.fakes.tickets import FakeTickets
from tests.fakes.token_revocations import FakeTokenRevocations


class FakeFeed(Provider):
    """Puts ``log``, ``tickets`` and ``revocations`` where Redis stands."""

    scope = Scope.APP

    def __init__(self) -> None:
        super().__init__()
        self.log = FakeNotificationLog()
        self.tickets = FakeTickets(SystemClock())
        self.revocations = FakeTokenRevocations()

    @provide(override=True)
    def provide_log(self) -> NotificationLog:
        """Return the log."""
        return self.log

    @provide(override=True)
    def provide_tickets(self) -> TicketIssuer:
        """Return the tickets."""
        return self.tickets

    @provide(override=True)
    def provide_revocations(self) -> TokenRevocations:
        """Return the revocations."""
        return self.revocations


def redis_away() -> HuleEduError:
    """Return what log, tickets and revocations raise while Redis is away."""
    with pytest.raises(HuleEduError) as failure:
        raise_connection_error(
            service=SERVICE_NAME,
            operation="ask_redis",
            message="A required data store is unavailable; retry shortly.",
            correlation_id=correlation_id(),
            target="redis",
            retry_after_s=1,
        )
    return failure.value
