"""How the services are watched: structured logs without secrets, metrics, traces."""
