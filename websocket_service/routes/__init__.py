"""The feed's routes."""

from websocket_service.routes.events import blueprint as events
from websocket_service.routes.health import blueprint as health
from websocket_service.routes.sockets import blueprint as sockets

BLUEPRINTS = (sockets, events, health)
