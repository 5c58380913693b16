"""``python -m api_gateway``: serve the gateway alone, as the environment describes it."""

import sys

from api_gateway import SERVICE_NAME
from api_gateway.adapters.kafka_commands import PUBLISH_DEADLINE_S
from api_gateway.app import create_app
from api_gateway.settings import GatewaySettings, load_settings, start_warnings
from api_gateway.wiring import make_container
from common.web.serving.command import ServiceCommand
from common.web.serving.server import ServingOptions, SocketOptions

UNREAD_S = 60.0
"""How long a caller may leave an answer unread before the kernel drops it, and with it its place at an upstream."""


def serving_options(settings: GatewaySettings) -> ServingOptions:
    """Return how the process serves as ``settings`` say.

    In a drain each request has the whole time it would have had otherwise: a command's preflight and its publish one
    after the other. Only an upload that makes progress for longer than one may stand still is cut.
    """
    longest_s = max(settings.http_client_timeout_seconds, settings.upload_timeout_seconds)
    return ServingOptions(
        host=settings.host,
        port=settings.http_port,
        drain_grace_s=settings.drain_grace_seconds,
        drain_deadline_s=longest_s + PUBLISH_DEADLINE_S,
        sockets=SocketOptions(unacknowledged_s=UNREAD_S),
    )


main = ServiceCommand(
    package="api_gateway",
    service=SERVICE_NAME,
    what="the HuleEdu API gateway",
    settings=GatewaySettings,
    load=load_settings,
    warnings=start_warnings,
    create_app=lambda settings: create_app(make_container(settings)),
    options=serving_options,
)

if __name__ == "__main__":
    sys.exit(main())
