"""One JSON line for each request and each socket (docs/gateway.md, row 23)."""

import re
from urllib.parse import unquote_to_bytes

import structlog

from common.secrets import is_secret
from common.web.middleware.request_record import Exchange

# Searched only where a pair can begin, or a long query would block the event loop.
_PAIR = re.compile(rb"(?:^|(?<=[&;]))([^&;=]*)=([^&;]*)")

_EVENTS = {"http": "http.ended", "websocket": "websocket.ended"}

_logger = structlog.get_logger("access")


def redact_query(query: bytes) -> str:
    """Return ``query`` with the values of parameters hidden whose names say that they are secret, escaped names too."""
    return _PAIR.sub(_hide_secret, query).decode("latin-1")


def _hide_secret(pair: re.Match[bytes]) -> bytes:
    name = unquote_to_bytes(pair[1]).decode("latin-1")
    return pair[1] + b"=***" if is_secret(name) else pair[0]


class AccessLog:
    """Writes the line when an exchange is over."""

    def exchange_ended(self, exchange: Exchange) -> None:
        """Write one line."""
        facts = {
            "method": exchange.method,
            "route": exchange.route,
            "status": exchange.status,
            "duration_ms": round(exchange.duration_s() * 1000, 2),
            "bytes": exchange.bytes_sent,
            "correlation_id": str(exchange.correlation_id),
        }
        if exchange.path != exchange.route:
            facts["path"] = exchange.path
        if exchange.query:
            facts["query"] = redact_query(exchange.query)
        if exchange.user_id is not None:
            facts["user_id"] = exchange.user_id
        if exchange.close_code is not None:
            facts["close_code"] = exchange.close_code
        if exchange.facts:
            facts.update(exchange.facts)
        _logger.info(_EVENTS[exchange.kind], **facts)
