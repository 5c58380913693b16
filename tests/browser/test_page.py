"""The page in chromium: a teacher's day by clicks, and what breaks meanwhile."""

import aiohttp
from playwright.async_api import BrowserContext, expect

from sandbox.stack import Stack
from tests.browser.teacher_page import SETTLED_WITHIN_MS, TeacherPage

BUDGET_BYTES = 100_000
LOADED = """() => performance.getEntriesByType("resource")
    .filter(({ name }) => name.startsWith(location.origin) && !/edge-(sv|en)\\.js|control/.test(name))
    .concat(performance.getEntriesByType("navigation"))
    .reduce((sum, { transferSize }) => sum + transferSize, 0)"""


async def connections(http: aiohttp.ClientSession, address: str) -> int:
    """Return how many connections the feed's replicas have."""
    async with http.get(f"{address}/control/status") as answer:
        return sum(each["connections"] for each in (await answer.json())["replicas"])


async def test_a_teachers_day(teacher: TeacherPage) -> None:
    """From the login to the results by clicks alone; the bell has heard of it all, and no notification was lost."""
    await teacher.log_in("Maria")
    await teacher.create_class()
    await teacher.register_batch("Skolan om tio år")
    await teacher.hand_in()
    await teacher.confirm_authors()
    await teacher.assess()

    await teacher.batch.get_by_role("button", name="Resultat").click()
    await expect(teacher.dialog.locator("tbody tr")).to_have_count(3)
    await teacher.page.keyboard.press("Escape")
    await teacher.page.get_by_role("button", name="Aviseringar").click()
    await expect(teacher.page.locator(".news")).to_contain_text("Resultaten finns att läsa")
    await expect(teacher.page.locator(".badge")).to_be_hidden()
    await teacher.page.keyboard.press("Escape")
    await teacher.open_drawer()
    await teacher.expect_all_arrived(at_least=12)


async def test_two_tabs_share_a_connection_and_one_outlives_the_other(
    teacher: TeacherPage, context: BrowserContext, sandbox: Stack, http: aiohttp.ClientSession
) -> None:
    """The second tab needs no login and no connection; when the first closes it goes on, nothing lost or twice."""
    await teacher.log_in("Erik")
    second = await TeacherPage.open(context, sandbox)
    await second.wait_live()
    await second.open_drawer()
    assert await connections(http, teacher.address) == 1

    await second.send_notifications()
    await teacher.page.close()

    await second.send_notifications()
    await second.expect_all_arrived(at_least=100)
    assert await connections(http, second.address) == 1


async def test_offline_and_back(teacher: TeacherPage, context: BrowserContext) -> None:
    """Without a network the light says so; with it, everything sent meanwhile arrives, once."""
    await teacher.log_in("Erik")
    await teacher.open_drawer()

    await teacher.send_notifications()
    await context.set_offline(offline=True)
    await expect(teacher.light).to_contain_text("Utan nät")
    await context.set_offline(offline=False)

    await teacher.wait_live()
    await teacher.expect_all_arrived(at_least=50)


async def test_a_replica_is_killed_under_notifications(teacher: TeacherPage) -> None:
    """The page moves to the other replica by itself; nothing is lost and nothing comes twice."""
    await teacher.log_in("Erik")
    await teacher.open_drawer()

    for _ in range(4):
        await teacher.send_notifications()
    await teacher.page.get_by_role("button", name="Döda en replik").click()

    await expect(teacher.page.locator(".replicas .ended")).to_have_count(1)
    await teacher.wait_live()
    await teacher.expect_all_arrived(at_least=200)
    await teacher.page.locator(".replicas .ended").get_by_role("button", name="Starta websocket").click()
    await expect(teacher.page.locator(".replicas .ready")).to_have_count(2, timeout=SETTLED_WITHIN_MS)


async def test_a_lost_network_is_told_with_the_next_attempt(teacher: TeacherPage) -> None:
    """The light counts down to the next attempt, its panel says why, and the page continues where it was."""
    await teacher.log_in("Erik")
    await teacher.open_drawer()

    await teacher.page.get_by_role("button", name="Tappa nätet").click()

    await expect(teacher.light).to_contain_text("Återansluter")
    await teacher.light.click()
    await expect(teacher.page.locator("#connection")).to_contain_text("inget går förlorat")
    await teacher.wait_live()
    await expect(teacher.page.locator(".diary")).to_contain_text("Flödet fortsätter där det var")


