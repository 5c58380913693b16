"""The live feed: each teacher's notifications over WebSocket and server-sent events."""

SERVICE_NAME = "websocket-service"
