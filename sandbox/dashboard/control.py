"""What the page can do to the sandbox: restart or kill a part, lose the network, shorten tokens, notify a teacher."""

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from http import HTTPStatus
from typing import Literal, Protocol

import aiohttp
from pydantic import BaseModel, ConfigDict, Field, JsonValue
from redis.asyncio import Redis

from common.identity.principal import UserId
from common.notification_log import UNKNOWN_CURSOR, Cursor
from common.notification_log.redis_log import RedisNotificationLog
from sandbox.addresses import Addresses
from sandbox.balancer import TcpBalancer
from sandbox.errors import SandboxError
from sandbox.feed_restart import DRAIN_WITHIN_S, all_read_kafka
from sandbox.http_process import HttpProcess
from sandbox.processes import ManagedProcess

MOST_CURSORS = 2_000
REDIS_TIMEOUT_S = 2.0
HTTP_TIMEOUT = aiohttp.ClientTimeout(total=5)

Action = Literal["restart", "kill", "start"]


class Body(BaseModel):
    """The body of a control request."""

    model_config = ConfigDict(extra="forbid", strict=True)


class NetworkLoss(Body):
    """For how many seconds the network is lost."""

    down_s: float = Field(default=10.0, gt=0, le=120)


class TokenLife(Body):
    """How many seconds tokens live that are issued from now on; None is as before."""

    lifetime_s: int | None = Field(default=None, ge=1, le=86_400)


class Burst(Body):
    """How many notifications a teacher is sent."""

    user_id: str
    count: int = Field(default=50, ge=1, le=500)


class BusyError(Exception):
    """A replica is being stopped or started already."""


class Breakable(Protocol):
    """The parts that can be broken, such as a sandbox's :class:`sandbox.parts.Parts`."""

    @property
    def processes(self) -> Mapping[str, ManagedProcess]:
        """Every process by its name."""

    @property
    def feeds(self) -> Sequence[HttpProcess]:
        """The feed's replicas, which are among the processes."""

    @property
    def balancer(self) -> TcpBalancer | None:
        """What stands before the replicas and can lose the network."""


class Control:
    """Acts on a running sandbox; made by :func:`controlling`."""

    def __init__(
        self,
        parts: Breakable,
        addresses: Addresses,
        client: aiohttp.ClientSession,
        redis: Redis,
        tasks: asyncio.TaskGroup,
    ) -> None:
        self._parts = parts
        self._upstreams = addresses.upstreams
        self._tasks = tasks
        self._client = client
        self._log = RedisNotificationLog(redis, service="sandbox", deadline_s=REDIS_TIMEOUT_S)
        self._actions: dict[str, asyncio.Task[None]] = {}

    async def status(self) -> dict[str, JsonValue]:
        """Return the state of each replica of the feed, and of the network."""
        replicas = await asyncio.gather(*(self._describe(feed) for feed in self._parts.feeds))
        balancer = self._parts.balancer
        return {"replicas": [*replicas], "network": "up" if balancer is None or balancer.is_up else "down"}

    def act(self, name: str, action: Action) -> None:
        """Begin to restart, kill or start a part, a replica or another.

        Raises:
            KeyError: no part has that name.
            BusyError: it is being stopped or started.
        """
        part = self._parts.processes[name]
        if self._is_busy(name):
            raise BusyError(name)
        self._actions[name] = self._tasks.create_task(self._carry_out(part, action), name=f"{action} {name}")

    def restart_next(self) -> str | None:
        """Begin to start a part that has ended, or to restart the replica that was restarted longest ago.

        Returns its name, None while something is being stopped or started.
        """
        if any(self._is_busy(name) for name in self._actions):
            return None
        ended = [name for name, process in self._parts.processes.items() if not process.running]
        order = [*self._actions]
        replicas = sorted(
            (feed.name for feed in self._parts.feeds), key=lambda name: name in order and order.index(name)
        )
        name = [*ended, *replicas][0]
        self._actions.pop(name, None)
        self.act(name, "start" if ended else "restart")
        return name

    def lose_network(self, loss: NetworkLoss) -> bool:
        """Cut the feed's connections, and new ones for a while; False when no balancer stands before it."""
        if self._parts.balancer is None:
            return False
        self._parts.balancer.go_down(loss.down_s)
        return True

    async def set_token_life(self, life: TokenLife) -> None:
        """Have tokens live so long from now on."""
        await self._tell("identity", "tokens", life)

    async def send_notifications(self, burst: Burst) -> None:
        """Have the simulated platform send a teacher notifications, through Kafka."""
        await self._tell("cms", "notifications", burst)

    async def sent_after(self, user_id: str, cursor: str) -> list[str]:
        """Return the cursors of the notifications in the user's log after ``cursor``, or of all for an empty one."""
        after = Cursor.parse(cursor) or UNKNOWN_CURSOR  # the whole log
        cursors: list[str] = []
        while len(cursors) < MOST_CURSORS:
            page = await self._log.read_after(UserId(user_id), after)
            cursors += [str(entry.cursor) for entry in page.entries]
            after = page.cursor
            if not page.more:
                break
        return cursors

    def _is_busy(self, name: str) -> bool:
        return name in self._actions and not self._actions[name].done()

    async def _carry_out(self, part: ManagedProcess, action: Action) -> None:
        try:
            if action == "kill":
                await part.kill()
            if action == "restart":
                if part in self._parts.feeds:
                    await all_read_kafka(self._parts.feeds)
                await part.stop(grace_s=DRAIN_WITHIN_S)
            if action != "kill" and not part.running:
                await part.start()
        except SandboxError as failure:
            print(failure, file=sys.stderr, flush=True)

    async def _describe(self, feed: HttpProcess) -> dict[str, JsonValue]:
        answer = await self._readiness(feed) if feed.running else None
        details = None if answer is None else answer[1].get("details")
        connections = details.get("total", 0) if isinstance(details, dict) else 0
        state = _state_of(feed, answer)
        if state == "ready" and self._is_busy(feed.name):
            state = "draining"
        return {"name": feed.name, "state": state, "connections": connections}

    async def _readiness(self, feed: HttpProcess) -> tuple[int, dict[str, JsonValue]] | None:
        try:
            async with self._client.get(f"{feed.probes[0]}?verbose") as answer:
                return answer.status, await answer.json(content_type=None)
        except (aiohttp.ClientError, TimeoutError, ValueError):
            return None

    async def _tell(self, upstream: str, control: str, body: Body) -> None:
        url = f"{self._upstreams[upstream]}/_sandbox/{control}"
        async with self._client.put(url, json=json.loads(body.model_dump_json())) as answer:
            answer.raise_for_status()


@asynccontextmanager
async def controlling(parts: Breakable, addresses: Addresses) -> AsyncIterator[Control]:
    """Have the control of the ``parts`` of what runs at ``addresses``."""
    redis = Redis.from_url(addresses.redis, socket_timeout=REDIS_TIMEOUT_S)
    try:
        async with aiohttp.ClientSession(timeout=HTTP_TIMEOUT) as client, asyncio.TaskGroup() as tasks:
            yield Control(parts, addresses, client, redis, tasks)
    finally:
        await redis.aclose()


def _state_of(feed: HttpProcess, answer: tuple[int, dict[str, JsonValue]] | None) -> str:
    if not feed.running:
        return "ended"
    if answer is None:
        return "starting"
    status, body = answer
    if status == HTTPStatus.OK:
        return "ready"
    return "draining" if "draining" in str(body.get("reasons")) else "starting"
