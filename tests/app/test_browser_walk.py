"""The site in a real browser with the real server: what a person does, at a desk and on a phone."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from axe_playwright_python.sync_playwright import Axe

from tests.app.drawings import drawing
from tests.app.test_server import Server

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.processes

SIZES = {"desktop": (1280, 800), "phone": (390, 844)}
SERIOUS = {"serious", "critical"}
PASSWORD = "correct horse battery staple"


@pytest.fixture
def server(tmp_path: Path, migrated: str) -> Iterator[Server]:
    media = tmp_path / "media"
    server = Server(tmp_path, migrated, DEFAULT_STORAGE_DSN=media.as_uri())
    yield server
    assert server.stop() == 0


@pytest.fixture(params=SIZES)
def page(request: pytest.FixtureRequest, app: object, server: Server) -> Iterator[Page]:
    """An empty browser of one size, whose console must stay empty; `app` empties the database.

    It is closed before the server ends: what it still loads would be refused, and said there.
    """
    chromium = shutil.which("chromium")
    if chromium is None:
        pytest.skip("there is no chromium on PATH")
    from playwright.sync_api import sync_playwright

    width, height = SIZES[request.param]
    with sync_playwright() as playwright:
        # Without the sandbox, as containers and root have none.
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": width, "height": height})
        complaints: list[str] = []
        page.on("console", lambda message: complaints.append(message.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        yield page
        browser.close()
    # A form that is refused is a 422, of which the browser makes a line.
    complaints = [each for each in complaints if "status of 422" not in each]
    assert not complaints, "the content policy forbids what the pages need"


def look(page: Page) -> None:
    """Whoever sees little, or uses the keyboard alone, can use the page; it fits the screen."""
    # axe-core is a script of the test, which the pages' own policy forbids: it runs beside it.
    found = Axe().run(page).response["violations"]
    bad = [(each["id"], each["nodes"][0]["html"]) for each in found if each["impact"] in SERIOUS]
    assert not bad, f"{page.url} shuts people out: {bad}"
    wide = page.evaluate("document.documentElement.scrollWidth > window.innerWidth")
    assert not wide, f"{page.url} scrolls sideways"


def register(page: Page, address: str) -> None:
    page.goto(address)
    look(page)
    page.get_by_role("link", name="Register").click()
    look(page)
    page.get_by_label("E-mail").fill("ada@example.org")
    page.get_by_label("Name").fill("Ada")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Register").click()


def test_a_person_registers_asks_votes_sees_the_chart_and_signs_out(
    page: Page, server: Server, tmp_path: Path
) -> None:
    from playwright.sync_api import expect

    picture = tmp_path / "tea.jpg"
    picture.write_bytes(drawing(size=(600, 300)))
    register(page, f"http://127.0.0.1:{server.port}")
    page.get_by_role("link", name="New poll").first.click()
    look(page)
    # Enter in a field does what the large button does, and says what is missing.
    page.get_by_label("Question").press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("not saved")
    look(page)
    page.get_by_label("Question").fill("Tea or coffee?")
    page.get_by_label("Option 1").fill("Tea")
    page.get_by_label("Option 2").fill("Coffee")
    page.get_by_label("File").set_input_files(picture)
    page.get_by_label("What the picture shows").fill("A cup of tea")
    page.get_by_role("button", name="Create poll").click()
    expect(page.get_by_role("heading", name="Tea or coffee?")).to_be_visible()
    shown = page.get_by_role("img", name="A cup of tea")
    expect(shown).to_have_js_property("complete", True)
    assert shown.evaluate("picture => picture.naturalWidth > 0"), (
        "the content policy, or the storage, keeps the picture back"
    )
    look(page)
    page.get_by_label("Coffee").check()
    page.get_by_role("button", name="Vote").click()
    expect(page.get_by_text("Your vote has been counted.")).to_be_visible()
    expect(page.locator(".chart .count")).to_have_text(["0 votes", "1 vote"])
    look(page)
    page.get_by_role("link", name="Account").click()
    look(page)
    page.get_by_role("button", name="Sign out", exact=True).click()
    expect(page.get_by_text("You are signed out.")).to_be_visible()
    page.get_by_role("link", name="Tea or coffee?").click()
    expect(page.get_by_role("button", name="Vote")).to_be_visible()


def test_the_keyboard_reaches_the_content_first(page: Page, server: Server) -> None:
    page.goto(f"http://127.0.0.1:{server.port}")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to content"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "content", (
        "who uses the keyboard walks through the menu on every page"
    )
