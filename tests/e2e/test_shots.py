"""The shot list in a real browser: kept, ordered, trimmed, removed and brought back, shared, exported."""

from __future__ import annotations

import random
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.e2e.conftest import Bench
from tests.e2e.watching import cued, frame_shown, open_search, wait_for

pytestmark = pytest.mark.browser

PLACES = [
    ["Red study", 1.0, 3.0],
    ["Green study", 2.0, 4.0],
    ["Blue study", 3.0, 5.0],
    ["Red study", 6.0, 8.0],
    ["Green study", 7.0, 9.0],
]


def kept(bench: Bench) -> dict[str, Any]:
    """Return the list as Python has it."""
    return dict(bench.tell()["lists"][0])


def written(bench: Bench, page: Any, told: Any) -> None:
    """Wait until Python's list is as ``told`` says of its shots."""
    for _ in range(100):
        if told(kept(bench)["shots"]):
            return
        page.wait_for_timeout(100)
    raise AssertionError(kept(bench)["shots"])


def rows(page: Any) -> Any:
    return page.locator("li.row")


def shown(page: Any) -> list[tuple[str, str]]:
    """Return title and In of the rows, from the top."""
    of_row = "[n.querySelector('.title').textContent, n.querySelector('.time input').value]"
    found = rows(page).evaluate_all(f"nodes => nodes.map(n => {of_row})")
    return [(title, start) for title, start in found]


def handles(page: Any) -> Any:
    return page.locator(".row .handle")


@pytest.fixture
def url(bench: Bench, page: Any) -> str:
    """Return the address of a list with five shots, which is open in the browser."""
    bench.tell(shots=["Rough cut", PLACES])
    address = f"{bench.url}/shots?list={kept(bench)['id']}"
    page.goto(address)
    expect(rows(page)).to_have_count(len(PLACES))
    return address


def ids(bench: Bench) -> list[str]:
    return [shot["id"] for shot in kept(bench)["shots"]]


def test_a_shot_plays_and_is_marked(page: Any, bench: Bench, url: str) -> None:
    """A click plays a shot from its In; its row is marked, and the address names it."""
    page.get_by_role("button", name="Play shot 3, Blue study").click()
    wait_for(page, "!v.paused && v.currentTime >= 3")
    expect(rows(page).nth(2)).to_have_attribute("aria-current", "true")
    page.wait_for_url("**at=**")
    page.keyboard.press("Shift+ArrowRight")
    expect(rows(page).nth(3)).to_have_attribute("aria-current", "true")
    expect(page.locator("li.row[aria-current]")).to_have_count(1)
    page.keyboard.press("Shift+ArrowLeft")
    expect(rows(page).nth(2)).to_have_attribute("aria-current", "true")


def test_quick_steps_end_with_the_last(page: Any, bench: Bench, url: str) -> None:
    """However fast somebody goes through the shots, player, row and address agree on the last one."""
    page.get_by_role("button", name="Play shot 1, Red study").click()
    wait_for(page, "!v.paused && v.currentTime >= 1")
    for _ in range(3):
        page.keyboard.press("Shift+ArrowRight")
    page.wait_for_url("**6.000-8.000")
    expect(rows(page).nth(3)).to_have_attribute("aria-current", "true")
    wait_for(page, "v.currentTime >= 6 && v.currentTime < 8.1")


def test_a_row_is_dragged_to_its_place(page: Any, bench: Bench, url: str) -> None:
    """A row that is dragged by its handle is there at once, and Python has the same order."""
    before = ids(bench)
    handle, target = handles(page).nth(0), rows(page).nth(3)
    handle.hover()
    page.mouse.down()
    box = target.bounding_box()
    for step in range(1, 11):
        page.mouse.move(box["x"] + 10, box["y"] + box["height"] * 0.8 - 200 + 20 * step)
    page.mouse.up()
    assert [title for title, _ in shown(page)] == [
        "Green study", "Blue study", "Red study", "Red study", "Green study"]  # fmt: skip
    written(bench, page, lambda shots: [one["id"] for one in shots] == before[1:4] + before[:1] + before[4:])


