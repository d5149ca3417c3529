"""The uploader in a real browser: what it sends, what it shows, and what it does when something fails."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import expect

from tests.e2e.conftest import Bench

pytestmark = pytest.mark.browser


def file(name: str, size: int = 2000) -> dict[str, Any]:
    return {"name": name, "mimeType": "video/mp4", "buffer": b"x" * size}


def choose(page: Any, *files: dict[str, Any]) -> None:
    page.get_by_label("Choose video files").set_input_files(list(files))


def row(page: Any, name: str) -> Any:
    return page.locator(".item").filter(has=page.get_by_text(name, exact=True))


@pytest.fixture
def library_page(page: Any, bench: Bench) -> Any:
    page.goto(f"{bench.url}/library")
    expect(page.get_by_text("Drop videos here")).to_be_visible()
    return page


def uploads(bench: Bench) -> list[Any]:
    return [call[1:] for call in bench.tell()["calls"] if call[0] == "upload"]


def test_each_file_of_a_batch_has_its_own_outcome(library_page: Any, bench: Bench) -> None:
    """New, known and refused files of one drop are told apart, the refusal in the server's sentence."""
    choose(library_page, file("new.mp4"), file("known.mp4"), file("notes.txt"))
    expect(row(library_page, "new.mp4").locator(".state")).to_have_text("Added")
    expect(row(library_page, "known.mp4").locator(".state")).to_have_text("Already here")
    expect(row(library_page, "notes.txt").locator(".state")).to_have_text("Not added")
    expect(row(library_page, "notes.txt")).to_contain_text("This is not a video.")
    expect(library_page.get_by_text("3 of 3 finished")).to_be_visible()
    library_page.get_by_role("button", name="Clear finished").click()
    expect(library_page.locator(".item")).to_have_count(0)


def test_what_is_sent_says_what_the_page_says(library_page: Any, bench: Bench) -> None:
    """Name, category and tags of the batch go along with each file, whatever letters they have."""
    library_page.get_by_text("Category, tags and date for all of them").first.click()
    library_page.get_by_label("Tags").first.fill("Prag, Künstler ✂")
    library_page.get_by_label("Tags").first.press("Enter")
    library_page.wait_for_timeout(700)
    choose(library_page, file("Größe & <b>.mp4", 3000))
    expect(row(library_page, "Größe & <b>.mp4").locator(".state")).to_have_text("Added")
    (path, details, size), *_ = uploads(bench)
    assert path == "/api/upload"
    assert size == 3000
    assert details["name"] == "Größe & <b>.mp4"
    assert details["tags"] == ["Prag", "Künstler ✂"]
    assert details["category"] is None


def test_the_wish_for_copies_that_fit_is_sent(page: Any, bench: Bench) -> None:
    """For an engine with limits the choice is there, and goes along with each file as it stands."""
    bench.tell(marengo={})
    page.goto(f"{bench.url}/library")
    choose(page, file("one.mp4"))
    expect(row(page, "one.mp4").locator(".state")).to_have_text("Added")
    page.get_by_text("Make a copy that fits Twelve Labs").first.click()
    page.wait_for_timeout(700)
    choose(page, file("two.mp4"))
    expect(row(page, "two.mp4").locator(".state")).to_have_text("Added")
    assert {details["name"]: details["fit"] for _, details, _ in uploads(bench)} == {
        "one.mp4": False,
        "two.mp4": True,
    }


def test_subtitles_of_the_same_name_go_first(library_page: Any, bench: Bench) -> None:
    """A sidecar is sent before its video and named with it; one without a video is told so."""
    choose(library_page, file("film.mp4"), file("film.en.srt", 50), file("other.vtt", 50))
    expect(row(library_page, "film.mp4").locator(".state")).to_have_text("Added")
    expect(row(library_page, "other.vtt")).to_contain_text("No video of the same name")
    (first, details, _), (second, video, _) = uploads(bench)
    assert (first, details) == ("/api/upload/subtitles", {"name": "film.en.srt"})
    assert (second, video["subtitles_id"]) == ("/api/upload", "sub1")


def test_progress_is_shown_two_at_a_time(library_page: Any, bench: Bench) -> None:
    """Two files are on their way at once, the others wait; each shows how far it is."""
    bench.tell(upload_delay_s=0.02)
    choose(library_page, *(file(f"clip{n}.mp4", 6_000_000) for n in range(4)))
    expect(library_page.locator('.item[data-state="sending"]')).to_have_count(2)
    expect(library_page.locator('.item[data-state="waiting"]')).to_have_count(2)
    expect(row(library_page, "clip0.mp4").get_by_role("progressbar")).to_be_visible()
    bench.tell(upload_delay_s=0.0)
    expect(library_page.get_by_text("4 of 4 finished")).to_be_visible()


def test_a_failure_that_may_pass_can_be_tried_again(library_page: Any, bench: Bench) -> None:
    """A file that the server could not take now keeps its place with a button that sends it again."""
    bench.tell(fail_once=True)
    choose(library_page, file("film.mp4"))
    expect(row(library_page, "film.mp4")).to_contain_text("The disk is full.")
    row(library_page, "film.mp4").get_by_role("button", name="Try again").click()
    expect(row(library_page, "film.mp4").locator(".state")).to_have_text("Added")


def test_an_old_link_is_renewed_without_a_word(library_page: Any, bench: Bench) -> None:
    """A page that was open for too long gets a new upload link by itself, and the file arrives."""
    bench.tell(generation=2)
    choose(library_page, file("film.mp4"))
    expect(row(library_page, "film.mp4").locator(".state")).to_have_text("Added")


def test_uploads_go_on_over_a_change_of_page(library_page: Any, bench: Bench) -> None:
    """Going to another page and back interrupts no upload."""
    bench.tell(upload_delay_s=0.02)
    choose(library_page, file("long.mp4", 6_000_000))
    expect(library_page.locator('.item[data-state="sending"]')).to_have_count(1)
    library_page.get_by_role("link", name="Status").click()
    expect(library_page.get_by_role("heading", name="Engine")).to_be_visible()
    bench.tell(upload_delay_s=0.0)
    library_page.get_by_role("link", name="Library").click()
    expect(row(library_page, "long.mp4").locator(".state")).to_have_text("Added")


def test_leaving_while_uploading_is_asked_about(own_page: Any, bench: Bench) -> None:
    """Closing the tab in the middle of an upload makes the browser ask first; afterwards it does not."""
    own_page.goto(f"{bench.url}/library")
    bench.tell(upload_delay_s=0.05)
    choose(own_page, file("long.mp4", 6_000_000))
    expect(own_page.locator('.item[data-state="sending"]')).to_have_count(1)
    asked: list[str] = []
    own_page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.dismiss()))
    own_page.get_by_text("Drop videos here").hover()
    own_page.mouse.click(5, 300)
    own_page.close(run_before_unload=True)
    own_page.wait_for_timeout(500)
    assert asked == ["beforeunload"]


def test_an_upload_can_be_cancelled(library_page: Any, bench: Bench) -> None:
    """A file on its way can be called back, and the next one starts."""
    bench.tell(upload_delay_s=0.05)
    choose(library_page, file("a.mp4", 6_000_000), file("b.mp4", 6_000_000), file("c.mp4", 100))
    library_page.get_by_role("button", name="Cancel the upload of a.mp4").click()
    expect(row(library_page, "a.mp4").locator(".state")).to_have_text("Cancelled")
    bench.tell(upload_delay_s=0.0)
    expect(row(library_page, "c.mp4").locator(".state")).to_have_text("Added")
