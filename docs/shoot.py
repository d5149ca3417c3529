"""Takes the pictures of docs/pages.md: ``python docs/shoot.py URL``, of a Cuepoint with the demo clips.

Pages as they are at 1440 and 390 pixels, light and dark; a palette of colours halves the files.
"""

from __future__ import annotations

import io
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

FOLDER: Final = Path(__file__).resolve().parent
SIZES: Final = {"wide": (1440, 900), "narrow": (390, 844)}
SETTLED_MS: Final = 2500


def search(page: Page, url: str) -> None:
    page.goto(f"{url}/?q=night")
    page.locator("a.play").first.wait_for()


def watch(page: Page, url: str) -> None:
    page.goto(f"{url}/watch")
    page.locator("button.tile").filter(has_text="Harbour at night").click()
    page.get_by_label("Search inside this video").fill("moon")
    page.keyboard.press("Enter")
    page.get_by_text("in order of time,").wait_for()


def shots(page: Page, url: str) -> None:
    page.goto(f"{url}/shots")
    page.get_by_text("Export").first.wait_for()


def insights(page: Page, url: str) -> None:
    page.goto(f"{url}/insights")
    page.get_by_text("directions and distances between").wait_for()
    page.get_by_role("button", name="Stop", exact=True).wait_for(state="hidden")


PAGES: Final[dict[str, Callable[[Page, str], None]]] = {
    "search": search,
    "watch": watch,
    "shots": shots,
    "insights": insights,
}


def keep_some(browser: Browser, url: str) -> None:
    """Put the best three moments of a search into a shot list, unless there is one."""
    page = browser.new_page(viewport={"width": 1440, "height": 900})
    page.goto(f"{url}/shots")
    page.wait_for_timeout(SETTLED_MS)
    if page.get_by_text("Export").count() == 0:
        search(page, url)
        for number in range(3):
            page.get_by_role("button", name="Keep", exact=True).nth(number).click()
            page.wait_for_timeout(SETTLED_MS)
    page.close()


def shoot(browser: Any, url: str) -> None:
    """Write every page in every size and colour."""
    for size, (width, height) in SIZES.items():
        for scheme in ("light", "dark"):
            context = browser.new_context(
                viewport={"width": width, "height": height}, color_scheme=scheme, reduced_motion="reduce"
            )
            page = context.new_page()
            for name, visit in PAGES.items():
                visit(page, url)
                page.wait_for_timeout(SETTLED_MS)
                picture = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
                palette = picture.quantize(256, dither=Image.Dither.NONE)
                palette.save(FOLDER / f"{name}-{size}-{scheme}.png", optimize=True)
            context.close()


def main(url: str) -> None:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        keep_some(browser, url)
        shoot(browser, url)
        browser.close()


if __name__ == "__main__":
    main(sys.argv[1])
