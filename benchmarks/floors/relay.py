"""The floor of the feed: one Redis reader, a queue and a writer a socket, on Quart, and nothing else.

No authentication (the user is the ``sub`` of the unverified token), no log, no resume, no limits, no bounds, no
liveness. Configured by ``REDIS_URL``; permessage-deflate as hypercorn has it: a client that offers it gets it.
"""

import asyncio
import os
from collections.abc import AsyncGenerator

import jwt
from quart import Quart, websocket
from redis.asyncio import Redis
from redis.asyncio.client import PubSub

Queue = asyncio.Queue[str]


def create_app() -> Quart:
    """Return the application with the one socket route."""
    app = Quart(__name__, static_folder=None)
    here: dict[str, set[Queue]] = {}
    subscribing = asyncio.Lock()
    readers: list[PubSub] = []

    @app.while_serving
    async def relay() -> AsyncGenerator[None, None]:
        redis = Redis.from_url(os.environ["REDIS_URL"], protocol=2)
        reader = redis.pubsub()
        await reader.subscribe("floor")
        readers.append(reader)
        async with asyncio.TaskGroup() as group:
            task = group.create_task(_read(reader, here))
            yield
            task.cancel()
        await redis.aclose()

    @app.websocket("/ws")
    async def ws() -> None:
        user = jwt.decode(websocket.args["token"], options={"verify_signature": False})["sub"]
        channel = f"ws:{user}"
        queue: Queue = asyncio.Queue()
        if channel not in here:
            here[channel] = set()
            async with subscribing:
                await readers[0].subscribe(channel)
        here[channel].add(queue)
        await websocket.accept()
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(_write(queue))
                while True:
                    await websocket.receive()
        finally:
            here[channel].discard(queue)

    return app


async def _read(reader: PubSub, here: dict[str, set[Queue]]) -> None:
    while True:
        message = await reader.get_message(timeout=5)
        if message is not None and message["type"] == "message":
            text = message["data"].decode()
            for queue in here.get(message["channel"].decode(), ()):
                queue.put_nowait(text)


async def _write(queue: Queue) -> None:
    while True:
        await websocket.send(await queue.get())
