"""``python -m websocket_service``: serve the feed alone, as the environment describes it."""

import sys

from common.web.serving.command import ServiceCommand
from common.web.serving.server import ServingOptions, SocketOptions
from websocket_service import SERVICE_NAME
from websocket_service.app import create_app
from websocket_service.settings import FeedSettings, load_settings, start_warnings
from websocket_service.wiring import make_container

SEND_BUFFER_BYTES = 64 * 1024
"""What a client that stops reading may pin in the kernel."""

UNACKNOWLEDGED_S = 20.0
"""How long what was sent may stay unacknowledged before the kernel gives the client up."""


def serving_options(settings: FeedSettings) -> ServingOptions:
    """Return how the process serves as ``settings`` say."""
    return ServingOptions(
        host=settings.host,
        port=settings.websocket_port,
        drain_grace_s=settings.drain_grace_seconds,
        websocket_ping_s=settings.websocket_ping_interval,
        deflate=settings.websocket_deflate,
        sockets=SocketOptions(send_buffer_bytes=SEND_BUFFER_BYTES, unacknowledged_s=UNACKNOWLEDGED_S),
    )


main = ServiceCommand(
    package="websocket_service",
    service=SERVICE_NAME,
    what="the HuleEdu live feed",
    settings=FeedSettings,
    load=load_settings,
    warnings=start_warnings,
    create_app=lambda settings: create_app(make_container(settings)),
    options=serving_options,
)

if __name__ == "__main__":
    sys.exit(main())
