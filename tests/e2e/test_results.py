"""The list of results in a real browser: cards, chips, keys, links, and what they ask of Python."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import expect

from tests.e2e.conftest import Bench
from tests.e2e.watching import cued, open_search, wait_for

pytestmark = pytest.mark.browser

HOSTILE = (
    '<img src=x onerror="window.hacked=1"> **bold** [link](https://example.org) :red[x] $a$ '
    ":smile: www.example.org a@example.org"
)


def parameters(page: Any) -> dict[str, list[str]]:
    return parse_qs(urlsplit(page.url).query)


def cards(page: Any) -> Any:
    return page.locator("a.play")


def test_the_chosen_moment_goes_into_the_address(page: Any, bench: Bench, browser: Any) -> None:
    """A chosen moment is in the address, which shows the same moment paused in a fresh browser."""
    open_search(page, bench.url)
    cards(page).nth(1).click()
    page.wait_for_url("**at=**")
    assert parameters(page)["at"] == [f"{bench.video('Red study')}@4.000-8.000"]
    fresh = browser.new_context().new_page()
    try:
        fresh.goto(page.url)
        cued(fresh, 4)
        expect(fresh.locator("a.play").nth(1)).to_have_attribute("aria-current", "true")
        assert fresh.get_by_label("Search your footage").input_value() == "red"
    finally:
        fresh.context.close()


def test_choosing_a_card_does_not_search_again(page: Any, bench: Bench) -> None:
    """Watching results costs no search."""
    open_search(page, bench.url)
    before = bench.tell()["searches"]
    for number in (1, 2, 0):
        cards(page).nth(number).click()
    page.wait_for_timeout(600)
    assert bench.tell()["searches"] == before


def test_chips_say_what_was_understood(page: Any, bench: Bench) -> None:
    """Understood and ignored words are shown apart."""
    open_search(page, bench.url, "red zeppelin")
    expect(page.locator(".chip.understood")).to_contain_text("red")
    expect(page.locator(".chip.ignored")).to_contain_text("zeppelin")


def test_arrow_keys_move_through_the_cards_and_enter_plays(page: Any, bench: Bench) -> None:
    """The focus goes down and up through the cards, and Enter plays the one that has it."""
    open_search(page, bench.url)
    cards(page).first.focus()
    page.keyboard.press("ArrowDown")
    expect(cards(page).nth(1)).to_be_focused()
    page.keyboard.press("Enter")
    wait_for(page, "!v.paused && v.currentTime >= 4")
    page.keyboard.press("ArrowUp")
    expect(cards(page).nth(0)).to_be_focused()


def test_details_show_cosines_and_no_percentage(page: Any, bench: Bench) -> None:
    """Why a result was found is a table of cosines per part of the query; nothing is called a percentage."""
    open_search(page, bench.url)
    page.get_by_role("button", name="Why this result").first.click()
    details = page.locator(".details").first
    expect(details).to_contain_text("0.310")
    expect(details).to_contain_text("red")
    assert "%" not in details.inner_text()


def test_a_result_becomes_the_sample(page: Any, bench: Bench) -> None:
    """Any result can be searched with; with words beside it the slider and both weights appear."""
    open_search(page, bench.url)
    page.get_by_role("button", name="Search with this moment as a sample").first.click()
    page.wait_for_url("**like=**")
    assert parameters(page)["like"] == [f"{bench.video('Red study')}@0.000-4.000"]
    expect(page.get_by_text("words 50 % · clip 50 %")).to_be_visible()
    page.get_by_role("slider", name="Weight of words against sample").focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    expect(page.get_by_text("words 60 % · clip 40 %")).to_be_visible()
    page.wait_for_url("**words=60**")
    page.get_by_role("button", name="Like Red study").click()
    expect(page.get_by_text("words 60 % · clip 40 %")).to_be_hidden()
    assert "like" not in parameters(page)


def test_more_of_one_video(page: Any, bench: Bench) -> None:
    """What the cap held back is one click away, as a filter on that video that the address knows."""
    open_search(page, bench.url)
    page.get_by_role("button", name="more in this video").first.click()
    page.wait_for_url("**videos=**")
    expect(cards(page)).to_have_count(3)
    expect(page.locator("[class*='st-key-chip_filter_videos_']")).to_be_visible()


def test_what_people_wrote_is_shown_as_text(page: Any, bench: Bench) -> None:
    """A title that looks like markup is shown letter by letter on every page."""
    bench.tell(title=HOSTILE)
    open_search(page, bench.url)
    expect(cards(page).first).to_contain_text(HOSTILE)
    for path in ("library", "watch", f"watch?video={bench.video(HOSTILE)}"):
        page.goto(f"{bench.url}/{path}")
        expect(page.get_by_text(HOSTILE).first).to_be_visible()
    page.goto(f"{bench.url}/library")
    page.get_by_role("button", name="Delete: <img").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("Delete <img src=x")
    # In markdown an address is kept from becoming a link by a sign that nobody sees.
    assert HOSTILE in dialog.inner_text().replace("\u2060", "")
    assert dialog.locator("a, img").count() == 0
    assert page.evaluate("window.hacked") is None


def test_a_slow_or_missing_picture_moves_nothing(own_page: Any, bench: Bench) -> None:
    """The place of a picture is kept: a card is as high without it as with it."""
    own_page.route("**/thumb-*", lambda route: route.abort())
    open_search(own_page, bench.url)
    without = cards(own_page).first.bounding_box()["height"]
    own_page.unroute("**/thumb-*")
    open_search(own_page, bench.url)
    own_page.wait_for_function("document.images.length >= 0")
    own_page.wait_for_timeout(500)
    assert cards(own_page).first.bounding_box()["height"] == without


def test_keeping_a_card_says_where_it_went(page: Any, bench: Bench) -> None:
    """A card is kept by one press: a toast names the list, nothing is searched and the player stays."""
    open_search(page, bench.url)
    before = bench.tell()["searches"]
    page.get_by_role("button", name="Keep", exact=True).and_(page.locator(".card .keep")).nth(1).click()
    expect(page.get_by_text("1 shot now")).to_be_visible()
    page.locator(".card .keep").nth(2).click()
    expect(page.get_by_text("2 shots now")).to_be_visible()
    assert bench.tell()["searches"] == before
    wait_for(page, "v.paused && v.currentTime < 0.1")
