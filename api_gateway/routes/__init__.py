"""The gateway's routes, a module for each resource. None imports an adapter.

Add a route to the module of its resource. It requires a token, counts as ``requests`` and takes no ``Idempotency-Key``,
unless ``PUBLIC_ROUTES`` (middleware/authentication.py), ``_COMMANDS`` or ``_UPLOADS`` (middleware/rate_limit.py) and
``KEYED_ROUTES`` (middleware/idempotency.py) name it.
"""

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