async def test_an_expired_login_is_renewed(teacher: TeacherPage) -> None:
    """Tokens that live for seconds are renewed by the page, which stays live and logged in."""
    await teacher.log_in("Erik")
    await teacher.open_drawer()

    await teacher.page.get_by_role("button", name="Låt inloggningen gå ut").click()

    await expect(teacher.page.locator(".diary")).to_contain_text("Inloggningen går ut om")
    await teacher.send_notifications()
    await teacher.expect_all_arrived(at_least=50)
    await expect(teacher.page.locator(".diary")).to_contain_text("Inloggningen håller länge igen", timeout=60_000)


async def test_an_error_is_told_in_words_with_its_number(
    teacher: TeacherPage, sandbox: Stack, http: aiohttp.ClientSession
) -> None:
    """A failure has a title, what to do and the number of its response; what was typed stays, and a retry succeeds."""
    await teacher.log_in("Erik")
    dials = f"{sandbox.addresses.upstreams['cms']}/_sandbox/dials"
    async with http.put(dials, json={"failure": "500", "for_next": 1}) as answer:
        assert answer.ok
    await teacher.page.get_by_role("button", name="Ny klass").click()
    await teacher.dialog.get_by_label("Klassens namn").fill("9C")

    async with teacher.page.expect_response("**/v1/classes") as told:
        await teacher.dialog.get_by_role("button", name="Skapa klassen").click()

    number = await (await told.value).header_value("X-Correlation-ID")
    problem = teacher.dialog.get_by_role("alert")
    await expect(problem.locator("code")).to_have_text(number or "none")
    await expect(problem.locator(".advice")).not_to_be_empty()
    await teacher.dialog.get_by_role("button", name="Skapa klassen").click()
    await expect(teacher.page.locator(".classes").get_by_text("9C")).to_be_visible()


async def test_refused_files_are_told_before_and_after_sending(teacher: TeacherPage) -> None:
    """A picture is refused before anything is sent, an empty essay by the platform afterwards; the rest is received."""
    await teacher.log_in("Lars")
    await teacher.create_class()
    await teacher.register_batch("Med fel")
    await expect(teacher.dialog).to_contain_text("högst 50 MB per fil")
    for name in ("Ta alla", "klassfoto.png", "tom_uppsats.txt"):
        await teacher.dialog.get_by_role("button", name=name).first.click()
    files = teacher.dialog.locator(".files")
    await expect(files.locator(".bad")).to_have_count(1)

    await teacher.dialog.get_by_role("button", name="Skicka 4 uppsatser").click()

    await expect(files.locator(".bad")).to_have_count(2)
    await expect(files.locator(".bad").last).to_contain_text("Uppsatsen är tom")
    await expect(files.get_by_text("Mottagen")).to_have_count(3)


async def test_the_page_is_reached_by_keyboard(teacher: TeacherPage) -> None:
    """Skip link, login, dialog and drawer work by keys; a dialog takes the focus and gives it back."""
    keys = teacher.page.keyboard
    await expect(teacher.page.locator(".people button")).to_have_count(4)
    await keys.press("Tab")
    await expect(teacher.page.locator("#skip")).to_be_focused()
    await keys.press("Enter")
    await keys.press("Tab")
    await keys.press("Enter")
    await teacher.wait_live()

    opener = teacher.page.get_by_role("button", name="Ny klass")
    await opener.focus()
    await keys.press("Enter")
    await expect(teacher.dialog.get_by_label("Klassens namn")).to_be_focused()
    await keys.press("Escape")
    await expect(opener).to_be_focused()
    await teacher.page.locator("#drawer-button").press("Enter")
    await expect(teacher.page.locator("#drawer-title")).to_be_focused()
    await keys.press("Escape")
    await expect(teacher.page.locator("#drawer-button")).to_be_focused()


async def test_the_language_is_switched_and_kept(teacher: TeacherPage) -> None:
    """The page speaks English at once, and still does after a reload."""
    await teacher.page.get_by_role("button", name="English").click()
    await expect(teacher.page.get_by_role("heading", level=1)).to_have_text("Welcome to HuleEdu")

    await teacher.page.reload()

    await expect(teacher.page.get_by_role("heading", level=1)).to_have_text("Welcome to HuleEdu")
    await expect(teacher.page.locator("html")).to_have_attribute("lang", "en")


async def test_the_page_keeps_to_its_budget(teacher: TeacherPage) -> None:
    """The page transfers less than 100 KB."""
    await expect(teacher.page.locator(".people button")).to_have_count(4)

    assert await teacher.page.evaluate(LOADED) < BUDGET_BYTES
