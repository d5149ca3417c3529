"""Small pictures in a real browser: scrubbing over cards, the filmstrip of one video, moments elsewhere."""

from __future__ import annotations

import io
import re
from typing import Any
from urllib.parse import parse_qs, urlsplit

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import expect

from tests.e2e.conftest import Bench
from tests.e2e.watching import cued, open_search, wait_for
from tests.ui.clips import BITS

pytestmark = pytest.mark.browser

HOUR_S = 3600.0
RATE = 25
PAINTED = re.compile("background-image")


@pytest.fixture
def page(own_page: Any) -> Any:
    """Return a page whose cache is empty: here it counts what the server is asked for."""
    return own_page


def pictures(bench: Bench) -> dict[str, int]:
    """Return how many sheets and stills were asked for."""
    counts = bench.tell()["counts"]
    return {kind: counts.get(kind, 0) for kind in ("sprites", "thumb")}


def frame_in(picture: bytes) -> int:
    """Return the number that a picture of a made clip carries along its top."""
    shown = np.asarray(Image.open(io.BytesIO(picture)).convert("L"))
    height, width = shown.shape
    number = 0
    for bit in range(BITS):
        lit = shown[round(height * 0.1), round((bit + 0.5) * width / BITS)] > 128
        number = number * 2 + int(lit)
    return number


def rest_on(page: Any, still: Any, share: float) -> None:
    """Put the pointer over a still, so far from its left edge, and leave it there."""
    box = still.bounding_box()
    page.mouse.move(box["x"] + share * box["width"], box["y"] + box["height"] / 2)


