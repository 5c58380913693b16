"""The app's start and end, the end within a deadline."""

import asyncio

import structlog
from hypercorn.typing import ASGIReceiveCallable, ASGISendCallable
from quart.asgi import ASGILifespan
from typing_extensions import override

CLOSE_WITHIN_S = "CLOSE_WITHIN_S"
"""The key in ``app.config``: how many seconds background jobs and resources have to close."""

_logger = structlog.get_logger(__name__)


class BoundedLifespan(ASGILifespan):
    """Starts and ends the app; resources that don't close in time make the end a failure instead of a wait."""

    @override
    async def __call__(self, receive: ASGIReceiveCallable, send: ASGISendCallable) -> None:
        await receive()
        try:
            await self.app.startup()
        except Exception as error:
            _logger.exception("lifespan.start_failed")
            await send({"type": "lifespan.startup.failed", "message": str(error)})
            return
        await send({"type": "lifespan.startup.complete"})
        await receive()
        try:
            async with asyncio.timeout(self.app.config.get(CLOSE_WITHIN_S)) as closing:
                await self.app.shutdown()
        except Exception as error:
            _logger.exception("lifespan.end_failed")
            message = "background jobs or resources did not close in time" if closing.expired() else str(error)
            await send({"type": "lifespan.shutdown.failed", "message": message})
            return
        await send({"type": "lifespan.shutdown.complete"})
