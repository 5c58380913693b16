"""Pictures of the sandbox's page in each of its states, to be looked at: at three widths, in light and dark."""

from playwright.async_api import Page

from tests.browser.conftest import SCREENSHOTS
from tests.browser.looks import schemes, widths
from tests.browser.teacher_page import TeacherPage
from tests.browser.tour import tour

SCROLLED_BY = "() => Math.max(0, document.documentElement.scrollWidth - document.documentElement.clientWidth)"


async def draw(page: Page, state: str) -> dict[str, int]:
    """Keep pictures of a state; return which of them are wider than the screen, and by how many pixels."""
    wide = dict[str, int]()
    async for width in widths(page):
        async for scheme in schemes(page):
            name = f"{state}-{width}-{scheme}"
            await page.screenshot(path=SCREENSHOTS / f"{name}.png")
            if scrolled := await page.evaluate(SCROLLED_BY):
                wide[name] = scrolled
    return wide


async def test_every_state_is_drawn_and_fits(teacher: TeacherPage) -> None:
    """No state is wider than the screen, from a phone's 360 px to 1600 px; the pictures are kept."""
    wide = dict[str, int]()

    async for state in tour(teacher, "Erik"):
        wide |= await draw(teacher.page, state)

    assert wide == {}
