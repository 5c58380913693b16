"""One JSON line for each request and each socket (docs/gateway.md, row 23)."""

import re
from http import HTTPStatus
from urllib.parse import unquote_to_bytes

import structlog

from common.errors.codes import CloseCode
from common.redaction import is_secret
from common.web.middleware.request_record import RequestRecord
from common.web.serving.health import HEALTH_PATHS

# Searched only where a pair can begin, or a long query would block the event loop.
_PAIR = re.compile(rb"(?:^|(?<=[&;]))([^&;=]*)=([^&;]*)")

_PERSONAL = re.compile(r"e-?mail|(?:^|[-_])(?:cursor|after|last-event-id)$", re.IGNORECASE)
"""Names of parameters whose values are a person's address, or say how far a person has read; an address belongs into no
URL, but people put it there."""

_EVENTS = {"http": "http.ended", "websocket": "websocket.ended"}

_logger = structlog.get_logger("access")


def redact_query(query: bytes) -> str:
    """Return ``query`` with the values of parameters hidden whose names say that they are secret or personal.

    Escaped names are read.
    """
    return _PAIR.sub(_hide_secret, query).decode("latin-1")


def _hide_secret(pair: re.Match[bytes]) -> bytes:
    name = unquote_to_bytes(pair[1]).decode("latin-1")
    return pair[1] + b"=***" if is_secret(name) or _PERSONAL.search(name) else pair[0]


class AccessLog:
    """Writes one line for each request or socket that has ended."""

    def request_ended(self, record: RequestRecord) -> None:
        """Write one line."""
        facts = {
            "method": record.method,
            "route": record.route,
            "status": record.status,
            "duration_ms": round(record.duration_s() * 1000, 2),
            "bytes": record.bytes_sent,
            "correlation_id": str(record.correlation_id),
        }
        if record.path != record.route:
            facts["path"] = record.path
        if record.query:
            facts["query"] = redact_query(record.query)
        if record.user_id is not None:
            facts["user_id"] = record.user_id
        if record.close_code is not None:
            facts["close_code"] = record.close_code
        if record.facts:
            facts.update(record.facts)
        if record.route in HEALTH_PATHS and record.status < HTTPStatus.BAD_REQUEST:
            _logger.debug("http.ended", **facts)  # probes and scrapes come every few seconds
        elif record.close_code == CloseCode.RESTART:
            _logger.debug("websocket.ended", **facts)  # a drain closes every socket, and counts them in drain.done
        else:
            _logger.info(_EVENTS[record.kind], **facts)
