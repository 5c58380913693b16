"""The gateway's routes, a module for each resource. None imports an adapter."""

from api_gateway.routes import (
    authentication,
    batches,
    classes,
    documentation,
    errors,
    files,
    notifications,
    pipelines,
    teacher,
)

BLUEPRINTS = (
    authentication.blueprint,
    batches.blueprint,
    pipelines.blueprint,
    classes.blueprint,
    files.blueprint,
    teacher.blueprint,
    notifications.blueprint,
    errors.blueprint,
    documentation.blueprint,
)
