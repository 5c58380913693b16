"""axe-core finds nothing on our pages: the sandbox's in each of its states, and the gateway's."""

from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, Route

from sandbox.stack import Stack
from tests.browser.looks import languages, schemes
from tests.browser.teacher_page import TeacherPage
from tests.browser.tour import tour
from tests.support.node_project import installed_modules

FIND = """async (foreign) => {
    const { violations } = await axe.run({ exclude: foreign }, { resultTypes: ["violations"] });
    return violations.flatMap(({ id, nodes }) => nodes.map((node) => [id, node.target, node.failureSummary]));
}"""


@pytest_asyncio.fixture(scope="session")
async def axe() -> str:
    """The program, at the version of clients/typescript's lock file; tests skip where npm can't fetch it."""
    return (await installed_modules() / "axe-core" / "axe.min.js").read_text(encoding="utf-8")


async def findings(page: Page, axe: str, *foreign: str) -> list[Any]:
    """Return what axe says against the page as it is, in light and dark, but for the ``foreign`` elements."""
    if not await page.evaluate("() => 'axe' in window"):
        await page.evaluate(f"() => {{ {axe} }}")
    found = list[Any]()
    async for scheme in schemes(page):
        await page.locator("h1").first.wait_for()  # ReDoc draws the page anew for another scheme
        found += [(scheme, *finding) for finding in await page.evaluate(FIND, [*foreign])]
    return found


async def describe_little(route: Route) -> None:
    """Answer with the description of a gateway that has one operation."""
    answer = await route.fetch()
    description = await answer.json()
    first = next(iter(description["paths"].items()))
    await route.fulfill(json=description | {"paths": dict([first])})


async def test_axe_finds_a_fault(chromium: Browser, axe: str) -> None:
    """A picture without words is found, in both schemes."""
    page = await chromium.new_page()
    await page.set_content("<html lang=sv><title>Fel</title><main><h1>Fel</h1><img src=data:,></main>")

    found = await findings(page, axe)

    await page.close()
    assert [(scheme, rule) for scheme, rule, *_ in found] == [("light", "image-alt"), ("dark", "image-alt")]


async def test_the_sandboxs_page(teacher: TeacherPage, axe: str) -> None:
    """Before and after the login, in each dialog and panel, with errors and without a network; in both languages."""
    found = [
        (state, language, *finding)
        async for state in tour(teacher, "Maria")
        async for language in languages(teacher.page)
        for finding in await findings(teacher.page, axe)
    ]

    assert found == []


@pytest.mark.parametrize("locale", ["sv-SE", "en-GB"])
@pytest.mark.parametrize(
    ("path", "foreign"),
    [
        ("/", []),
        ("/no/such/page", []),
        ("/v1/errors", []),
        ("/v1/errors/RATE_LIMIT", []),
        ("/docs", ["#swagger-ui"]),
        ("/redocs", ["#redoc"]),
    ],
)
async def test_the_gateways_pages(
    chromium: Browser, sandbox: Stack, axe: str, locale: str, path: str, foreign: list[str]
) -> None:
    """All but what Swagger UI and ReDoc draw, which is therefore little: axe walks through it all the same."""
    page = await chromium.new_page(locale=locale)
    await page.route("**/openapi.json", describe_little)
    await page.goto(f"{sandbox.addresses.gateway}{path}")

    found = await findings(page, axe, *foreign)

    await page.close()
    assert found == []