def test_escape_leaves_a_dragged_row_where_it_was(page: Any, bench: Bench, url: str) -> None:
    """A drag that is broken off changes nothing."""
    before, order = shown(page), ids(bench)
    handles(page).nth(0).hover()
    page.mouse.down()
    box = rows(page).nth(2).bounding_box()
    page.mouse.move(box["x"] + 10, box["y"] + box["height"], steps=5)
    assert shown(page) != before
    page.keyboard.press("Escape")
    page.mouse.up()
    assert shown(page) == before
    page.wait_for_timeout(500)
    assert ids(bench) == order


def test_quick_moves_by_key_end_as_they_are_seen(page: Any, bench: Bench, url: str) -> None:
    """Whatever is pressed how fast: the rows are as a model says, and Python's order becomes the same."""
    model, chance = ids(bench), random.Random(5)
    for _ in range(25):
        place, by = chance.randrange(len(model)), chance.choice([-1, 1])
        handles(page).nth(place).focus()
        page.keyboard.press(f"Alt+Arrow{'Down' if by > 0 else 'Up'}")
        if 0 <= place + by < len(model):
            model.insert(place + by, model.pop(place))
            expect(handles(page).nth(place + by)).to_be_focused()
    seen = shown(page)
    written(bench, page, lambda shots: [one["id"] for one in shots] == model)
    page.reload()
    expect(rows(page)).to_have_count(len(PLACES))
    assert shown(page) == seen


def test_different_changes_in_a_row_are_all_written(page: Any, bench: Bench, url: str) -> None:
    """Notes and ratings of several shots, faster than Python answers, are all kept."""
    for number in range(5):
        page.get_by_label(f"Note on shot {number + 1},").fill(f"take {number}")
        page.locator(".stars").nth(number).locator(".star").nth(number).click()
    written(
        bench,
        page,
        lambda shots: (
            [(one["note"], one["rating"]) for one in shots] == [(f"take {n}", n + 1) for n in range(5)]
        ),
    )


def test_a_note_is_written_with_enter_and_left_with_escape(page: Any, bench: Bench, url: str) -> None:
    """Enter writes a note, Escape brings the old one back."""
    note = page.get_by_label("Note on shot 2,")
    note.fill("the wide one")
    note.press("Enter")
    written(bench, page, lambda shots: shots[1]["note"] == "the wide one")
    note.fill("something else")
    note.press("Escape")
    expect(note).to_have_value("the wide one")
    page.wait_for_timeout(400)
    assert kept(bench)["shots"][1]["note"] == "the wide one"


def test_stars_are_given_by_key(page: Any, bench: Bench, url: str) -> None:
    """The keys 0 to 5 and the arrows rate; the star that is set takes the rating away."""
    stars = page.get_by_role("radiogroup", name="Rating of shot 1,")
    stars.get_by_role("radio", name="1 star").focus()
    page.keyboard.press("4")
    expect(stars.get_by_role("radio", name="4 stars")).to_have_attribute("aria-checked", "true")
    page.keyboard.press("ArrowRight")
    written(bench, page, lambda shots: shots[0]["rating"] == 5)
    page.keyboard.press("0")
    written(bench, page, lambda shots: shots[0]["rating"] == 0)
    stars.get_by_role("radio", name="2 stars").click()
    written(bench, page, lambda shots: shots[0]["rating"] == 2)
    stars.get_by_role("radio", name="2 stars").click()
    written(bench, page, lambda shots: shots[0]["rating"] == 0)


def test_in_and_out_are_typed(page: Any, bench: Bench, url: str) -> None:
    """A typed timecode is the new In, to the frame; the shot in the player begins there."""
    page.get_by_role("button", name="Play shot 1, Red study").click()
    wait_for(page, "!v.paused && v.currentTime >= 1")
    page.keyboard.press("k")
    page.wait_for_url("**at=**")  # Now Python knows as well which shot is in the player.
    start = page.get_by_label("In of shot 1,")
    start.fill("00:00:02:07")
    start.press("Enter")
    written(bench, page, lambda shots: abs(shots[0]["start_s"] - 57 / 25) < 1e-6)
    expect(page.locator("li.row .time .tc").nth(2)).to_have_text("00:00:00:18")
    cued(page, 57 / 25)
    assert frame_shown(page) == 57
    expect(rows(page).nth(0)).to_have_attribute("aria-current", "true")


