"""The platform's services behind the edge, simulated: one process, each service on a port of its own."""
