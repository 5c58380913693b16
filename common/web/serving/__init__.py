"""How a service runs: its server, its drain, its lifespan and background jobs, its health routes, its command line."""