def test_a_wrong_timecode_is_refused_beside_the_row(page: Any, bench: Bench, url: str) -> None:
    """What is no timecode stays unwritten, and the row says what to write."""
    field = page.get_by_label("Out of shot 1,")
    field.fill("ten")
    field.press("Enter")
    expect(page.locator(".refusal:visible")).to_contain_text("“ten” is no timecode at 25 frames a second")
    expect(field).to_have_value("00:00:03:00")
    assert kept(bench)["shots"][0]["end_s"] == 3.0
    field.fill("00:00:04:00")
    field.press("Enter")
    written(bench, page, lambda shots: shots[0]["end_s"] == 4.0)
    expect(page.locator(".refusal:visible")).to_have_count(0)


def test_the_marks_of_the_player_become_in_and_out(page: Any, bench: Bench, url: str) -> None:
    """In and Out that are marked in the player are set for the shot that plays."""
    page.get_by_role("button", name="Play shot 2, Green study").click()
    wait_for(page, "!v.paused && v.currentTime >= 2")
    page.keyboard.press("k")
    wait_for(page, "v.paused")
    page.keyboard.press(".")
    page.keyboard.press("i")
    page.wait_for_timeout(200)
    frame = frame_shown(page)
    page.get_by_role("button", name="Set In and Out").click()
    written(bench, page, lambda shots: abs(shots[1]["start_s"] - frame / 25) < 1e-3)
    shot = kept(bench)["shots"][1]
    assert (shot["title"], shot["end_s"]) == ("Green study", 4.0)
    expect(rows(page).nth(1)).to_have_attribute("aria-current", "true")


def test_removed_shots_come_back(page: Any, bench: Bench, url: str) -> None:
    """Several selected shots go at once, and Undo brings them back where they were, notes and all."""
    page.get_by_label("Note on shot 4,").fill("keep me")
    page.keyboard.press("Enter")
    written(bench, page, lambda shots: shots[3]["note"] == "keep me")
    before = ids(bench)
    page.get_by_role("checkbox", name="Select shot 2,").check()
    page.get_by_role("checkbox", name="Select shot 4,").check()
    expect(page.get_by_text("2 selected")).to_be_visible()
    page.get_by_role("button", name="Remove", exact=True).click()
    expect(rows(page)).to_have_count(3)
    written(bench, page, lambda shots: len(shots) == 3)
    page.get_by_role("button", name="Undo").click()
    expect(rows(page)).to_have_count(5)
    written(bench, page, lambda shots: [one["id"] for one in shots] == before)
    assert kept(bench)["shots"][3]["note"] == "keep me"


def test_the_last_shot_can_be_brought_back(page: Any, bench: Bench, url: str) -> None:
    """Removing everything leaves an empty list that still offers Undo."""
    page.get_by_role("checkbox", name="Select shot 1,").check()
    page.get_by_role("button", name="Select all").click()
    page.get_by_role("button", name="Remove", exact=True).click()
    expect(page.get_by_text("This list is empty.")).to_be_visible()
    page.get_by_role("button", name="Undo").click()
    expect(rows(page)).to_have_count(5)
    expect(page.get_by_text("This list is empty.")).to_be_hidden()


def test_a_link_shows_the_same_list_to_others(page: Any, bench: Bench, url: str, browser: Any) -> None:
    """Somebody else who opens the address sees the same shots in the same order, as they are now."""
    handles(page).nth(4).focus()
    page.keyboard.press("Alt+ArrowUp")
    page.get_by_label("Note on shot 1,").fill("for you")
    page.keyboard.press("Enter")
    written(bench, page, lambda shots: shots[0]["note"] == "for you")
    fresh = browser.new_context().new_page()
    try:
        fresh.goto(url)
        expect(rows(fresh)).to_have_count(5)
        assert shown(fresh) == shown(page)
        expect(fresh.get_by_label("Note on shot 1,")).to_have_value("for you")
    finally:
        fresh.context.close()


