"""The frame of every page, and the files that pages load: all here, typed, named so that a browser keeps them."""

import re
import sys
from hashlib import sha256
from importlib.metadata import version

from api_gateway.pages.layout import PLACES, assets, assets_by_served_name, content_security_policy, page

NAME = re.compile(r"[a-z.-]+-[0-9a-f]{12}\.(css|js|svg)")


def test_a_name_holds_the_digest_of_what_stands_behind_it() -> None:
    """Another content has another name, so a browser never shows a stale file."""
    served = assets_by_served_name()

    digests = {name: sha256(asset.body).hexdigest() for name, asset in served.items()}

    assert all(NAME.fullmatch(name) for name in served)
    assert all(digests[name].startswith(name.rpartition(".")[0].rpartition("-")[2]) for name in served)


def test_every_file_has_its_content_type() -> None:
    """`nosniff` makes a browser refuse a script that isn't called one."""
    types = {name: asset.content_type.partition(";")[0] for name, asset in assets().items()}

    assert types == {
        "house.css": "text/css",
        "icon.svg": "image/svg+xml",
        "redoc.js": "text/javascript",
        "redoc.standalone.js": "text/javascript",
        "swagger.js": "text/javascript",
        "swagger-ui-bundle.js": "text/javascript",
        "swagger-ui.css": "text/css",
    }


def test_the_bundles_are_of_the_kind_we_looked_at() -> None:
    """ReDoc 3 reports to its maker, so the packages must not bring it; Swagger UI 5 knows OpenAPI 3.1."""
    redoc, swagger = assets()["redoc.standalone.js"], assets()["swagger-ui-bundle.js"]

    assert version("flask-openapi3-redoc").startswith("2.")
    assert b"otel.cloud.redocly.com" not in redoc.body
    assert version("flask-swagger-ui").startswith("5.")
    assert b"oas31" in swagger.body


def test_the_packages_are_read_and_not_imported() -> None:
    """Serving a page costs no import of somebody's extension."""
    assets()

    assert {"flask_swagger_ui", "flask_openapi3_redoc", "flask_openapi3"}.isdisjoint(sys.modules)


def test_a_page_without_scripts_may_run_none() -> None:
    """The strictest policy is the default one."""
    policy = content_security_policy()

    assert policy == (
        "default-src 'none'; style-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'none'; "
        "frame-ancestors 'none'"
    )


def test_scripts_come_from_here_alone() -> None:
    """Scripts are files of ours, never inline, and talk to nobody but the gateway."""
    policy = content_security_policy(scripts=True, inline_styles=True)

    assert "script-src 'self';" in policy
    assert "connect-src 'self';" in policy
    assert "frame-ancestors 'none'" in policy


def test_a_title_is_text() -> None:
    """Markup in a title is shown, not obeyed."""
    made = page("<script>", "", here="/docs")

    assert "<title>&lt;script&gt; · HuleEdu API Gateway</title>" in made


def test_the_menu_leads_everywhere_and_says_where_one_is() -> None:
    """Each page links to the others and marks itself."""
    made = page("Errors", "", here="/v1/errors")

    assert all(f'<a href="{place}"' in made for place in PLACES)
    assert '<a href="/v1/errors" aria-current=page>' in made
    assert made.count("aria-current") == 1
