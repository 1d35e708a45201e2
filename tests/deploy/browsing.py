"""A real browser for the tests of the page: Debian's Chromium, driven by Playwright."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome")


@contextmanager
def browsing(**options) -> Iterator:
    """A browser context; its pages fail the test on script errors. Skips where there is no Chromium."""
    sync_api = pytest.importorskip("playwright.sync_api", reason="needs Playwright: pip install playwright")
    if CHROMIUM is None:
        pytest.skip("needs Chromium: apt-get install chromium")
    with sync_api.sync_playwright() as playwright:
        launch = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=launch)
        try:
            yield browser
        finally:
            browser.close()


class Watched:
    """What went wrong on a page, and where it went: filled while it runs."""

    def __init__(self, page) -> None:
        self.errors: list[str] = []
        self.addresses: list[str] = []
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("dialog", lambda dialog: (self.errors.append(f"dialog: {dialog.message}"), dialog.dismiss()))
        page.on("console", self._console)
        page.on("request", lambda request: self.addresses.append(request.url))

    def _console(self, message) -> None:
        if message.type == "error" and "status of" not in message.text:  # refusals are shown on the page
            self.errors.append(message.text)
