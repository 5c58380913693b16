"""One JSON line for each request and each socket (docs/gateway.md, row 23)."""

import re
from urllib.parse import unquote_to_bytes

import structlog

from common.web.middleware.request_record import Exchange

# Looked for where a pair can begin and nowhere else: a stranger's long query would hold everybody up.
_PAIR = re.compile(rb"(?:^|(?<=[&;]))([^&;=]*)=([^&;]*)")
_SECRET_NAMES = (b"token", b"ticket")

_EVENTS = {"http": "http.ended", "websocket": "websocket.ended"}

_logger = structlog.get_logger("access")


def redact_query(query: bytes) -> str:
    """Return ``query`` with the values of whatever is called a token or a ticket hidden, escaped names included."""
    return _PAIR.sub(_hide_secret, query).decode("latin-1")


def _hide_secret(pair: re.Match[bytes]) -> bytes:
    name = unquote_to_bytes(pair[1]).lower()
    return pair[1] + b"=***" if any(secret in name for secret in _SECRET_NAMES) else pair[0]


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
