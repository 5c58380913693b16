"""The REST edge: what the dashboard calls, forwarded to the platform's services."""

from typing import Final

from common.errors.source import ErrorSource

SERVICE_NAME: Final = "api-gateway-service"

fail: Final = ErrorSource(SERVICE_NAME)
"""Makes the service's errors: ``raise fail.during("find_batch").not_found("batch", batch_id)``."""
