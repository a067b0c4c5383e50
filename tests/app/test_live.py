"""The one script, in a real browser: an open page of results follows the votes."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from flask import Flask
from werkzeug.serving import make_server

from local.ports import HOST, free_port
from tests.app.browser import Browser

pytestmark = pytest.mark.processes
# Twice the pause of the script, and room for a busy machine.
PATIENCE_MILLISECONDS = 20_000


@pytest.fixture
def address(app: Flask) -> Iterator[str]:
    """The site on a port of this machine."""
    server = make_server(HOST, free_port(), app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://{HOST}:{server.port}"
    server.shutdown()
    thread.join()
    server.server_close()


def test_an_open_page_of_results_follows_the_votes(address: str, app: Flask) -> None:
    chromium = shutil.which("chromium")
    if chromium is None:
        pytest.skip("there is no chromium on PATH")
    from playwright.sync_api import expect, sync_playwright

    visitor = Browser(app)
    poll = visitor.open_poll()
    with sync_playwright() as playwright:
        # Without the sandbox, as containers and root have none.
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        page = browser.new_page()
        complaints: list[str] = []
        page.on("console", lambda message: complaints.append(message.text))
        page.goto(f"{address}{poll}/results")
        expect(page.locator(".chart .count").first).to_have_text("0 votes")
        # In a thread of its own: this one belongs to Playwright.
        with ThreadPoolExecutor() as others:
            others.submit(visitor.vote, poll, "Tea").result()
        expect(page.locator(".chart .count").first).to_have_text(
            "1 vote", timeout=PATIENCE_MILLISECONDS
        )
        browser.close()
    assert not complaints, "the content policy would forbid the script, or what it asks for"
