"""The feed's ports on Redis and Prometheus."""
