"""From what is in the footage to the moment itself: the insights in a real browser, on the real pages."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import expect

from tests.e2e.watching import wait_for
from tests.insight_bench import SEGMENT_S, Planted, open_planted, plant
from tests.made_media import Film, made
from tests.serving import Served, serving

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

SEGMENTS = 4
FILMS = 6
MONDAY = datetime(2026, 3, 2, 12, tzinfo=UTC)
_POINTS = """(key) => {
  const chart = document.querySelector(`.st-key-${key} .js-plotly-plot`);
  if (!chart || !chart._fullLayout) return [];
  const { xaxis, yaxis } = chart._fullLayout;
  const box = chart.getBoundingClientRect();
  return chart._fullData.flatMap((trace) => [...trace.x].map((x, place) => [
    box.left + xaxis._offset + xaxis.d2p(x), box.top + yaxis._offset + yaxis.d2p(trace.y[place]),
  ]));
}"""


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """Serve six films of four segments each, of which the first two look red and the others like nothing."""
    folder = tmp_path_factory.mktemp("insights")
    film = made(Film(seconds=SEGMENTS * SEGMENT_S, width=160, height=96, sound="aac"), ".mp4")
    chance = np.random.default_rng(1)
    with open_planted(folder / "data") as library:
        red = library._parts.embedder.embed_text("red").by_modality["visual"]
        for number in range(FILMS):
            path = folder / f"film {number}.mp4"
            path.write_bytes(film + bytes([number]))  # The same pictures, and other bytes: another video.
            own = red if number < 2 else chance.standard_normal(512) / 23
            vectors = own + 0.01 * chance.standard_normal((SEGMENTS, 512))
            plant(
                library,
                Planted(
                    f"Film {number}",
                    {"visual": vectors},
                    category="first" if number < 3 else "second",
                    recorded_at=MONDAY + timedelta(weeks=number),
                    file=path,
                ),
            )
    with serving(folder / "data", env={"CUEPOINT_ENGINE": "preview"}) as running:
        yield running


def points_on(page: Any, key: str, many: int) -> list[list[float]]:
    """Return where the points of a chart are on the screen, once there are so many and they stay."""
    page.wait_for_function(f"key => ({_POINTS})(key).length === {many}", arg=key, timeout=60_000)
    last: list[list[float]] = []
    while (now := page.evaluate(_POINTS, key)) != last:
        last = now
        page.wait_for_timeout(300)
    return last


def hover(page: Any, point: list[float], shown: Any) -> None:
    """Move over a point as a hand does, again and again, until what is shown there is shown."""
    for _ in range(60):
        page.mouse.move(point[0] - 3, point[1])
        page.mouse.move(*point, steps=3)
        page.wait_for_timeout(100)
        if shown.is_visible():
            return
    raise AssertionError("nothing is shown under the pointer")


def lasso(page: Any, points: list[list[float]], margin: float = 14) -> None:
    """Drag a lasso around points."""
    left, right = min(x for x, _ in points) - margin, max(x for x, _ in points) + margin
    top, bottom = min(y for _, y in points) - margin, max(y for _, y in points) + margin
    page.mouse.move(left, top)
    page.mouse.down()
    for x, y in ((right, top), (right, bottom), (left, bottom), (left, top)):
        page.mouse.move(x, y, steps=6)
    page.mouse.up()


def test_from_the_map_to_the_shot_list(page: Any, served: Served) -> None:
    """Points are hovered, clicked and lassoed; what was chosen plays, and is in the shot list in the end."""
    page.set_viewport_size({"width": 1440, "height": 1200})  # All points in view: the mouse does not scroll.
    page.goto(f"{served.url}/insights")
    expect(page.get_by_text("directions and distances between")).to_be_visible()
    expect(page.get_by_text("This is the first picture")).to_be_hidden(timeout=60_000)
    expect(page.get_by_role("button", name="Stop", exact=True)).to_have_count(0, timeout=60_000)
    points = points_on(page, "insight_map", FILMS * SEGMENTS)
    shown = page.locator(".hover-frame")
    hover(page, points[0], shown)
    expect(shown).to_contain_text(re.compile(r"Film \d\s*0:\d\d"))
    page.mouse.click(*points[0])
    wait_for(page, "v.readyState >= 2")
    expect(page).to_have_url(re.compile(r"at="))
    wait_for(page, "!v.paused || v.currentTime > 0.2")
    lasso(page, points)
    expect(page.get_by_text(f"{FILMS * SEGMENTS} segments of {FILMS} videos")).to_be_visible()
    page.get_by_role("link", name=re.compile("Play Film 3")).first.click()
    wait_for(page, "v.readyState >= 2")
    page.get_by_role("button", name="Keep all").click()
    expect(page.get_by_text(re.compile(rf"Kept {FILMS} moments"))).to_be_visible()
    page.get_by_role("link", name="Shots").click()
    for number in range(FILMS):
        expect(page.get_by_text(f"Film {number}").first).to_be_visible()


def test_from_a_trend_to_its_results(page: Any, served: Served) -> None:
    """Words are followed over the weeks; the bar of a week opens what it counts, by words and dates."""
    page.goto(f"{served.url}/insights?show=trends")
    field = page.get_by_role("combobox", name=re.compile("Words to follow"))
    field.click()
    field.fill("red")
    field.press("Enter")
    field.press("Escape")
    expect(page).to_have_url(re.compile("about=red"))
    expect(page.get_by_text("Share of the footage that shows red, by week")).to_be_visible()
    bars = page.locator(".barlayer .point path")
    expect(bars).to_have_count(FILMS)
    box = bars.nth(1).bounding_box()
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    expect(page).to_have_url(re.compile(r"q=red.*recorded_from=2026-03-09.*recorded_to=2026-03-15"))
    first = page.locator("a.play").first
    expect(first).to_be_visible()
    expect(page.get_by_text("Film 1").first).to_be_visible()
    expect(page.get_by_text("Film 0")).to_have_count(0)


def test_groups_become_a_search_and_a_category(page: Any, served: Served) -> None:
    """A group is named, and its videos get a category; the name is there again after a reload."""
    page.goto(f"{served.url}/insights?show=groups&k=2")
    expect(page.get_by_text(re.compile("2 groups of 24 segments"))).to_be_visible(timeout=60_000)
    page.get_by_role("button", name="Name", exact=True).first.click()
    page.get_by_label("What this group is called").fill("Everything else")
    page.get_by_label("What this group is called").press("Enter")
    expect(page.get_by_text("Everything else").first).to_be_visible()
    page.reload()
    expect(page.get_by_text("Everything else").first).to_be_visible()
    page.get_by_role("button", name="Open as results").first.click()
    expect(page).to_have_url(re.compile("more="))
    expect(page.locator("a.play").first).to_be_visible()


@pytest.mark.parametrize("section", ["map", "groups", "outliers", "repeats", "trends&about=red", "coverage"])
def test_every_section_fits_a_phone(page: Any, served: Served, section: str) -> None:
    """Nothing is wider than a screen of 390 pixels, and nothing fails while it is drawn."""
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(f"{served.url}/insights?show={section}")
    expect(page.get_by_text("Insights", exact=True).first).to_be_visible()
    expect(page.get_by_role("button", name="Stop")).to_have_count(0, timeout=60_000)
    expect(page.get_by_text("Something went wrong")).to_have_count(0)
    width = page.evaluate("document.scrollingElement.scrollWidth")
    assert width <= 390
