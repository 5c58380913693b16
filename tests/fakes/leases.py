"""Users' places in memory."""

from collections import defaultdict
from collections.abc import Callable

from common.errors.exceptions import HuleEduError
from common.identity.principal import Principal, UserId
from common.notification_log import PAGE_LIMIT, Cursor, NotificationLog, Page
from tests.fakes.notification_log import FakeNotificationLog
from tests.fakes.revocations import FakeRevocations


class FakeLeases:
    """Implements :class:`websocket_service.live.ports.Leases`; proven by the contract suite.

    Set ``failure``, or for probes ``probe_failure``, to raise it; ``replicas`` hear whose connections are to show that
    they live. The first pages come from ``log``.
    """

    def __init__(
        self,
        revocations: FakeRevocations,
        *,
        places: int = 5,
        log: NotificationLog | None = None,
        page_entries: int = PAGE_LIMIT,
    ) -> None:
        self.held: dict[UserId, set[str]] = defaultdict(set)
        self.failure: HuleEduError | None = None
        self.probe_failure: HuleEduError | None = None
        self.replicas: list[Callable[[UserId], None]] = []
        self._places = places
        self._log = FakeNotificationLog() if log is None else log
        self._page_entries = page_entries
        self._revocations = revocations

    async def acquire(self, principal: Principal, lease: str, cursor: Cursor | None) -> Page | None:
        """Take a place and read the first page."""
        if self.failure is not None:
            raise self.failure
        await self._revocations.check(principal)
        if len(self.held[principal.user_id]) >= self._places:
            return None
        self.held[principal.user_id].add(lease)
        return await self._log.read_after(principal.user_id, cursor, limit=self._page_entries)

    def release(self, user_id: UserId, lease: str) -> None:
        """Give it back."""
        self.held[user_id].discard(lease)

    async def probe_user(self, user_id: UserId) -> None:
        """Tell each replica."""
        if self.probe_failure is not None:
            raise self.probe_failure
        for probe_user in self.replicas:
            probe_user(user_id)
