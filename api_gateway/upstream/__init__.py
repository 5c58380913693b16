"""The services behind the gateway: the port that routes use, and the client behind it."""
