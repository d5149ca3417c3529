"""A folder is moved, and found again: the whole way in a real browser, over the real application."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from core.config import Settings
from core.library import open_library
from tests.e2e.conftest import Bench
from tests.e2e.watching import wait_for
from tests.made_media import Film, made
from tests.serving import serving

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]


def test_a_moved_folder_is_found_again_and_plays(page: Any, tmp_path: Path) -> None:
    """The mark is seen, the player points to the Library page, one folder is named, and the film plays."""
    old = tmp_path / "films" / "old"
    old.mkdir(parents=True)
    for number, name in enumerate(("harvest", "parade")):
        (old / f"{name}.mp4").write_bytes(made(Film(seconds=5.0 + number, sound="aac"), ".mp4"))
    with open_library(Settings(data_dir=tmp_path / "data", engine="preview")) as library:
        video = library.add_file(old / "harvest.mp4", title="Harvest")
        library.add_file(old / "parade.mp4", title="Parade")
        library.wait(120)
    shutil.move(old, tmp_path / "films" / "new")
    with serving(tmp_path / "data", env={"CUEPOINT_ENGINE": "preview"}) as served:
        page.goto(f"{served.url}/watch?video={video.id}")
        gone = page.get_by_role("region", name="Player").get_by_text("find it from the Library page")
        expect(gone).to_be_visible()
        page.goto(f"{served.url}/library")
        expect(page.get_by_text("2 videos' files are not where they were.")).to_be_visible()
        expect(page.get_by_text("File missing", exact=True)).to_have_count(2)
        page.get_by_role("button", name="Find them").click()
        expect(page.get_by_label("Folder", exact=True)).to_have_value(str(tmp_path / "films"))
        page.get_by_role("button", name="Look there").click()
        expect(page.get_by_text("2 of 2 found and linked again.")).to_be_visible()
        expect(page.get_by_text("File missing", exact=True).locator("visible=true")).to_have_count(0)
        page.get_by_role("button", name="Close", exact=True).click()
        expect(page.get_by_text("Find moved files")).to_be_hidden()
        page.get_by_role("button", name="Watch Harvest").click()
        wait_for(page, "v.readyState >= 2")
        page.locator("video").evaluate("v => { v.muted = true; return v.play(); }")
        wait_for(page, "v.currentTime > 0.5")


def test_a_file_that_is_gone_is_marked_in_the_list(page: Any, bench: Bench) -> None:
    """Only the row whose file is missing is marked; folders that are left are one press away."""
    bench.tell(lost=["Green study"])
    page.goto(f"{bench.url}/library")
    row = page.get_by_role("listitem").filter(has_text="Green study")
    expect(row.get_by_text("File missing")).to_be_visible()
    other = page.get_by_role("listitem").filter(has_text="Red study")
    expect(other.get_by_text("File missing")).to_be_hidden()
    page.get_by_role("button", name="Find it").click()
    page.get_by_role("button", name="/films", exact=True).click()
    expect(page.get_by_label("Folder", exact=True)).to_have_value("/films")
    page.get_by_role("button", name="Look there").click()
    expect(page.get_by_text("0 of 1 found")).to_be_visible()
    page.get_by_role("button", name="Stop", exact=True).click()
    expect(page.get_by_text("Stopped. None was found until then.")).to_be_visible()
