"""The live feed: each teacher's notifications over WebSocket and server-sent events."""

from typing import Final

from common.errors.source import ErrorSource

SERVICE_NAME: Final = "websocket-service"

fail: Final = ErrorSource(SERVICE_NAME)
"""Makes the service's errors: ``raise fail.during("find_batch").not_found("batch", batch_id)``."""
