"""A page in each of its languages, colour schemes and widths, without a click."""

from collections.abc import AsyncIterator
from typing import Literal

from playwright.async_api import Page

SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
LANGUAGES = ("en", "sv")
WIDTHS = (360, 768, 1600)
HEIGHT = 900
SET_LANGUAGE = "language => import('/texts.js').then(({ setLanguage }) => setLanguage(language))"
DRAWN = "() => new Promise(drawn => requestAnimationFrame(() => requestAnimationFrame(drawn)))"
"""Two frames, so that what a change has set in motion is on the screen."""


async def schemes(page: Page) -> AsyncIterator[str]:
    """Show the page in light and dark; yields the scheme."""
    for scheme in SCHEMES:
        await page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        await page.evaluate(DRAWN)
        yield scheme


async def languages(page: Page) -> AsyncIterator[str]:
    """Show the sandbox's page in English and then in Swedish; yields the language."""
    for language in LANGUAGES:
        await page.evaluate(SET_LANGUAGE, language)
        await page.evaluate(DRAWN)
        yield language


async def widths(page: Page) -> AsyncIterator[int]:
    """Show the page as wide as a phone, a tablet and a screen; yields the width."""
    for width in WIDTHS:
        await page.set_viewport_size({"width": width, "height": HEIGHT})
        await page.evaluate(DRAWN)
        yield width
