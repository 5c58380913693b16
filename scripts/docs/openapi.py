"""docs/openapi.json: the description that a gateway with default settings serves at /openapi.json."""

import json
from secrets import token_hex

from api_gateway.app import create_app
from api_gateway.openapi.description import GatewaySchema
from api_gateway.settings import load_settings
from api_gateway.wiring import make_container

_NOWHERE = "http://127.0.0.1:9"
_ENVIRON = {
    "API_GATEWAY_REDIS_URL": "redis://127.0.0.1:9",
    "API_GATEWAY_KAFKA_BOOTSTRAP_SERVERS": "127.0.0.1:9",
    "API_GATEWAY_IDENTITY_URL": _NOWHERE,
    "API_GATEWAY_BOS_URL": _NOWHERE,
    "API_GATEWAY_RESULT_AGGREGATOR_URL": _NOWHERE,
    "API_GATEWAY_FILE_SERVICE_URL": _NOWHERE,
    "API_GATEWAY_CMS_API_URL": _NOWHERE,
    "API_GATEWAY_BFF_TEACHER_URL": _NOWHERE,
}
"""What has no default; nothing is called to describe the routes."""


def openapi_json() -> str:
    """Return the description as JSON for people to read and compare."""
    settings = load_settings(_ENVIRON | {"JWT_SECRET_KEY": token_hex(32)})
    app = create_app(make_container(settings))  # named, because quart-schema holds it weakly
    described: GatewaySchema = app.extensions["QUART_SCHEMA"]
    return json.dumps(described.openapi_provider.schema(), indent=2, ensure_ascii=False) + "\n"