def test_an_older_view_brings_nothing_back(page: Any, bench: Bench, url: str, browser: Any) -> None:
    """A shot that somebody else removed meanwhile stays removed when an older view is put in order."""
    other = browser.new_context().new_page()
    try:
        other.goto(url)
        expect(rows(other)).to_have_count(5)
        rows(other).nth(1).hover()
        other.get_by_role("button", name="Remove: shot 2,").click()
        written(bench, other, lambda shots: len(shots) == 4)
    finally:
        other.context.close()
    first, third, fourth, fifth = ids(bench)
    handles(page).nth(2).focus()
    page.keyboard.press("Alt+ArrowDown")
    expect(rows(page)).to_have_count(4)
    assert ids(bench) == [first, fourth, third, fifth]


def test_an_export_is_downloaded(page: Any, bench: Bench, url: str, tmp_path: Path) -> None:
    """The chosen format comes as a file that reads: five clips in the order of the list."""
    page.get_by_role("button", name="Export").click()
    with page.expect_download() as told:
        page.get_by_role("button", name="Download Final Cut Pro 7 XML").click()
    target = tmp_path / "cut.xml"
    told.value.save_as(target)
    assert told.value.suggested_filename == "Rough cut.xml"
    clips = ET.parse(target).getroot().findall(".//video/track/clipitem")
    assert [(clip.findtext("name"), clip.findtext("in")) for clip in clips] == [
        ("Red study", "25"), ("Green study", "50"), ("Blue study", "75"), ("Red study", "150"),
        ("Green study", "175")]  # fmt: skip


def test_cut_clips_are_followed_and_downloaded(page: Any, bench: Bench, url: str) -> None:
    """The run is seen growing without a press, survives a reload, and ends as a link with its size."""
    page.get_by_role("button", name="Export").click()
    page.get_by_role("button", name="Cut clips (MP4, zip)").click()
    expect(page.get_by_text("Cutting clips: 0 of 5 done")).to_be_visible()
    bench.tell(run={"done": 2, "progress": 0.4})
    expect(page.get_by_text("Cutting clips: 2 of 5 done")).to_be_visible()
    page.reload()
    expect(page.get_by_text("Cutting clips: 2 of 5 done")).to_be_visible()
    bench.tell(run={"done": 5, "progress": 1.0, "state": "ready", "size_bytes": 12_000_000})
    link = page.get_by_role("link", name="Download 5 clips (12.0 MB)")
    expect(link).to_be_visible()
    with page.expect_download() as told:
        link.click()
    assert told.value.suggested_filename == "Rough cut clips.zip"


def test_a_moment_is_kept_from_the_results(page: Any, bench: Bench) -> None:
    """A card's button and the player's key put moments into one list, and a toast says where."""
    open_search(page, bench.url)
    page.get_by_role("button", name="Keep", exact=True).first.click()
    expect(page.get_by_text("in “Shot list”: 1 shot now.")).to_be_visible()
    page.locator("a.play").nth(1).click()
    wait_for(page, "!v.paused")
    page.keyboard.press("s")
    written(bench, page, lambda shots: len(shots) == 2)


def test_what_people_wrote_is_shown_as_text(page: Any, bench: Bench) -> None:
    """Names, notes and titles that look like markup are shown letter by letter."""
    hostile = '<img src=x onerror="window.hacked=1"> **bold**'
    bench.tell(title=hostile)
    bench.tell(shots=[hostile, [[hostile, 1.0, 2.0]]])
    page.goto(f"{bench.url}/shots")
    expect(rows(page)).to_have_count(1)
    expect(rows(page).first).to_contain_text(hostile)
    page.get_by_role("button", name="Lists").click()
    page.get_by_role("button", name="Delete this list").click()
    expect(page.get_by_role("dialog")).to_contain_text(hostile)
    assert page.evaluate("window.hacked") is None


def test_a_narrow_screen_has_all_of_it(page: Any, bench: Bench, url: str) -> None:
    """At 390 pixels nothing goes sideways, and the rows have buttons to move and remove."""
    page.set_viewport_size({"width": 390, "height": 844})
    expect(rows(page)).to_have_count(5)
    width = page.evaluate("document.querySelector('[data-testid=stMain]').scrollWidth")
    assert width <= 390
    for label in (
        "Move down: shot 1,",
        "Remove: shot 1,",
        "Play shot 1,",
        "In of shot 1,",
        "Note on shot 1,",
    ):
        box = page.get_by_label(label).bounding_box()
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= 390
