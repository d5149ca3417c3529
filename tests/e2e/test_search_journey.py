"""An analyst's search from the first word to the link that a colleague opens, in the real application."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from core.config import Settings
from core.library import open_library
from core.media.cut import cut_clip
from core.model import Query, Segment, Text
from tests import serving
from tests.e2e.made_once import DemoLibrary
from tests.e2e.watching import wait_for

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(900)]

WORDS = "green"


@pytest.fixture(scope="module")
def served(
    demo: DemoLibrary, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[serving.Served, Path]]:
    """The application over the demo clips, and a clip that was cut out of one of them."""
    folder = tmp_path_factory.mktemp("journey")
    settings = Settings(_env_file=None, data_dir=demo.copied(folder / "data"), engine="preview")
    with open_library(settings) as library:
        best = library.search(Query((Text("fire"),))).moments[0]
        sample = folder / "sample.mp4"
        segment = Segment(best.start_s, min(best.end_s, best.start_s + 4))
        cut_clip(library.source_path(best.video_id), sample, segment, library.video(best.video_id).media)
    with serving.serving(folder / "data") as served:
        yield served, sample


def cards(page: Any) -> list[str]:
    """Return what the cards say, in order."""
    return [" ".join(text.split()) for text in page.locator("a.play").all_inner_texts()]


def settled(page: Any) -> list[str]:
    """Return the cards once the page is done with what it was asked."""
    # What was asked is sent first; a sample then takes as long to embed as the machine needs.
    page.wait_for_timeout(700)
    expect(page.locator('[data-test-script-state="notRunning"]')).to_have_count(1, timeout=120_000)
    page.wait_for_timeout(300)
    expect(page.locator("a.play").first).to_be_visible()
    return cards(page)


def test_the_link_of_a_whole_search_opens_it_elsewhere(
    browser: Any, served: tuple[serving.Served, Path]
) -> None:
    """Words, a clip, the slider, less like this and a filter: the copied link gives a fresh browser the same
    list, and the same moment in the player."""
    application, sample = served
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    page = context.new_page()
    page.goto(application.url)
    box = page.get_by_label("Search your footage")
    box.fill(WORDS)
    box.press("Enter")
    words_only = settled(page)

    page.get_by_role("button", name="Sample", exact=True).click()
    page.locator('input[type="file"]').first.set_input_files(sample)
    page.wait_for_url("**sample=**")
    page.keyboard.press("Escape")
    even = settled(page)
    assert even != words_only

    slider = page.get_by_role("slider", name="Weight of words against sample")
    slider.focus()
    for percent in range(45, 15, -5):
        slider.press("ArrowLeft")
        page.wait_for_url(f"**words={percent}**")
    leaning = settled(page)
    assert leaning != even

    unwanted = leaning[1]
    second = page.locator("li.card").nth(1)
    second.hover()
    second.get_by_role("button", name="Less like this").click()
    page.wait_for_url("**less=**")
    less = settled(page)
    assert less[:2] != leaning[:2]
    assert unwanted not in less[:1]

    page.get_by_role("button", name="Filters").click()
    page.get_by_role("combobox", name="Category").click()
    page.get_by_role("option", name="Nature", exact=True).click()
    page.wait_for_url("**category=Nature**")
    page.keyboard.press("Escape")
    page.keyboard.press("Escape")
    filtered = settled(page)
    assert filtered != less

    last = page.locator("a.play").last
    last.click()
    page.wait_for_url("**at=**")
    wait_for(page, "!v.paused && v.readyState >= 2")
    chosen = page.locator('a.play[aria-current="true"]').inner_text()
    page.get_by_role("button", name="Copy link").click()
    expect(page.get_by_text("Copied")).to_be_visible()
    link = page.evaluate("navigator.clipboard.readText()")
    seen = settled(page)
    context.close()

    fresh = browser.new_context(viewport={"width": 1440, "height": 900})
    elsewhere = fresh.new_page()
    elsewhere.goto(link)
    expect(elsewhere.locator('a.play[aria-current="true"]')).to_have_count(1)
    assert settled(elsewhere) == seen
    assert elsewhere.locator('a.play[aria-current="true"]').inner_text() == chosen
    start_s = float(link.split("at=")[1].split("&")[0].rsplit("%40", 1)[-1].rsplit("@", 1)[-1].split("-")[0])
    wait_for(elsewhere, f"v.readyState >= 2 && Math.abs(v.currentTime - {start_s}) < 0.1")
    fresh.close()
