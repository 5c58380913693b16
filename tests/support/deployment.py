"""What the services themselves say about how they are to be deployed."""

from collections.abc import Mapping

from api_gateway.app import serving_options as gateway_options
from api_gateway.settings import load_settings as load_gateway
from common.web.serving.server import CONNECTIONS_END_WITHIN_S, ServingOptions
from websocket_service.app import serving_options as feed_options
from websocket_service.settings import load_settings as load_feed


def gateway_serving(environ: Mapping[str, str]) -> ServingOptions:
    """Return how a gateway with these variables serves."""
    return gateway_options(load_gateway(environ))


def feed_serving(environ: Mapping[str, str]) -> ServingOptions:
    """Return how a feed with these variables serves."""
    return feed_options(load_feed(environ))


def longest_stop_s(serving: ServingOptions) -> float:
    """Return the seconds that a process takes at most from SIGTERM to its end."""
    drain_s = serving.drain_grace_s + serving.drain_deadline_s
    return drain_s + serving.resources_deadline_s + CONNECTIONS_END_WITHIN_S
