"""A real feed for tests: ``python -m websocket_service`` over a real Valkey, and clients to talk to it."""

import json
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Self
from uuid import NAMESPACE_OID, UUID, uuid4, uuid5

from aiohttp import ClientResponse, ClientSession, ClientTimeout
from pydantic import JsonValue
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Origin, Subprotocol

from common.identity.principal import UserId
from common.notification_log import Cursor
from common.notification_log.redis_log import RedisNotificationLog
from sandbox.http_process import HttpProcess
from sandbox.ports import LOOPBACK, free_port
from sandbox.secrets import JWT_SECRET
from sandbox.tokens import TokenMint
from tests.support.eventually import PATIENCE_S

PAGE = "https://app.example"
MINT = TokenMint()
REPOSITORY = Path(__file__).parents[2]

Frame = dict[str, JsonValue]


class FeedProcess(HttpProcess):
    """One replica of the feed; without a Kafka unless ``options`` name one.

    Args:
        folder: for its log.
        redis_url: the Redis it uses.
        options: further variables of its environment.
    """

    def __init__(
        self, folder: Path, redis_url: str, *, port: int | None = None, options: Mapping[str, str] | None = None
    ) -> None:
        self.port = free_port() if port is None else port
        environment = {
            "PATH": "/usr/bin:/bin",
            "PYTHONPATH": str(REPOSITORY),
            "WEBSOCKET_HOST": LOOPBACK,
            "WEBSOCKET_PORT": str(self.port),
            "REDIS_URL": redis_url,
            "KAFKA_BOOTSTRAP_SERVERS": f"{LOOPBACK}:1",
            "JWT_SECRET_KEY": JWT_SECRET,
            "CORS_ORIGINS": json.dumps([PAGE]),
            "DRAIN_GRACE_SECONDS": "0",
            **(options or {}),
        }
        super().__init__(
            f"feed-{self.port}",
            [sys.executable, "-m", "websocket_service"],
            log=folder / f"feed-{self.port}.log",
            environment=environment,
            probes=[f"{self.http_url}/readyz"],
        )

    @property
    def http_url(self) -> str:
        """Where it answers HTTP."""
        return f"http://{LOOPBACK}:{self.port}"

    @property
    def socket_url(self) -> str:
        """Where its sockets are."""
        return f"ws://{LOOPBACK}:{self.port}/ws"


@asynccontextmanager
async def running_feed(
    folder: Path, redis_url: str, *, port: int | None = None, options: Mapping[str, str] | None = None
) -> AsyncIterator[FeedProcess]:
    """Run a replica inside the block."""
    feed = FeedProcess(folder, redis_url, port=port, options=options)
    try:
        await feed.start()
        yield feed
    finally:
        await feed.stop()


def token_for(user_id: str, *, lifetime: timedelta = timedelta(hours=1)) -> str:
    """Return a token the feed accepts."""
    return MINT.access_token(user_id, lifetime=lifetime).encoded


@dataclass(frozen=True, slots=True)
class Closure:
    """How a socket was closed."""

    code: int
    reason: Frame


class FeedClient:
    """One WebSocket that speaks JSON."""

    def __init__(self, connection: ClientConnection) -> None:
        self.connection = connection

    @classmethod
    @asynccontextmanager
    async def connected(
        cls,
        url: str,
        *,
        user_id: str = "",
        token: str | None = None,
        query: str = "",
        origin: str | None = None,
        legacy: bool = False,
    ) -> AsyncIterator[Self]:
        """Connect with a token for ``user_id``: by subprotocol, or as today's dashboard does when ``legacy``."""
        shown = token_for(user_id) if token is None else token
        parts = [part for part in (f"token={shown}" if legacy else "", query) if part]
        protocols = None if legacy else [Subprotocol("huleedu.v1"), Subprotocol(f"bearer.{shown}")]
        async with connect(
            f"{url}?{'&'.join(parts)}",
            subprotocols=protocols,
            origin=None if origin is None else Origin(origin),
            compression=None,
            open_timeout=PATIENCE_S,
            ping_interval=None,
            max_size=None,
        ) as connection:
            yield cls(connection)

    async def frame(self) -> Frame:
        """Return the next frame."""
        frame: Frame = json.loads(await self.connection.recv())
        return frame

    async def frames(self, count: int) -> Sequence[Frame]:
        """Return the next ``count`` frames."""
        return [await self.frame() for _ in range(count)]

    async def say(self, message: JsonValue) -> None:
        """Send ``message`` as JSON."""
        await self.connection.send(json.dumps(message))

    async def closure(self) -> Closure:
        """Read until the socket is closed, and return how."""
        try:
            while True:
                await self.connection.recv()
        except ConnectionClosed as closed:
            received = closed.rcvd
            if received is None:
                raise
            return Closure(received.code, json.loads(received.reason))


