"""The search page in a real browser: its address, its keys, its states."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import expect

from tests.e2e.conftest import Bench
from tests.e2e.watching import open_search, paused, wait_for

pytestmark = pytest.mark.browser


def box(page: Any) -> Any:
    return page.get_by_label("Search your footage")


def test_slash_focuses_the_query_box(page: Any, bench: Bench) -> None:
    """The key / goes to the query box from anywhere, and is an ordinary letter inside of it."""
    page.goto(bench.url)
    expect(box(page)).to_be_visible()
    page.wait_for_timeout(300)
    page.keyboard.press("/")
    expect(box(page)).to_be_focused()
    page.keyboard.type("red/blue")
    assert box(page).input_value() == "red/blue"


def test_enter_searches_and_the_address_follows(page: Any, bench: Bench) -> None:
    """Enter runs the query, and the address holds words, place and filters for anybody else."""
    page.goto(bench.url)
    box(page).fill("blue")
    box(page).press("Enter")
    expect(page.locator("a.play").first).to_contain_text("Blue study")
    page.get_by_role("radio", name="Hear", exact=True).click()
    page.wait_for_url("**in=**")
    page.get_by_role("button", name="Filters").click()
    page.get_by_role("combobox", name="Category").click()
    page.get_by_role("option", name="colour").click()
    page.wait_for_url("**category=colour**")
    # What was chosen leaves the filters open, for the next one.
    expect(page.get_by_role("group", name="Recorded from")).to_be_visible()
    assert "q=blue" in page.url
    address = page.url
    page.goto("about:blank")
    page.goto(address)
    expect(page.locator("a.play").first).to_contain_text("Blue study")
    expect(page.get_by_role("radio", name="Hear", exact=True)).to_have_attribute("aria-checked", "true")
    expect(page.get_by_role("button", name="Category: colour")).to_be_visible()
    assert page.url == address


def test_an_example_word_searches(page: Any, bench: Bench) -> None:
    """An example is a query that one click runs."""
    page.goto(bench.url)
    page.get_by_role("button", name="night", exact=True).click()
    expect(page.locator("a.play").first).to_contain_text("Night study")
    page.wait_for_url("**q=night**")


def test_no_good_match_shows_nothing_until_asked(page: Any, bench: Bench) -> None:
    """Where nothing matches well the page says so, and shows the nearest only on demand."""
    page.goto(f"{bench.url}/?q=zeppelin")
    expect(page.get_by_role("heading", name="Nothing here matches well")).to_be_visible()
    expect(page.locator("a.play")).to_have_count(0)
    page.get_by_role("button", name="anyway").click()
    expect(page.locator("a.play").first).to_be_visible()
    page.wait_for_url("**anyway=1**")


def test_a_failing_engine_is_told_in_its_own_sentence(page: Any, bench: Bench) -> None:
    """An engine that is down gets one sentence and a button that tries again; no traceback is on the page."""
    bench.tell(fault=True)
    page.goto(f"{bench.url}/?q=red")
    expect(page.get_by_text("The engine does not answer.")).to_be_visible()
    assert "Traceback" not in page.content()
    bench.tell(fault=False)
    page.get_by_role("button", name="Try again").click()
    expect(page.locator("a.play").first).to_be_visible()


def test_an_unforeseen_error_shows_an_id_and_no_traceback(page: Any, bench: Bench) -> None:
    """Whatever else fails is one plain sentence with an id that the log knows."""
    bench.tell(crash=True)
    page.goto(f"{bench.url}/?q=red")
    expect(page.get_by_text("Something went wrong here.")).to_be_visible()
    assert "ZeroDivisionError" not in page.content()
    assert "Traceback" not in page.content()


def test_an_uploaded_picture_becomes_the_sample(page: Any, bench: Bench) -> None:
    """An uploaded sample searches at once and is named in the address by its content."""
    page.goto(bench.url)
    page.get_by_text("Sample", exact=True).click()
    page.locator("input[type=file]").set_input_files(
        {"name": "still.png", "mimeType": "image/png", "buffer": b"\x89PNG\r\n\x1a\nx"}
    )
    page.wait_for_url("**sample=**")
    expect(page.get_by_role("button", name="Like your picture")).to_be_visible()
    expect(page.locator("a.play").first).to_be_visible()


def test_a_cut_of_a_library_video_becomes_the_sample(page: Any, bench: Bench) -> None:
    """A stretch of a video, by in and out, can be searched with."""
    page.goto(bench.url)
    page.get_by_text("Sample", exact=True).click()
    page.get_by_role("tab", name="From a video").click()
    page.get_by_role("button", name="Use 0:00–0:04 (4.0 s)").click()
    page.wait_for_url("**like=**0.000-4.000**")
    expect(page.get_by_role("button", name="Like Red study")).to_be_visible()


def test_a_new_search_does_not_interrupt_what_plays(page: Any, bench: Bench) -> None:
    """While something is playing, the best result of a new search waits in the list."""
    open_search(page, bench.url)
    page.get_by_role("radio", name="Play on").click()
    page.locator("a.play").nth(1).click()
    wait_for(page, "!v.paused && v.currentTime > 4")
    page.wait_for_url("**at=**")  # Now Python knows which card was chosen, and has drawn the page.
    box(page).fill("green")
    box(page).press("Enter")
    expect(page.locator("a.play").first).to_contain_text("Green study")
    assert not paused(page)
    wait_for(page, "v.currentTime > 5")


def test_the_page_fits_a_phone(page: Any, bench: Bench) -> None:
    """At 390 pixels nothing is wider than the screen, and the player stays in view while the list scrolls."""
    page.set_viewport_size({"width": 390, "height": 844})
    still = page.locator(".cuepoint img, .cuepoint video").first
    for path, last in (
        ("?q=red", page.locator("a.play").last),
        ("library", page.get_by_role("button", name="Watch Night study")),
        ("watch", still),
        (f"watch?video={bench.video('Red study')}", still),
        ("status", page.get_by_role("button", name="Rebuild the index")),
    ):
        page.goto(f"{bench.url}/{path}")
        expect(last).to_be_visible()
        expect(page.locator('[data-test-script-state="notRunning"]')).to_have_count(1)
        # What is drawn last may still push something to the side.
        page.wait_for_timeout(300)
        assert page.evaluate("document.querySelector('[data-testid=stMain]').scrollWidth") <= 390, path
    open_search(page, bench.url)
    page.mouse.move(200, 700)
    page.mouse.wheel(0, 1500)
    page.wait_for_function("document.querySelector('[data-testid=stMain]').scrollTop > 0")
    top = page.locator("video").bounding_box()["y"]
    assert 0 <= top < 120


def test_a_sample_that_cannot_be_used_says_why(page: Any, bench: Bench) -> None:
    """A refused sample is one sentence, and the search stays as it was."""
    page.goto(bench.url)
    page.get_by_text("Sample", exact=True).click()
    page.locator("input[type=file]").set_input_files(
        {"name": "empty.png", "mimeType": "image/png", "buffer": b""}
    )
    expect(page.get_by_text("This sample is empty. Choose another file.")).to_be_visible()
    assert "sample=" not in page.url
