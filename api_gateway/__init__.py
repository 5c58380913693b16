"""The REST edge: what the dashboard calls, forwarded to the platform's services."""

SERVICE_NAME = "api-gateway-service"
