"""Takes the pictures of the README: python bench/screenshots.py URL OUT [QUESTION] (needs Playwright and Chromium)."""

import shutil
import sys
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

DESK, PHONE = {"width": 1180, "height": 820}, {"width": 390, "height": 844}


def answered(page: Page, question: str) -> None:
    page.fill("#question", question)
    page.press("#question", "Enter")
    page.wait_for_function(
        "[...document.querySelectorAll('#turns .text')].every((one) => one.getAttribute('aria-busy') === 'false')",
        timeout=120_000,
    )
    page.wait_for_timeout(300)


def shoot(url: str, out: Path, question: str) -> None:
    out.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        for theme in ("light", "dark"):
            for name, size in {"desk": DESK, "phone": PHONE}.items():
                page = browser.new_page(viewport=size, color_scheme=theme, bypass_csp=True)
                page.set_default_timeout(60_000)
                for view in ("ask", "map", "arena"):
                    page.goto(f"{url}/#{view}")
                    page.wait_for_timeout(600)
                    page.screenshot(path=out / f"{view}-{name}-{theme}.png")
                page.goto(f"{url}/#ask")
                page.wait_for_selector(".suggestions a")
                answered(page, question)
                page.screenshot(path=out / f"chat-{name}-{theme}.png")
                page.close()
        browser.close()


if __name__ == "__main__":
    asked = sys.argv[3] if len(sys.argv) > 3 else "What is the role of Signer?"
    shoot(sys.argv[1].rstrip("/"), Path(sys.argv[2]), asked)