def no_sideways(page: Any) -> bool:
    return bool(page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"))


def test_hovering_a_card_scrubs_through_its_moment(page: Any, bench: Bench) -> None:
    """Where the pointer is over the still is the time whose picture is shown; leaving restores the still."""
    open_search(page, bench.url)
    still = page.locator("a.play .shot").nth(1)
    for share, at_s in ((0.02, 4.0), (0.3, 5.0), (0.7, 6.5), (0.99, 7.5)):
        rest_on(page, still, share)
        expect(still.locator(".film-picture")).to_have_attribute("style", showing(at_s))
        assert frame_in(still.screenshot()) == int(at_s * RATE)
    expect(still.locator(".scrub-time")).to_have_text("00:00:07:24")
    page.mouse.move(5, 5)
    expect(still.locator(".film-picture")).to_have_count(0)
    assert frame_in(still.screenshot()) == 6 * RATE


def showing(at_s: float) -> Any:
    """Return what the style says where the tile of a time is shown: ten columns, two tiles a second."""
    return re.compile(rf"background-position: {re.escape(f'{100 * (int(2 * at_s) % 10) / 9:g}'[:5])}")


def test_a_sheet_is_asked_for_once_and_only_by_a_pointer_that_rests(page: Any, bench: Bench) -> None:
    """Drawing the list asks for no sheet, nor does a pointer that passes; resting asks for one, once."""
    open_search(page, bench.url)
    page.mouse.move(5, 5)
    bench.tell(forget=True)
    stills = page.locator("a.play .shot")
    for number in range(4):
        rest_on(page, stills.nth(number), 0.5)
    page.mouse.move(5, 5)
    page.wait_for_timeout(400)
    assert pictures(bench)["sprites"] == 0
    for number in (0, 1, 0):
        for share in (0.1, 0.5, 0.9):
            rest_on(page, stills.nth(number), share)
            expect(stills.nth(number).locator(".film-picture")).to_have_attribute("style", PAINTED)
    assert pictures(bench)["sprites"] == 1


def test_a_finger_scrubs_nothing(browser: Any, bench: Bench) -> None:
    """On a touch screen a tap on a card plays it, and no sheet is asked for."""
    context = browser.new_context(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    try:
        page = context.new_page()
        open_search(page, bench.url)
        bench.tell(forget=True)
        page.locator("a.play").nth(1).tap()
        wait_for(page, "v.currentTime >= 4")
        page.wait_for_timeout(300)
        assert pictures(bench)["sprites"] == 0
    finally:
        context.close()


def test_without_sheets_a_card_stays_a_still(page: Any, bench: Bench) -> None:
    """A video whose sheets are not made yet has its still, whatever the pointer does."""
    bench.tell(sprites=False)
    open_search(page, bench.url)
    still = page.locator("a.play .shot").nth(1)
    rest_on(page, still, 0.3)
    page.wait_for_timeout(300)
    expect(still.locator(".film-picture")).to_have_count(0)
    expect(still.locator(".length")).to_be_visible()


@pytest.mark.parametrize("length_s", [28.0, HOUR_S])
def test_opening_a_video_asks_for_few_pictures(page: Any, bench: Bench, length_s: float) -> None:
    """However many segments a video has, its page opens with at most two sheets and one still."""
    bench.tell(long=["Sand study", length_s])
    bench.tell(forget=True)
    page.goto(f"{bench.url}/watch?video={bench.video('Sand study')}")
    expect(page.locator(".frame")).to_have_count(int(length_s / 4))
    expect(page.locator(".frame .film-picture").first).to_be_visible()
    page.wait_for_timeout(800)
    asked = pictures(bench)
    assert 1 <= asked["sprites"] <= 2
    assert asked["thumb"] <= 1


def test_the_filmstrip_paints_what_comes_into_view(page: Any, bench: Bench) -> None:
    """A frame far down a long film is painted when it is scrolled to, with the picture of its own time."""
    bench.tell(long=["Sand study", HOUR_S])
    page.goto(f"{bench.url}/watch?video={bench.video('Sand study')}")
    frames = page.locator(".frame")
    expect(frames).to_have_count(900)
    late = frames.nth(800)
    expect(late.locator(".film-picture")).to_have_count(0)
    late.scroll_into_view_if_needed()
    expect(late.locator(".film-picture")).to_have_count(1)
    expect(late).to_contain_text("00:53:20:00")
    page.wait_for_timeout(1500)
    # 3202 s is on the tile of 3201 s, and the file of 28 s is 9 s into its 115th turn there.
    assert frame_in(late.locator(".shot").screenshot()) == 9 * RATE


def test_the_filmstrip_opens_where_the_moment_is(page: Any, bench: Bench) -> None:
    """A link to a moment late in a long film shows the segments around it, whatever their boundaries."""
    bench.tell(long=["Sand study", HOUR_S])
    video = bench.video("Sand study")
    page.goto(f"{bench.url}/watch?video={video}&at={video}@3001.000-3009.000")
    expect(page.locator(".frame").nth(750)).to_be_in_viewport()
    expect(page.locator(".frame").nth(750).locator(".film-picture")).to_have_count(1)
    assert page.evaluate("window.scrollY") == 0


def test_without_sheets_the_filmstrip_loads_only_the_stills_in_view(page: Any, bench: Bench) -> None:
    """Where there are no sheets yet the segments have stills, loaded when they come into view."""
    bench.tell(sprites=False, long=["Sand study", HOUR_S])
    bench.tell(forget=True)
    page.goto(f"{bench.url}/watch?video={bench.video('Sand study')}")
    expect(page.locator(".frame")).to_have_count(900)
    expect(page.locator(".frame img").first).to_be_visible()
    page.wait_for_timeout(800)
    assert pictures(bench)["thumb"] < 120


def test_shift_arrows_walk_through_what_was_found_inside(page: Any, bench: Bench) -> None:
    """With a search inside the video, Shift with an arrow goes from match to match."""
    page.goto(f"{bench.url}/watch?video={bench.video('Sand study')}&inside=red")
    cued(page, 0)
    expect(page.locator("li[data-hit=true]")).to_have_count(2)
    for at_s in (4, 16):
        page.keyboard.press("Shift+ArrowRight")
        wait_for(page, f"v.currentTime >= {at_s} && v.currentTime < {at_s} + 4")
    page.keyboard.press("Shift+ArrowLeft")
    wait_for(page, "v.currentTime >= 4 && v.currentTime < 8")
    expect(page.locator(".frame[aria-current=true]")).to_contain_text("00:00:04:00")


def test_moments_elsewhere_play_in_the_same_monitor(page: Any, bench: Bench) -> None:
    """What is like the chosen segment is found on request, plays on this page, and opens its own page."""
    own = bench.video("Sand study")
    before = bench.tell()["searches"]
    page.goto(f"{bench.url}/watch?video={own}&at={own}@4.000-8.000")
    cued(page, 4)
    assert bench.tell()["searches"] == before
    page.get_by_role("button", name="Find moments like this").click()
    expect(page.get_by_text("other videos, like 0:04 – 0:08")).to_be_visible()
    first = page.locator(".elsewhere a.tile").first
    title = first.locator(".title").inner_text()
    assert title != "Sand study"
    first.click()
    page.wait_for_url(f"**at={bench.video(title)}**")
    wait_for(page, "!v.paused")
    expect(page.get_by_role("heading", name="Sand study")).to_be_visible()
    page.wait_for_timeout(500)
    assert bench.tell()["searches"] == before + 1
    page.locator(".elsewhere").get_by_role("button", name="Open this video").first.click()
    expect(page.get_by_role("heading", name=title)).to_be_visible()
    assert parse_qs(urlsplit(page.url).query)["video"] == [bench.video(title)]


def test_like_this_follows_the_playhead(page: Any, bench: Bench) -> None:
    """Where the whole video is in the player, “like this” is the segment in which the playhead stands."""
    page.goto(f"{bench.url}/watch?video={bench.video('Sand study')}")
    cued(page, 0)
    expect(page.get_by_role("button", name="Find moments like this")).to_be_visible()
    for second in range(1, 10):
        page.keyboard.press("ArrowRight")
        wait_for(page, f"!v.seeking && Math.abs(v.currentTime - {second}) < 0.1")
    page.get_by_role("button", name="Find moments like this").click()
    expect(page.get_by_text("like 0:08 – 0:12")).to_be_visible()


def test_the_page_of_a_video_fits_a_narrow_screen(browser: Any, bench: Bench) -> None:
    """At 390 pixels nothing goes sideways but the filmstrip, however long the title is."""
    bench.tell(title="A_title_without_any_space_" * 6)
    name = bench.video("A_title_without_any_space_" * 6)
    context = browser.new_context(viewport={"width": 390, "height": 844})
    try:
        page = context.new_page()
        for path in (f"watch?video={name}&inside=red", "watch", "?q=red"):
            page.goto(f"{bench.url}/{path}")
            expect(page.locator(".cuepoint img, .cuepoint video").first).to_be_visible()
            page.wait_for_timeout(700)
            assert no_sideways(page)
    finally:
        context.close()
