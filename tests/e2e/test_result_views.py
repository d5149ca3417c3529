"""Results as moments, by video and as a table in a browser: what plays, what the address says."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import expect

from tests.e2e.conftest import Bench
from tests.e2e.watching import open_search, wait_for

pytestmark = pytest.mark.browser


def parameters(page: Any) -> dict[str, list[str]]:
    return parse_qs(urlsplit(page.url).query)


def test_similar_tiles_play(page: Any, bench: Bench) -> None:
    """What is folded under a card unfolds, and plays in the player at its own time."""
    open_search(page, bench.url)
    page.get_by_role("button", name="similar").first.click()
    page.locator("a.tile").first.click()
    page.wait_for_url("**at=**")
    start_s = float(parameters(page)["at"][0].split("@")[1].split("-")[0])
    assert start_s > 0
    wait_for(page, f"v.currentTime >= {start_s} - 0.05")


def test_raw_hits_play(page: Any, bench: Bench) -> None:
    """A raw hit under a card plays from where it begins, which is in the address."""
    open_search(page, bench.url)
    page.get_by_role("button", name="Why this result").first.click()
    page.locator("a.hit").nth(1).click()
    page.wait_for_url("**at=**")
    assert parameters(page)["at"] == [f"{bench.video('Red study')}@1.000-4.000"]
    wait_for(page, "!v.paused && v.currentTime >= 1")


def test_the_view_is_in_the_address(page: Any, bench: Bench) -> None:
    """A chosen view is in the address, and the first one leaves it again."""
    open_search(page, bench.url)
    page.get_by_role("radio", name="Videos").click()
    page.wait_for_url("**view=videos**")
    expect(page.locator("li.group").first).to_be_visible()
    page.get_by_role("radio", name="Moments").click()
    expect(page.locator("a.play").first).to_be_visible()
    page.wait_for_function("!location.search.includes('view=')")


def test_a_tile_of_a_video_plays(page: Any, bench: Bench) -> None:
    """In the view by video each moment plays."""
    page.goto(f"{bench.url}/?q=red&view=videos")
    page.locator("a.tile").nth(1).click()
    page.wait_for_url("**at=**")
    assert parameters(page)["at"] == [f"{bench.video('Red study')}@4.000-8.000"]
    wait_for(page, "!v.paused && v.currentTime >= 4")
