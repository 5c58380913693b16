"""How the feed goes away: everybody gets a time at which to come back."""

import asyncio

from websocket_service.live.hub import Hub
from websocket_service.live.session import Session
from websocket_service.live.timer_wheel import Pauses
from websocket_service.protocol.limits import FeedLimits

SPREAD_S = 4.0
"""Over how long the closes are spread at most, however many sockets there are."""

STEP_S = 0.05


async def drain(hub: Hub[Session], limits: FeedLimits, pauses: Pauses) -> None:
    """Send every client away, so spread that they come back at ``limits.reconnects_per_s`` and not all at once.

    Those that wait, to hear that their credential is refused or for a place, are answered at once.
    A client's slot counts from the start of the drain; what it is told is what is left of it when it is closed.
    """
    pauses.end_all()
    sessions = list(hub)
    per_step = max(1, int(limits.reconnects_per_s * STEP_S), -(-len(sessions) * STEP_S // SPREAD_S))
    closed_after_s = 0.0
    for place, session in enumerate(sessions):
        if place and place % per_step == 0:
            await asyncio.sleep(STEP_S)
            closed_after_s += STEP_S
        slot_s = place / limits.reconnects_per_s
        session.drain(retry_after_ms=max(0, round((slot_s - closed_after_s) * 1000)))