class StreamClient:
    """One event stream that speaks JSON; reads like :class:`FeedClient`."""

    def __init__(self, response: ClientResponse) -> None:
        self.response = response

    @classmethod
    @asynccontextmanager
    async def connected(cls, url: str, *, user_id: str, query: str = "") -> AsyncIterator[Self]:
        """Connect with a token for ``user_id``; ``url`` is a socket's, as FeedClient takes it."""
        address = url.replace("ws://", "http://").removesuffix("/ws") + f"/events?{query}"
        headers = {"Authorization": f"Bearer {token_for(user_id)}"}
        async with (
            ClientSession(timeout=ClientTimeout(sock_read=PATIENCE_S)) as session,
            session.get(address, headers=headers) as response,
        ):
            yield cls(response)

    async def event(self) -> dict[str, str]:
        """Return the fields of the next event that has data."""
        fields: dict[str, str] = {}
        async for raw in self.response.content:
            line = raw.decode().rstrip("\n")
            if not line and "data" in fields:
                return fields
            name, _, value = line.partition(": ")
            fields[name] = value
        message = "the stream has ended"
        raise EOFError(message)

    async def frame(self) -> Frame:
        """Return the next frame; its event's id must be the frame's own, or the cursor that ``feed.ready`` tells."""
        event = await self.event()
        frame: Frame = json.loads(event["data"])
        data = frame["data"]
        place = data.get("cursor") if frame["event"] == "feed.ready" and isinstance(data, dict) else frame.get("id")
        assert place == event.get("id")
        return frame

    async def frames(self, count: int) -> Sequence[Frame]:
        """Return the next ``count`` frames."""
        return [await self.frame() for _ in range(count)]


Client = FeedClient | StreamClient


class Publisher:
    """Publishes as the platform's services do."""

    def __init__(self, redis: Redis, *, timeout_s: float) -> None:
        self.redis = redis
        self.log = RedisNotificationLog(redis, service="test", deadline_s=timeout_s)

    async def notify(self, user_id: str, number: int) -> Cursor:
        """Append the notification ``{"number": number}`` to the user's log and announce it."""
        return await self._append(user_id, {"number": number})

    async def notify_once(self, user_id: str, number: int) -> Cursor:
        """Append like :meth:`notify`, but under an event id that the number makes: may be repeated after a failure."""
        return await self._append(user_id, {"number": number}, event_id=uuid5(NAMESPACE_OID, f"{user_id} {number}"))

    async def notify_text(self, user_id: str, text: str) -> Cursor:
        """Append the notification ``{"text": text}`` to the user's log and announce it."""
        return await self._append(user_id, {"text": text})

    async def notify_each(self, user_id: str, numbers: range) -> Sequence[Cursor]:
        """Append several, in order."""
        return [await self.notify(user_id, number) for number in numbers]

    async def _append(self, user_id: str, data: Frame, *, event_id: UUID | None = None) -> Cursor:
        message = json.dumps({"event": "class_created", "data": data}, separators=(",", ":")).encode()
        return (await self.log.append(UserId(user_id), event_id=event_id or uuid4(), message=message)).cursor


@asynccontextmanager
async def publisher(redis_url: str, *, timeout_s: float = PATIENCE_S) -> AsyncIterator[Publisher]:
    """Publish to the Redis at ``redis_url`` inside the block; it has ``timeout_s`` seconds for an answer."""
    async with Redis.from_url(redis_url, retry=Retry(NoBackoff(), 0), socket_timeout=timeout_s) as redis:
        yield Publisher(redis, timeout_s=timeout_s)


def numbers_in(frames: Sequence[Frame]) -> list[JsonValue]:
    """Return the numbers of :meth:`Publisher.notify` in ``frames``."""
    return [data["number"] for frame in frames if isinstance(data := frame["data"], dict) and "number" in data]
