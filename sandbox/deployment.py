"""A deploy of the feed while a teacher is connected: each replica is restarted, and she goes on where she was."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from sandbox.errors import SceneError
from sandbox.feed_client import NOTIFIED_WITHIN_S, Entrance, Feed, of
from sandbox.gateway_client import GatewayClient

RECONNECT_PAUSE_S = 0.3
MOST_RECONNECTS = 20
MOST_EVENTS = 12

Connect = Callable[[Entrance], Awaitable[Feed]]
Deploy = Callable[[], Awaitable[int]]
"""Restarts every replica of the feed, one after the other, and returns how many there are."""


@dataclass(frozen=True, slots=True)
class Deployed:
    """The connection after a deploy, and what came of it."""

    feed: Feed
    replicas: int
    reconnects: int
    events: int


async def live_through(
    deploy: Deploy,
    feed: Feed,
    *,
    come_back: Callable[[str], Awaitable[Feed]],
    cause_event: Callable[[int], Awaitable[None]],
) -> Deployed:
    """Stay connected during a deploy, by ``come_back`` from a cursor, while ``cause_event`` causes notifications.

    Raises:
        SceneError: what ``come_back`` or ``cause_event`` raises.
    """
    reconnects, events = 0, 0
    async with asyncio.TaskGroup() as tasks:
        deploying = tasks.create_task(_deploy(deploy))
        while feed.closed is not None or not deploying.done():
            await asyncio.sleep(RECONNECT_PAUSE_S)
            if feed.closed is not None:
                feed = await come_back(feed.cursor)
                reconnects += 1
            if events < MOST_EVENTS:
                events += 1
                await cause_event(events)
    return Deployed(feed, deploying.result(), reconnects, events)


async def come_back(connect: Connect, teacher: GatewayClient, *, cursor: str) -> Feed:
    """Open the feed at ``cursor`` by a ticket, as often as it takes.

    Raises:
        SceneError: the last attempt failed.
    """
    for attempt in range(MOST_RECONNECTS):
        ticket = (await teacher.call("POST", "/v1/ws/tickets", expect=201)).text("ticket")
        try:
            feed = await connect(Entrance.by_ticket(ticket, cursor=cursor))
            await feed.wait_for_event("feed.ready", within_s=NOTIFIED_WITHIN_S, about=of("outcome", "resumed"))
        except SceneError:
            if attempt == MOST_RECONNECTS - 1:
                raise
            await asyncio.sleep(RECONNECT_PAUSE_S)
        else:
            return feed
    message = "no connection was tried"
    raise SceneError(message)


async def _deploy(deploy: Deploy) -> int:
    return await deploy()
