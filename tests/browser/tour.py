"""The states of the sandbox's page, one after the other, by clicks: for what has to look at each of them."""

from collections.abc import AsyncIterator

from playwright.async_api import Route, expect

from tests.browser.teacher_page import TeacherPage

REFUSAL = {
    "error": {
        "code": "SERVICE_UNAVAILABLE",
        "message": "A developer's message.",
        "correlation_id": "7f0c2f0e-3c54-4d53-9d5a-2d3f5a5f1c11",
        "service": "api_gateway",
        "timestamp": "2026-11-29T12:00:00.000Z",
        "details": {},
    }
}

LOST_S = 120
"""What the network is lost for at most, in place of the page's 10 s: looking at a state takes a slow machine longer."""

RETURN = """() => fetch("control/network", {
    method: "POST", headers: {"Content-Type": "application/json"}, body: '{"down_s": 0.1}'
})"""


async def tour(teacher: TeacherPage, name: str) -> AsyncIterator[str]:
    """Spend the day of the teacher with that name, who has no batch yet; yields each state's name while it is shown.

    The page has to be in Swedish again when the next state is asked for.
    """
    yield "login"
    await teacher.log_in(name)
    yield "first-day"
    async for state in _creating_a_class(teacher):
        yield state
    async for state in _handing_in(teacher):
        yield state
    async for state in _confirming(teacher):
        yield state
    async for state in _assessing(teacher):
        yield state
    async for state in _losing_the_network(teacher):
        yield state


async def _creating_a_class(teacher: TeacherPage) -> AsyncIterator[str]:
    page = teacher.page

    async def refuse(route: Route) -> None:
        readable = {
            "Access-Control-Allow-Origin": teacher.address.rstrip("/"),
            "Access-Control-Allow-Credentials": "true",
        }
        await route.fulfill(status=503, json=REFUSAL, headers=readable)

    await page.get_by_role("button", name="Ny klass").click()
    yield "new-class"
    await page.route("**/v1/classes", refuse)
    await teacher.dialog.get_by_role("button", name="Skapa klassen").click()
    await expect(teacher.dialog.get_by_role("alert")).to_contain_text("7f0c2f0e")
    yield "error"
    await page.unroute("**/v1/classes")
    await page.keyboard.press("Escape")
    await teacher.create_class()


async def _handing_in(teacher: TeacherPage) -> AsyncIterator[str]:
    await teacher.page.get_by_role("button", name="Ny omgång för 8B").first.click()
    yield "new-batch"
    await teacher.page.keyboard.press("Escape")
    await teacher.register_batch("Skolan om tio år")
    yield "upload"
    for choice in ("Ta alla", "klassfoto.png", "tom_uppsats.txt"):
        await teacher.dialog.get_by_role("button", name=choice).first.click()
    await expect(teacher.dialog.locator(".files .bad")).to_have_count(1)
    yield "upload-chosen"
    await teacher.dialog.get_by_role("button", name="Skicka 4 uppsatser").click()
    await expect(teacher.dialog.locator(".files .bad")).to_have_count(2)
    yield "upload-refused"
    await teacher.page.keyboard.press("Escape")


async def _confirming(teacher: TeacherPage) -> AsyncIterator[str]:
    await expect(teacher.page.locator(".waiting").get_by_role("button", name="Bekräfta")).to_be_visible()
    yield "waits-for-a-word"
    await teacher.page.locator(".waiting").get_by_role("button", name="Bekräfta").click()
    await expect(teacher.dialog.locator("select")).to_have_count(3)
    yield "confirm"
    await teacher.page.keyboard.press("Escape")
    await teacher.page.get_by_role("button", name="Aviseringar").click()
    await expect(teacher.page.locator(".news .asks:visible").first).to_be_visible()
    yield "notifications"
    await teacher.page.keyboard.press("Escape")
    await teacher.confirm_authors()


async def _assessing(teacher: TeacherPage) -> AsyncIterator[str]:
    await teacher.batch.get_by_role("button", name="Starta bedömning").click()
    yield "pipelines"
    await teacher.page.keyboard.press("Escape")
    await teacher.assess(becomes="Klar med fel")
    yield "desk"
    await teacher.batch.get_by_role("button", name="Resultat").click()
    await expect(teacher.dialog.locator("tbody tr")).to_have_count(4)
    yield "results"
    await teacher.page.keyboard.press("Escape")


async def _losing_the_network(teacher: TeacherPage) -> AsyncIterator[str]:
    page = teacher.page

    async def lose(route: Route) -> None:
        await route.continue_(post_data={"down_s": LOST_S})

    await teacher.light.click()
    yield "connection"
    await page.keyboard.press("Escape")
    await teacher.open_drawer()
    await teacher.send_notifications()
    await teacher.expect_all_arrived(at_least=50)
    yield "drawer"
    lost = page.get_by_role("button", name="Tappa nätet")
    await page.route("**/control/network", lose)
    await lost.click()
    await expect(page.locator(".network")).to_be_visible()
    yield "network-lost"
    await page.locator("#drawer").get_by_role("button", name="Stäng").click()
    await teacher.light.click()
    await expect(page.locator("#connection .next")).to_be_visible()
    yield "connection-lost"
    await page.keyboard.press("Escape")
    await page.unroute("**/control/network")
    await page.evaluate(RETURN)
    await teacher.wait_live()
