"""The frame that all pages share, what a browser may load for it, and the pages of the route reference."""

from collections.abc import Sequence
from html import escape

from api_gateway.pages.assets import assets

TITLE = "HuleEdu API Gateway"

PLACES = {"/docs": "Try it", "/redocs": "Read it", "/v1/errors": "Errors", "/openapi.json": "OpenAPI"}
"""Where every page leads, in the order of its menu."""


def page(title: str, body: str, *, here: str, styles: Sequence[str] = (), scripts: Sequence[str] = ()) -> str:
    """Return a whole HTML page.

    Args:
        title: what stands on the tab before the gateway's name.
        body: HTML.
        here: which of :data:`PLACES` the page is.
        styles: style sheets beside the house's own, by their plain names.
        scripts: scripts, run in this order when the body is there.
    """
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>{escape(title)} · {TITLE}</title>"
        f'<link rel="icon" href="{assets()["icon.svg"].path}" type="image/svg+xml">'
        f"{_styles((*styles, 'house.css'))}</head><body>{_menu(here)}{body}{_scripts(scripts)}</body></html>"
    )


def content_security_policy(*, scripts: bool = False, inline_styles: bool = False) -> str:
    """Return the policy of one page: its own files from this origin, nothing from elsewhere, in nobody's frame.

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


def _menu(here: str) -> str:
    links = "".join(
        f'<a href="{place}"{" aria-current=page" if place == here else ""}>{name}</a>' for place, name in PLACES.items()
    )
    return f'<header class="house"><a class="brand" href="/docs">{TITLE}</a><nav>{links}</nav></header>'


def _styles(names: Sequence[str]) -> str:
    return "".join(f'<link rel="stylesheet" href="{assets()[name].path}">' for name in names)


def _scripts(names: Sequence[str]) -> str:
    return "".join(f'<script src="{assets()[name].path}"></script>' for name in names)


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
        f'<div id="redoc"></div>{_WITHOUT_SCRIPTS}',
        here="/redocs",
        scripts=("redoc.standalone.js", "redoc.js"),
    )
