"""The feed's share of the gateway, in memory."""

from dishka import Provider, Scope, provide

from api_gateway.ports import Tickets
from common.clock import SystemClock
from common.notification_log import NotificationLog
from tests.fakes.notification_log import FakeNotificationLog
from tests.fakes.tickets import FakeTickets


class FakeFeed(Provider):
    """Puts ``log`` and ``tickets`` where Redis stands."""

    scope = Scope.APP

    def __init__(self) -> None:
        super().__init__()
        self.log = FakeNotificationLog()
        self.tickets = FakeTickets(SystemClock())

    @provide(override=True)
    def provide_log(self) -> NotificationLog:
        """Return the log."""
        return self.log

    @provide(override=True)
    def provide_tickets(self) -> Tickets:
        """Return the tickets."""
        return self.tickets
