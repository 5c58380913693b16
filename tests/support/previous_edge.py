"""The environment that the platform's previous edge runs in (tests/data/previous-*.env)."""

from pathlib import Path
from string import Template

DATA = Path(__file__).resolve().parents[1] / "data"


def previous_environment(service: str, *, secret: str) -> dict[str, str]:
    """Return the variables of ``gateway`` or ``websocket``, tokens being signed with ``secret``."""
    lines = (DATA / f"previous-{service}.env").read_text(encoding="utf-8").splitlines()
    variables = (line.partition("=") for line in lines if not line.startswith("#"))
    return {name: Template(value).substitute(JWT_SECRET_KEY=secret) for name, _, value in variables}
