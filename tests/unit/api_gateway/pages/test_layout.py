"""The frame of every page, and the files that pages load: all here, typed, named so that a browser keeps them."""

import re
import sys
from hashlib import sha256
from importlib.metadata import version

import pytest

from api_gateway.pages.layout import (
    PLACES,
    REPLACED,
    SOURCES,
    assets,
    assets_by_served_name,
    content_security_policy,
    page,
)
from common.errors.texts import Language

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


@pytest.mark.parametrize("name", ["redoc.standalone.js", "swagger-ui-bundle.js", "redoc.js", "swagger.js"])
def test_a_script_fetches_nothing_from_elsewhere(name: str) -> None:
    """No script sets the source of an image, a font or a script to another host; links may lead there."""
    body = assets()[name].body.decode()

    assert re.findall(r"""(?:src|srcset|href)["']?[:=]\s*["'`](https?:)?//(?!redocly\.com/redoc/)[^"'`]+""", body) == []
    assert "cdn." not in "".join(re.findall(r"https?://[^\"'`\s]+", body))
    assert "fonts.googleapis.com" not in body


@pytest.mark.parametrize("name", REPLACED)
def test_what_is_replaced_in_a_bundle_is_in_it(name: str) -> None:
    """A new version of the package that words it otherwise is noticed."""
    original = SOURCES[name]().read_bytes()

    served = assets()[name].body

    assert [old for old in REPLACED[name] if original.count(old) != 1 or old in served] == []


def test_every_page_has_two_schemes() -> None:
    """The colours of the dark scheme are those of the light one, each with another value."""
    light, dark = _schemes()

    assert dark.keys() <= light.keys()
    assert {name for name in light if light[name].startswith("#")} == dark.keys()
    assert (light["ink"], light["accent"], light["ground"]) == ("#1c2e4a", "#4d1521", "#f9f8f6")


@pytest.mark.parametrize("scheme", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize(
    ("text", "ground"),
    [
        ("ink", "ground"),
        ("ink", "shade"),
        ("quiet", "ground"),
        ("quiet", "shade"),
        ("accent", "ground"),
        ("accent", "shade"),
        ("good", "good-shade"),
        ("warn", "warn-shade"),
        ("bad", "bad-shade"),
    ],
)
def test_text_can_be_read_on_its_ground(scheme: int, text: str, ground: str) -> None:
    """The contrast is at least 4.5:1 (WCAG 1.4.3)."""
    colours = _schemes()[scheme]

    lighter, darker = sorted((_luminance(colours[text]), _luminance(colours[ground])), reverse=True)

    assert (lighter + 0.05) / (darker + 0.05) >= 4.5


def test_redoc_has_the_colours_of_the_house() -> None:
    """ReDoc takes colours and not variables, so redoc.js repeats them."""
    script = assets()["redoc.js"].body.decode()

    told = [
        dict(re.findall(r'(\w+): "(#[0-9a-f]{6})"', block))
        for block in re.findall(r"= \{\n(.*?)\n\};", script, re.DOTALL)
    ]

    assert len(told) == 2
    for colours, scheme in zip(told, _schemes(), strict=True):
        assert {name: colours[name] for name in colours if name != "panel"} == {
            name: scheme[name] for name in colours if name != "panel"
        }


def _schemes() -> tuple[dict[str, str], dict[str, str]]:
    """Return the variables of the light scheme and of the dark one."""
    light, dark = re.findall(r":root \{(.*?)\}", assets()["house.css"].body.decode(), re.DOTALL)
    return _variables(light), _variables(dark)


def _variables(block: str) -> dict[str, str]:
    return dict(re.findall(r"--([a-z-]+): ([^;]+);", block))


def _luminance(colour: str) -> float:
    """Return the relative luminance of ``#rrggbb`` (WCAG 2.2)."""
    channels = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [each / 12.92 if each <= 0.04045 else ((each + 0.055) / 1.055) ** 2.4 for each in channels]
    return sum(weight * each for weight, each in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


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


def test_a_page_says_its_language() -> None:
    """The frame speaks it too."""
    made = page("Felkoder", "", here="/v1/errors", language=Language.SWEDISH)

    assert '<html lang="sv">' in made
    assert ">Felkoder</a>" in made
