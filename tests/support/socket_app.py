"""An app with sockets that end in every way."""

import asyncio
from dataclasses import dataclass, field

from quart import Quart, websocket

from common.clock import LOOP_SCHEDULER, Scheduler
from common.contracts.notification import MAX_MESSAGE_BYTES
from common.correlation import correlation_id
from common.errors.codes import AuthReason
from common.errors.factories import raise_authentication_error, raise_service_unavailable
from common.web.hypercorn_overrides.client_connection import connection_of
from tests.support.web_app import SERVICE, make_web_app

COUNTED = 1000


@dataclass
class Handlers:
    """What the app's handlers report."""

    received: list[str | bytes] = field(default_factory=list)
    ended: int = 0
    unsent_bytes: int = 0
    stuck: asyncio.Event = field(default_factory=asyncio.Event)


def socket_app(handlers: Handlers, scheduler: Scheduler = LOOP_SCHEDULER) -> Quart:
    """Return an app with sockets that end in every way."""
    app = make_web_app(scheduler=scheduler)

    @app.websocket("/echo")
    async def echo() -> None:
        await websocket.accept()
        try:
            while True:
                message = await websocket.receive()
                handlers.received.append(message)
                await websocket.send(message)
        finally:
            handlers.ended += 1

    @app.websocket("/both-ways")
    async def both_ways() -> None:
        await websocket.accept()
        client = connection_of(websocket.scope)
        assert client is not None
        client.send_text("hej", b"\x81\x03hej")
        await websocket.send("hå")

    @app.websocket("/deaf")
    async def deaf() -> None:
        await websocket.accept()
        try:
            await asyncio.Event().wait()
        finally:
            handlers.ended += 1

    _add_senders(app, handlers)
    _add_endings(app)
    return app


def _add_senders(app: Quart, handlers: Handlers) -> None:
    @app.websocket("/count")
    async def count() -> None:
        await websocket.accept()
        for number in range(COUNTED):
            await websocket.send(f"{number:08}" + "x" * 2000)
        await websocket.receive()

    @app.websocket("/pour")
    async def pour() -> None:
        await websocket.accept()
        client = connection_of(websocket.scope)
        assert client is not None
        try:
            # The kernel's buffers must have time to fill, and they tell nobody when they are full.
            async with asyncio.timeout(0.3):
                await _send_for_ever()
        except TimeoutError:
            handlers.unsent_bytes = client.unsent_bytes
            handlers.stuck.set()
            await websocket.close(4008, "")
        finally:
            handlers.ended += 1


async def _send_for_ever() -> None:
    while True:
        await websocket.send("x" * MAX_MESSAGE_BYTES)


def _add_endings(app: Quart) -> None:
    @app.websocket("/bug")
    async def bug() -> None:
        await websocket.accept()
        raise KeyError

    @app.websocket("/return")
    async def return_() -> None:
        await websocket.accept()

    @app.websocket("/cancel")
    async def cancel() -> None:
        await websocket.accept()
        raise asyncio.CancelledError

    @app.websocket("/group")
    async def group() -> None:
        await websocket.accept()
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(_refuse())

    @app.websocket("/refused")
    async def refused() -> None:
        await _refuse()

    @app.websocket("/overload")
    async def overload() -> None:
        await websocket.accept()
        raise_service_unavailable(
            service=SERVICE,
            operation="serve",
            message="The service can't take connections now.",
            correlation_id=correlation_id(),
            retry_after_s=3,
        )

    @app.websocket("/twice")
    async def twice() -> None:
        await websocket.accept()
        await websocket.close(4008, "first")
        await websocket.close(4000, "second")
        await websocket.send("late")


async def _refuse() -> None:
    raise_authentication_error(
        service=SERVICE,
        operation="serve",
        message="The token has expired.",
        correlation_id=correlation_id(),
        reason=AuthReason.TOKEN_EXPIRED,
    )
