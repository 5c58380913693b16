"""The gateway's routes, a module for each resource. None imports an adapter."""
