"""``python -m api_gateway``: serve the gateway alone, as the environment describes it."""

import sys

from api_gateway.app import create_app
from api_gateway.domain import SERVICE_NAME
from api_gateway.settings import GatewaySettings, load_settings
from api_gateway.wiring import make_container
from common.web.command import ServiceCommand
from common.web.serving import ServingOptions, serve_until_signalled


async def serve(settings: GatewaySettings) -> None:
    """Serve until SIGTERM or SIGINT, then drain and close.

    Raises:
        CannotListenError: the address is taken.
        ServiceCrashedError: a part the gateway can't live without ended.
    """
    app = create_app(make_container(settings))
    options = ServingOptions(host=settings.host, port=settings.http_port, drain_grace_s=settings.drain_grace_seconds)
    await serve_until_signalled(app, options)


main = ServiceCommand(
    package="api_gateway",
    service=SERVICE_NAME,
    what="the HuleEdu API gateway",
    settings=GatewaySettings,
    load=load_settings,
    log_level=lambda settings: settings.log_level,
    serve=serve,
)

if __name__ == "__main__":
    sys.exit(main())
