"""The files the pages load: ours, and the built bundles of Swagger UI and ReDoc out of their packages.

Nothing comes from another host, so that the pages work without internet and nobody else learns who reads them. The
packages are read as files, never imported. Each file is served under a name that holds its digest: what stands behind
one name never changes, so a browser keeps it for good.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from importlib.metadata import distribution
from pathlib import Path
from types import MappingProxyType

ASSETS_PATH = "/docs/assets"
DIGEST_CHARACTERS = 12

_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}
_OURS = Path(__file__).with_name("static")


@dataclass(frozen=True, slots=True)
class Asset:
    """One file as it is served: ``name`` holds the digest, ``tag`` is its ETag."""

    name: str
    content_type: str
    tag: str
    body: bytes

    @property
    def path(self) -> str:
        """Where pages load it from."""
        return f"{ASSETS_PATH}/{self.name}"


def _ours(name: str) -> Callable[[], Path]:
    return lambda: _OURS / name


def _packaged(package: str, path: str) -> Callable[[], Path]:
    return lambda: Path(str(distribution(package).locate_file(path)))


_SOURCES: Mapping[str, Callable[[], Path]] = {
    "house.css": _ours("house.css"),
    "icon.svg": _ours("icon.svg"),
    "redoc.js": _ours("redoc.js"),
    "redoc.standalone.js": _packaged(
        "flask-openapi3-redoc", "flask_openapi3_redoc/templates/redoc/js/redoc.standalone.js"
    ),
    "swagger.js": _ours("swagger.js"),
    "swagger-ui-bundle.js": _packaged("flask-swagger-ui", "flask_swagger_ui/dist/swagger-ui-bundle.js"),
    "swagger-ui.css": _packaged("flask-swagger-ui", "flask_swagger_ui/dist/swagger-ui.css"),
}


@cache
def assets() -> Mapping[str, Asset]:
    """Return every file by its plain name; read once, when the first page is asked for (3 MB)."""
    return MappingProxyType({name: _asset(name, source().read_bytes()) for name, source in _SOURCES.items()})


@cache
def assets_as_served() -> Mapping[str, Asset]:
    """Return every file by the name it is served under."""
    return MappingProxyType({asset.name: asset for asset in assets().values()})


def _asset(name: str, body: bytes) -> Asset:
    digest = sha256(body).hexdigest()
    plain = Path(name)
    return Asset(
        name=f"{plain.stem}-{digest[:DIGEST_CHARACTERS]}{plain.suffix}",
        content_type=_TYPES[plain.suffix],
        tag=digest,
        body=body,
    )
