"""The source of the services, read but not run."""

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
SERVICES = {"common": "both", "api_gateway": "gateway", "websocket_service": "feed"}
"""The packages that are deployed, and whom they serve."""


def modules() -> Iterator[tuple[str, ast.Module]]:
    """Yield each module with whom it serves: ``both``, ``gateway`` or ``feed``."""
    for package, service in SERVICES.items():
        for path in sorted((ROOT / package).rglob("*.py")):
            yield service, ast.parse(path.read_text(encoding="utf-8"))


def calls() -> Iterator[tuple[str, ast.Call]]:
    """Yield each call in each module, in the order of their lines."""
    for service, module in modules():
        found = [node for node in ast.walk(module) if isinstance(node, ast.Call)]
        for call in sorted(found, key=lambda call: (call.lineno, call.col_offset)):
            yield service, call
