"""The reference of the routes, made in the browser from /openapi.json: once to try, once to read."""

from api_gateway.pages.layout import content_security_policy, page

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
