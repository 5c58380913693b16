"""What a teacher does on the page, by clicks."""

from dataclasses import dataclass
from typing import Self

from playwright.async_api import BrowserContext, Locator, Page, expect

from sandbox.stack import Stack

LIVE = "Live"
ASSESSED_WITHIN_MS = 60_000
SETTLED_WITHIN_MS = 60_000


@dataclass(frozen=True)
class TeacherPage:
    """One tab of the page, in Swedish."""

    page: Page
    address: str

    @classmethod
    async def open(cls, context: BrowserContext, sandbox: Stack) -> Self:
        """Open the page in a new tab."""
        address = sandbox.addresses.page
        assert address is not None
        page = await context.new_page()
        await page.goto(address)
        return cls(page, address)

    @property
    def dialog(self) -> Locator:
        """The dialog that is open."""
        return self.page.get_by_role("dialog").last

    @property
    def batch(self) -> Locator:
        """The newest batch."""
        return self.page.locator(".batch").first

    @property
    def light(self) -> Locator:
        """The light of the connection."""
        return self.page.locator(".light")

    async def log_in(self, name: str) -> None:
        """Log in as that teacher and wait for the feed."""
        await self.page.get_by_role("button", name=name).click()
        await self.wait_live()

    async def wait_live(self) -> None:
        """Wait until the light is live."""
        await expect(self.light.locator(".label")).to_have_text(LIVE, timeout=SETTLED_WITHIN_MS)

    async def create_class(self) -> None:
        """Create a class with the pupils that the sandbox suggests."""
        await self.page.get_by_role("button", name="Ny klass").click()
        await self.dialog.get_by_role("button", name="Skapa klassen").click()
        await expect(self.page.locator(".classes")).to_contain_text("3 elever")

    async def register_batch(self, title: str) -> None:
        """Register a batch for the class; the dialog for its essays opens."""
        await self.page.get_by_role("button", name="Ny omgång för 8B").first.click()
        await self.dialog.get_by_label("Uppgiftens namn").fill(title)
        await self.dialog.get_by_role("button", name="Fortsätt").click()
        await expect(self.dialog.get_by_role("heading")).to_contain_text(title)

    async def hand_in(self) -> None:
        """Hand in the sandbox's essays, and close the dialog."""
        await self.dialog.get_by_role("button", name="Ta alla").click()
        await self.dialog.get_by_role("button", name="Skicka 3 uppsatser").click()
        await expect(self.dialog.get_by_text("Mottagen")).to_have_count(3)
        await self.page.keyboard.press("Escape")

    async def confirm_authors(self) -> None:
        """Confirm who wrote what, as suggested."""
        await self.page.locator(".waiting").get_by_role("button", name="Bekräfta").click()
        await expect(self.dialog.locator("select")).to_have_count(3)
        await self.dialog.get_by_role("button", name="Bekräfta").click()
        await expect(self.batch).to_contain_text("Redo")

    async def assess(self, *, becomes: str = "Klar") -> None:
        """Start a comparative judgement and wait for its end."""
        await self.batch.get_by_role("button", name="Starta bedömning").click()
        await self.dialog.get_by_role("button", name="Starta", exact=True).click()
        await expect(self.batch.locator(".status")).to_have_text(becomes, timeout=ASSESSED_WITHIN_MS)

    async def open_drawer(self) -> None:
        """Open the drawer "Try it"."""
        await self.page.locator("#drawer-button").click()
        await expect(self.page.locator(".replicas li")).to_have_count(2)

    async def send_notifications(self) -> None:
        """Have the platform send fifty, by the drawer."""
        await self.page.get_by_role("button", name="Skicka 50 aviseringar").click()

    async def expect_all_arrived(self, *, at_least: int) -> None:
        """Claim that everything sent has arrived in this tab, nothing lost and nothing twice."""
        figures = self.page.locator(".figures")
        await self.page.wait_for_function(
            "least => Number(document.querySelector('.figures .received dd').textContent) >= least",
            arg=at_least,
            timeout=SETTLED_WITHIN_MS,
        )
        await expect(figures.locator(".under_way dd")).to_have_text("0", timeout=SETTLED_WITHIN_MS)
        sent, received, under_way, lost, twice = [int(text) for text in await figures.locator("dd").all_inner_texts()]
        assert (received, under_way, lost, twice) == (sent, 0, 0, 0)
