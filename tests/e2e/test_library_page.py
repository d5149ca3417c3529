"""Library, watch and status pages in a real browser, over the stand-in library."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.e2e.conftest import Bench
from tests.e2e.watching import cued, position, wait_for

pytestmark = pytest.mark.browser


def actions(bench: Bench, name: str) -> list[Any]:
    return [call for call in bench.tell()["calls"] if call[0] == name]


def test_deleting_asks_first_and_about_the_embeddings(page: Any, bench: Bench) -> None:
    """A video is deleted only after a confirmation, which offers to keep its embeddings."""
    video_id = bench.video("Red study")
    page.goto(f"{bench.url}/library")
    page.get_by_role("button", name="Delete: Red study").click()
    expect(page.get_by_role("dialog")).to_contain_text("Delete Red study from the library?")
    page.get_by_role("button", name="Keep it", exact=True).click()
    expect(page.get_by_role("dialog")).to_be_hidden()
    assert actions(bench, "delete") == []
    page.get_by_role("button", name="Delete: Red study").click()
    page.get_by_text("Keep its embeddings").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete", exact=True).click()
    expect(page.get_by_role("button", name="Watch Red study")).to_be_hidden()
    assert actions(bench, "delete") == [["delete", video_id, True]]


def test_editing_changes_what_is_shown(page: Any, bench: Bench) -> None:
    """Title, category and tags are edited in a dialog, and the list shows them at once."""
    page.goto(f"{bench.url}/library")
    page.get_by_role("button", name="Edit: Blue study").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Title").fill("Harbour at dusk")
    dialog.get_by_label("Tags, separated by commas").fill("harbour, dusk")
    dialog.get_by_role("button", name="Save").click()
    expect(page.get_by_role("button", name="Watch Harbour at dusk")).to_be_visible()
    expect(page.get_by_text("harbour, dusk")).to_be_visible()


def test_progress_moves_and_then_the_polling_stops(page: Any, bench: Bench) -> None:
    """A running job's progress is refreshed by itself, and nothing is asked any more once it is done."""
    bench.tell(job={"title": "Green study", "state": "embedding", "progress": 0.25})
    page.goto(f"{bench.url}/library")
    expect(page.get_by_text("Embedding 25%")).to_be_visible()
    bench.tell(job={"title": "Green study", "state": "embedding", "progress": 0.75})
    expect(page.get_by_text("Embedding 75%")).to_be_visible()
    bench.tell(job={"title": "Green study", "state": "ready"})
    expect(page.get_by_text("Embedding 75%")).to_be_hidden()
    page.wait_for_timeout(1500)
    before = bench.tell()["listed"]
    page.wait_for_timeout(3000)
    assert bench.tell()["listed"] == before


def test_a_failed_job_says_why_and_can_be_retried(page: Any, bench: Bench) -> None:
    """A failed video shows its message and a button that starts it again."""
    bench.tell(
        job={
            "title": "Green study",
            "state": "failed",
            "message": "The engine refused this video: too short.",
        }
    )
    page.goto(f"{bench.url}/library")
    expect(page.get_by_text("too short.")).to_be_visible()
    page.get_by_role("button", name="Try again: Green study").click()
    expect(page.get_by_text("Waiting")).to_be_visible()


def test_a_fitted_copy_is_one_press_away(page: Any, bench: Bench) -> None:
    """Where a copy that fits would help, the reason has a button beside it that sends one."""
    low = "This video is 180 pixels high; Marengo needs at least 360."
    bench.tell(marengo={}, job={"title": "Green study", "state": "failed", "message": low})
    page.goto(f"{bench.url}/library")
    expect(page.get_by_text(low)).to_be_visible()
    expect(page.get_by_role("button", name="Send a fitted copy: Red study")).to_be_hidden()
    page.get_by_role("button", name="Send a fitted copy: Green study").click()
    expect(page.get_by_text("Waiting")).to_be_visible()
    expect(page.get_by_role("button", name="Send a fitted copy: Green study")).to_be_hidden()
    assert actions(bench, "fit") == [["fit", bench.video("Green study")]]


def test_a_title_opens_the_video(page: Any, bench: Bench) -> None:
    """A row leads to the page of its video."""
    page.goto(f"{bench.url}/library")
    page.get_by_role("button", name="Watch Sand study").click()
    expect(page.get_by_role("heading", name="Sand study")).to_be_visible()
    page.wait_for_url("**/watch?video=**")


def test_a_segment_plays_at_once(page: Any, bench: Bench) -> None:
    """A picture in the wall of segments plays that segment in the browser."""
    page.goto(f"{bench.url}/watch?video={bench.video('Sand study')}")
    cued(page, 0)
    page.get_by_role("button", name="Play 00:00:08:00").click()
    wait_for(page, "!v.paused && v.currentTime >= 8")
    page.wait_for_url("**at=**")
    page.wait_for_timeout(500)
    assert position(page) > 8.3


def test_the_way_back_leads_to_the_same_search(page: Any, bench: Bench) -> None:
    """From a video that was opened out of the results there is a way back to them."""
    page.goto(f"{bench.url}/?q=blue&in=See")
    page.get_by_role("button", name="Open this video").first.click()
    expect(page.get_by_role("heading", name="Blue study")).to_be_visible()
    page.get_by_role("link", name="Back to the search").click()
    expect(page.locator("a.play").first).to_contain_text("Blue study")
    assert page.get_by_label("Search your footage").input_value() == "blue"


def test_shift_arrows_walk_through_the_segments(page: Any, bench: Bench) -> None:
    """On the page of one video Shift with an arrow plays the next and the previous segment."""
    page.goto(
        f"{bench.url}/watch?video={bench.video('Sand study')}&at={bench.video('Sand study')}@4.000-8.000"
    )
    cued(page, 4)
    page.keyboard.press("Shift+ArrowRight")
    wait_for(page, "!v.paused && v.currentTime >= 8 && v.currentTime < 10")
    page.keyboard.press("Shift+ArrowLeft")
    wait_for(page, "v.currentTime >= 4 && v.currentTime < 6")


def test_the_list_is_downloaded_as_csv(page: Any, bench: Bench) -> None:
    """The list of videos is one click away as a table for spreadsheets, formulas made harmless."""
    bench.tell(title="=1+1")
    page.goto(f"{bench.url}/library")
    with page.expect_download() as download:
        page.get_by_role("button", name="CSV").click()
    text = Path(download.value.path()).read_text(encoding="utf-8-sig")
    assert text.startswith("title,status,")
    assert "\n'=1+1,ready," in text
    assert download.value.suggested_filename == "cuepoint-videos.csv"


def test_rebuilding_asks_first(page: Any, bench: Bench) -> None:
    """The index is rebuilt only after a confirmation, and the page says what was written."""
    page.goto(f"{bench.url}/status")
    page.get_by_role("button", name="Rebuild the index").click()
    assert actions(bench, "rebuild") == []
    page.get_by_role("dialog").get_by_role("button", name="Rebuild", exact=True).click()
    expect(page.get_by_text("Rebuilt: 5 videos")).to_be_visible()
    assert actions(bench, "rebuild") == [["rebuild"]]
