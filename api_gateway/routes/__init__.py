"""The gateway's routes, a module for each resource. None imports an adapter."""

from api_gateway.routes import batches, errors, pipelines

BLUEPRINTS = (batches.blueprint, pipelines.blueprint, errors.blueprint)
