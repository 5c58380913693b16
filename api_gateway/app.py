"""The gateway as a Quart app, and the command that serves it."""

from functools import partial
from http import HTTPStatus
from typing import Final

from dishka import AsyncContainer
from quart import Quart
from quart_dishka import QuartDishka

from api_gateway import SERVICE_NAME
from api_gateway.adapters.kafka_commands import PUBLISH_DEADLINE_S
from api_gateway.middleware import register_middleware
from api_gateway.middleware.path_checks import ALLOWED_HEADERS, ALLOWED_METHODS
from api_gateway.middleware.stream_closer import StreamCloser
from api_gateway.openapi.description import describe
from api_gateway.ports import BackgroundJobs
from api_gateway.routes import BLUEPRINTS
from api_gateway.settings import GatewaySettings, load_settings, start_warnings
from api_gateway.upstream.caller_errors import INTERNAL_KEY_SETTING
from api_gateway.upstream.ports import INTERNAL_PATH_PREFIX, UpstreamName
from api_gateway.wiring import make_container
from common.contracts.envelope import PIPELINE_COMMAND_TOPIC
from common.errors.quart_handlers import register_error_handlers
from common.identity.identity_headers import INTERNAL_KEY_HEADER, SERVICE_HEADER
from common.neighbours import common_neighbours, http_neighbour
from common.web.middleware.cors import AllowedRequests
from common.web.serving.check import Neighbour
from common.web.serving.command import ServiceCommand
from common.web.serving.configure import create_service_app
from common.web.serving.health import HEALTH
from common.web.serving.server import ServingOptions, SocketOptions

UNREAD_S: Final = 60.0
"""How long a caller may leave an answer unread before the kernel drops it, and with it its place at an upstream."""


KEY_CHECKED_AT: Final = f"{INTERNAL_PATH_PREFIX}v1/batches/user/{SERVICE_NAME}?limit=1"
"""An internal route that reads: the batches of a user who has none."""


def create_app(container: AsyncContainer) -> Quart:
    """Return the gateway whose parts come from ``container``; the app closes it when it stops serving."""
    return create_service_app(
        "api_gateway",
        container,
        register=partial(_register, container=container),
        jobs=container.get_sync(BackgroundJobs),
        allowed=AllowedRequests(methods=ALLOWED_METHODS, headers=ALLOWED_HEADERS),
        inside=(StreamCloser,),
    )


def _register(app: Quart, container: AsyncContainer) -> None:
    settings = container.get_sync(GatewaySettings)
    describe(app)
    QuartDishka(app=app, container=container)
    register_middleware(app)
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
    register_error_handlers(app, service=SERVICE_NAME, base_url=settings.public_url or "")


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


def list_neighbours(settings: GatewaySettings) -> list[Neighbour]:
    """Return Redis, Kafka with the commands' topic, every service behind, and the check of our API key."""
    upstreams = [http_neighbour(name, url, path=HEALTH) for name, url in settings.upstream_urls.items()]
    key = http_neighbour(
        "api key",
        settings.upstream_urls[UpstreamName.RAS],
        path=KEY_CHECKED_AT,
        headers={
            INTERNAL_KEY_HEADER: settings.shared.internal_api_key.get_secret_value(),
            SERVICE_HEADER: SERVICE_NAME,
        },
        refused=dict.fromkeys((HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN), f": wrong {INTERNAL_KEY_SETTING}"),
    )
    return [*common_neighbours(settings, topic=PIPELINE_COMMAND_TOPIC), *upstreams, key]


COMMAND: Final = ServiceCommand(
    package="api_gateway",
    service=SERVICE_NAME,
    what="the HuleEdu API gateway",
    settings=GatewaySettings,
    load=load_settings,
    warnings=start_warnings,
    create_app=lambda settings: create_app(make_container(settings)),
    options=serving_options,
    neighbours=list_neighbours,
)

create_app_from_environment: Final = COMMAND.create_app_from_environment
"""``hypercorn 'api_gateway.app:create_app_from_environment()'`` serves it without our listener and our drain."""
