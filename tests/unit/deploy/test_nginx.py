"""deploy/nginx/edge.conf waits longer than the services do, so that their answers come first."""

import re

from api_gateway.settings import GatewaySettings
from scripts.docs.kept_files import ROOT
from websocket_service.settings import FeedSettings

CONF = (ROOT / "deploy" / "nginx" / "edge.conf").read_text("utf-8")
_, GATEWAY, FEED = CONF.split("    server {\n        listen 443")[0:3]
HEARD_WITHIN = 2
"""Intervals of silence after which the feed drops a client."""


def test_it_waits_longer_than_the_gateway() -> None:
    """For an answer, for a pause within an upload, and for a client that reads slowly."""
    gateway = {name: field.default for name, field in GatewaySettings.model_fields.items()}

    assert _seconds(GATEWAY, "proxy_read_timeout") > gateway["http_client_timeout_seconds"]
    assert _seconds(GATEWAY, "proxy_read_timeout") > gateway["upload_timeout_seconds"]
    assert _seconds(GATEWAY, "client_body_timeout") > gateway["upload_timeout_seconds"]


def test_it_waits_longer_than_the_feeds_heartbeats() -> None:
    """Both ways."""
    silent = HEARD_WITHIN * FeedSettings.model_fields["websocket_ping_interval"].default

    assert _seconds(FEED, "proxy_read_timeout") > silent
    assert _seconds(FEED, "proxy_send_timeout") > silent


def test_it_calls_the_default_ports() -> None:
    """Two replicas of each."""
    ports = {
        "gateway": GatewaySettings.model_fields["http_port"].default,
        "feed": FeedSettings.model_fields["websocket_port"].default,
    }

    called = re.findall(r"server (gateway|feed)-([12])\.internal\.example:(\d+) ", CONF)

    assert called == [(name, number, str(port)) for name, port in ports.items() for number in "12"]


def _seconds(server: str, directive: str) -> int:
    (value,) = re.findall(rf"{directive} (\d+)s;", server)
    return int(value)
