"""The source of the services, read but not run."""

import ast
from collections.abc import Sequence
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
SERVICES = {"common": "both", "api_gateway": "gateway", "websocket_service": "feed"}
"""The packages that are deployed, and whom they serve."""


@cache
def modules() -> Sequence[tuple[str, ast.Module]]:
    """Return each module with whom it serves: ``both``, ``gateway`` or ``feed``."""
    return [
        (service, ast.parse(path.read_text(encoding="utf-8")))
        for package, service in SERVICES.items()
        for path in sorted((ROOT / package).rglob("*.py"))
    ]


@cache
def calls() -> Sequence[tuple[str, ast.Call]]:
    """Return each call in each module, in the order of their lines."""
    return [
        (service, call)
        for service, module in modules()
        for call in sorted(
            (node for node in ast.walk(module) if isinstance(node, ast.Call)),
            key=lambda call: (call.lineno, call.col_offset),
        )
    ]
