"""A handshake that the app refuses gets one response, whatever its client sends meanwhile."""

import socket
from typing import Any

import pytest
from hypercorn.protocol.events import Data, Event, Response
from hypercorn.protocol.ws_stream import Handshake
from hypercorn.typing import ASGISendEvent

from common.web.hypercorn_overrides.config import ConnectionLimits, EdgeConfig
from common.web.hypercorn_overrides.sockets import EdgeSocket
from common.web.middleware.responses import EdgeResponse


def _respond(status: int, _scope: object) -> EdgeResponse:
    return EdgeResponse(status, [], b"")


class EarlyClient:
    """A client that sends a frame while the first response to its handshake is being written."""

    def __init__(self) -> None:
        with socket.socket() as listener:
            config = EdgeConfig(listener, refuse=_respond, limits=ConnectionLimits(), deflate=False)
        absent: Any = None
        self.responses: list[int] = []
        self.served = EdgeSocket(
            app=absent,
            config=config,
            context=absent,
            task_group=absent,
            ssl=False,
            client=None,
            server=None,
            send=self._send,
            stream_id=1,
        )
        self.served.handshake = Handshake([], "1.1")
        self.served.response = {"type": "websocket.http.response.start", "status": 404, "headers": []}
        self.served.app_put = None
        self.served.scope, self.served.start_time = absent, 0.0

    async def _send(self, event: Event) -> None:
        if isinstance(event, Response):
            self.responses.append(event.status_code)
            if len(self.responses) == 1:
                await self.served.handle(Data(stream_id=1, data=b"early"))


@pytest.mark.parametrize(
    ("refusal", "status"),
    [
        ({"type": "websocket.http.response.body", "body": b"", "more_body": False}, 404),
        ({"type": "websocket.close", "code": 1000, "reason": None}, 403),
        (None, 500),
    ],
)
async def test_a_refused_handshake_gets_one_response(refusal: ASGISendEvent | None, status: int) -> None:
    """A frame that arrives meanwhile isn't answered with a second one, which h11 can't send."""
    client = EarlyClient()

    await client.served.app_send(refusal)

    assert client.responses == [status]
