"""How a service runs: its listener, its server, its drain, its background jobs, its command line."""
