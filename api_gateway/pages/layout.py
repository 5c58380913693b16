"""The frame that all pages share, the files they load, and the pages of the route reference.

Nothing comes from another host, so that the pages work without internet and no third party learns who reads them. The
bundles of Swagger UI and ReDoc are read out of their packages as files, never imported. Each file is served under a
name that holds its digest: what stands behind one name never changes, so a browser keeps it for good.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from html import escape
from importlib.metadata import distribution
from pathlib import Path
from types import MappingProxyType

from api_gateway.pages.words import WORDS, PageWords
from common.errors.rendering import CATALOGUE_PATH
from common.errors.texts import Language

TITLE = "HuleEdu API Gateway"
HOME_PATH = "/"
PLACES: Mapping[str, Callable[[PageWords], str]] = MappingProxyType(
    {
        "/docs": lambda words: words.try_it,
        "/redocs": lambda words: words.read_it,
        CATALOGUE_PATH: lambda words: words.errors,
        "/openapi.json": lambda words: words.openapi,
    }
)
"""Where every page leads, in the order of its menu, and what the place is called there."""


def page(
    title: str,
    body: str,
    *,
    here: str | None = None,
    language: Language = Language.ENGLISH,
    styles: Sequence[str] = (),
    scripts: Sequence[str] = (),
) -> str:
    """Return a whole HTML page.

    Args:
        title: what stands on the tab before the gateway's name.
        body: HTML.
        here: which of :data:`PLACES` the page is, if it is one.
        language: the language of the page; what is in another one has to say so.
        styles: style sheets beside the house's own, by their plain names.
        scripts: scripts, run in this order when the body is there.
    """
    return (
        f'<!doctype html><html lang="{language.value}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        '<meta name="color-scheme" content="light dark">'
        f"<title>{escape(title)} · {TITLE}</title>"
        f'<link rel="icon" href="{assets()["icon.svg"].path}" type="image/svg+xml">'
        f"{_styles((*styles, 'house.css'))}</head>"
        f"<body>{_menu(here, WORDS[language])}{body}{_scripts(scripts)}</body></html>"
    )


def content_security_policy(*, scripts: bool = False, inline_styles: bool = False) -> str:
    """Return the policy of one page: its own files from this origin, nothing from elsewhere, in no frame.

    Args:
        scripts: whether the page runs our scripts, which may then call the gateway and search in a worker.
        inline_styles: whether its scripts write style elements.
    """
    sources = {
        "default-src": "'none'",
        "style-src": "'self' 'unsafe-inline'" if inline_styles else "'self'",
        "img-src": "'self' data:",
        **({"script-src": "'self'", "connect-src": "'self'", "worker-src": "blob:"} if scripts else {}),
        "base-uri": "'none'",
        "form-action": "'none'",
        "frame-ancestors": "'none'",
    }
    return "; ".join(f"{directive} {source}" for directive, source in sources.items())


def _menu(here: str | None, words: PageWords) -> str:
    links = "".join(
        f'<a href="{place}"{" aria-current=page" if place == here else ""}>{name(words)}</a>'
        for place, name in PLACES.items()
    )
    return (
        f'<header class="house"><a class="brand" href="{HOME_PATH}">{TITLE}</a>'
        f'<nav aria-label="{words.menu}">{links}</nav></header>'
    )


def _styles(names: Sequence[str]) -> str:
    return "".join(f'<link rel="stylesheet" href="{assets()[name].path}">' for name in names)


def _scripts(names: Sequence[str]) -> str:
    return "".join(f'<script src="{assets()[name].path}"></script>' for name in names)


PLAIN_POLICY = content_security_policy()
SWAGGER_POLICY = content_security_policy(scripts=True)
REDOC_POLICY = content_security_policy(scripts=True, inline_styles=True)
"""ReDoc's styled-components write style elements; there is no other way to have it."""

_WITHOUT_SCRIPTS = (
    '<noscript><main class="house">This page is made by a script from <a href="/openapi.json">/openapi.json</a>.'
    "</main></noscript>"
)


def swagger_page() -> str:
    """Return the page on which routes can be tried."""
    return page(
        "Try it",
        f'<div id="swagger-ui"></div>{_WITHOUT_SCRIPTS}',
        here="/docs",
        styles=("swagger-ui.css",),
        scripts=("swagger-ui-bundle.js", "swagger.js"),
    )


def redoc_page() -> str:
    """Return the page on which the routes are read in three columns."""
    return page(
        "Read it",
        f'<main><div id="redoc"></div></main>{_WITHOUT_SCRIPTS}',
        here="/redocs",
        scripts=("redoc.standalone.js", "redoc.js"),
    )


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


def _of_package(package: str, path: str) -> Callable[[], Path]:
    return lambda: Path(str(distribution(package).locate_file(path)))


SOURCES: Mapping[str, Callable[[], Path]] = {
    "house.css": _ours("house.css"),
    "icon.svg": _ours("icon.svg"),
    "redoc.js": _ours("redoc.js"),
    "redoc.standalone.js": _of_package(
        "flask-openapi3-redoc", "flask_openapi3_redoc/templates/redoc/js/redoc.standalone.js"
    ),
    "swagger.js": _ours("swagger.js"),
    "swagger-ui-bundle.js": _of_package("flask-swagger-ui", "flask_swagger_ui/dist/swagger-ui-bundle.js"),
    "swagger-ui.css": _of_package("flask-swagger-ui", "flask_swagger_ui/dist/swagger-ui.css"),
}


REPLACED: Mapping[str, Mapping[bytes, bytes]] = MappingProxyType(
    {
        "redoc.standalone.js": MappingProxyType(
            {
                b"https://cdn.redoc.ly/redoc/logo-mini.svg": b"data:,",
                b"color: #0e7c86;": b"color: inherit;",
            }
        )
    }
)
"""What is replaced in a bundle, each found in it once.

ReDoc fetches its maker's logo, which the policy refuses; it leaves out an image that can't be shown. The colour, of
patterns, is in no theme and can't be read on a dark ground.
"""


@cache
def assets() -> Mapping[str, Asset]:
    """Return every file by its plain name; read once, when the first page is asked for (3 MB)."""
    return MappingProxyType({name: _asset(name, source().read_bytes()) for name, source in SOURCES.items()})


@cache
def assets_by_served_name() -> Mapping[str, Asset]:
    """Return every file by the name it is served under."""
    return MappingProxyType({asset.name: asset for asset in assets().values()})


def _asset(name: str, body: bytes) -> Asset:
    plain = Path(name)
    for old, new in REPLACED.get(name, {}).items():
        body = body.replace(old, new)
    digest = sha256(body).hexdigest()
    return Asset(
        name=f"{plain.stem}-{digest[:DIGEST_CHARACTERS]}{plain.suffix}",
        content_type=_TYPES[plain.suffix],
        tag=digest,
        body=body,
    )
