"""What people come for, from the first page to the moving picture, in the real application."""

from __future__ import annotations

import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from playwright.sync_api import expect

from core.config import Settings
from core.errors import LibraryBusy
from core.layout import Layout
from core.library import open_library
from core.media.stills import frame_at
from core.tokens import Tokens, load_secret
from tests import serving
from tests.e2e.made_once import DemoLibrary
from tests.e2e.real import difference, drop, outcome, picture_on_screen, small
from tests.e2e.watching import cued, open_search, position, video, wait_for

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(900)]


def words(page: Any, text: str) -> None:
    box = page.get_by_label("Search your footage")
    box.fill(text)
    box.press("Enter")


def wait_until_ready(page: Any, url: str, count: int, timeout_s: float = 300) -> None:
    """Wait until the library page says of so many videos that they are ready."""
    page.goto(f"{url}/library")
    rows = page.locator(".videolist .row")
    try:
        expect(rows.filter(has_text="Ready ·")).to_have_count(count, timeout=timeout_s * 1000)
    except AssertionError:
        shown = page.locator("[data-testid=stMain]").inner_text()
        raise AssertionError((rows.all_inner_texts(), shown)) from None


def moment_of(card: Any) -> tuple[str, float]:
    """Return the video of a card and the time at which its moment begins."""
    [place] = parse_qs(urlsplit(card.get_attribute("href")).query)["at"]
    video_id, _, times = place.partition("@")
    return video_id, float(times.partition("-")[0])


def wait_until_refused(link: str) -> None:
    """Wait until a media link has expired; it lives for six seconds at most."""
    for _ in range(200):
        answer = httpx.get(link, headers={"Range": "bytes=0-0"}, trust_env=False)
        if answer.status_code == 410:
            return
        assert answer.status_code == 206, answer.text
        time.sleep(0.1)
    raise AssertionError("the link does not expire")


# A file of every container, codec and size of picture that the footage has, and one without a picture.
SOME = (
    "asl_walk.mkv",
    "bbb_hevc.mov",
    "bbb_vp9_opus.webm",
    "big_buck_bunny_0_30.webm",
    "intel_classroom.mp4",
    "whisper_jfk.flac",
)


@pytest.fixture(scope="module", params=["some", pytest.param("all", marks=pytest.mark.soak)])
def filled(
    request: pytest.FixtureRequest, footage: Path, browser: Any, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[serving.Served, dict[str, str]]]:
    files = sorted(path for path in footage.iterdir() if path.suffix != ".md")
    if request.param == "some":
        files = [path for path in files if path.name in SOME]
        assert len(files) == len(SOME)
    with serving.serving(tmp_path_factory.mktemp("footage") / "data") as served:
        page = browser.new_page(viewport={"width": 1440, "height": 900})
        drop(page, served.url, files)
        said = {file.name: outcome(page, file.name) for file in files}
        wait_until_ready(page, served.url, sum("Added" in word for word in said.values()))
        page.close()
        yield served, said


class TestFootage:
    """One application that was given real footage in one drop; all that there is in the trial."""

    def test_every_playable_file_of_one_drop_is_ready(self, filled: Any) -> None:
        """All videos of one drop are added and become ready; the sound file is declined with its reason."""
        _, said = filled
        declined = {name: words for name, words in said.items() if "Added" not in words}
        assert list(declined) == ["whisper_jfk.flac"]
        assert "no picture" in declined["whisper_jfk.flac"]

    def test_a_result_shows_the_right_frame(self, filled: Any, page: Any, footage: Path) -> None:
        """A click on a card shows the frame that a decoder finds at that time, and no neighbour's."""
        served, _ = filled
        page.goto(f"{served.url}/?q=fire")
        card = (
            page.locator("a.play")
            .filter(has_text="tears_of_steel")
            .or_(page.locator("a.play").filter(has_text="big_buck_bunny"))
        )
        card.first.click()
        page.wait_for_url("**at=**")
        start_s = float(page.url.rsplit("%40", 1)[-1].rsplit("@", 1)[-1].split("-")[0])
        wait_for(page, f"!v.seeking && v.currentTime > {start_s} + 0.3")
        page.keyboard.press("k")
        wait_for(page, "v.paused && !v.seeking && v.readyState >= 2")
        at_s = position(page)
        assert start_s <= at_s < start_s + 4
        shown = picture_on_screen(page)
        name = page.locator('a.play[aria-current="true"] .title').inner_text()
        source = next(footage.glob(f"{name}.*"))
        right = difference(shown, small(frame_at(source, at_s)))
        assert right < 5
        assert right < difference(shown, small(frame_at(source, at_s + 2)))

    def test_hevc_plays(self, filled: Any, page: Any, footage: Path) -> None:
        """A film that the browser cannot play is watched through its playable copy, at the same times."""
        served, _ = filled
        page.goto(f"{served.url}/library")
        page.get_by_text("bbb_hevc", exact=True).first.click()
        wait_for(page, "v.readyState >= 2")
        video(page).evaluate("v => { v.muted = true; v.currentTime = 5; return v.play(); }")
        wait_for(page, "v.currentTime > 5.4")
        video(page).evaluate("v => { v.pause(); v.currentTime = 7; }")
        cued(page, 7.0)
        right = difference(picture_on_screen(page), small(frame_at(footage / "bbb_hevc.mov", 7.0)))
        assert right < 6

    def test_a_link_opens_the_same_search_elsewhere(self, filled: Any, browser: Any, page: Any) -> None:
        """The address of a search with a chosen moment gives another browser the same list and moment."""
        served, _ = filled
        open_search(page, served.url, "green")
        cards = page.locator("a.play")
        cards.nth(1).click()
        page.wait_for_url("**at=**")
        seen = cards.all_inner_texts()
        chosen = page.locator('a.play[aria-current="true"]').inner_text()
        other = browser.new_context(viewport={"width": 1440, "height": 900})
        elsewhere = other.new_page()
        elsewhere.goto(page.url)
        expect(elsewhere.locator('a.play[aria-current="true"]')).to_have_count(1)
        assert elsewhere.locator("a.play").all_inner_texts() == seen
        assert elsewhere.locator('a.play[aria-current="true"]').inner_text() == chosen
        other.close()

    def test_a_sample_clip_finds_its_video_and_the_slider_weighs_it(
        self, filled: Any, page: Any, footage: Path
    ) -> None:
        """An uploaded clip finds its own video first; with words beside it the slider says both shares."""
        served, _ = filled
        page.goto(served.url)
        page.get_by_role("button", name="Sample").click()
        page.locator('input[type="file"]').first.set_input_files(footage / "intel_classroom.mp4")
        expect(page.get_by_role("button", name="Like your clip")).to_be_visible()
        expect(page.locator("a.play").first).to_contain_text("classroom")
        words(page, "green")
        expect(page.get_by_text("50 %").first).to_be_visible()


def test_demo_to_watching_in_three_clicks(browser: Any, demo: DemoLibrary) -> None:
    """From an empty library three clicks lead to a moving picture: fill, an example word, a card."""
    journey = demo.journey
    assert journey is not None
    assert len(journey.clicks) == 3
    assert "6 videos ready to search" in journey.ready
    assert "Campfire" in journey.first_card
    assert journey.playing_at_s > 0.2


def test_work_goes_on_after_a_closed_tab_and_a_killed_process(
    tmp_path: Path, browser: Any, made_film: Path
) -> None:
    """A video that was added is indexed although its tab was closed and the process killed."""
    served = serving.start(tmp_path / "data")
    page = browser.new_page()
    drop(page, served.url, [made_film])
    page.close()
    served.stop(signal.SIGKILL)
    with serving.serving(tmp_path / "data") as again:
        page = browser.new_page()
        wait_until_ready(page, again.url, 1)
        page.close()


def test_an_expired_link_is_renewed(tmp_path: Path, own_page: Any, demo: DemoLibrary) -> None:
    """A result that is chosen after its link has expired plays all the same, from its In point."""
    page, data = own_page, demo.copied(tmp_path / "data")
    with serving.serving(data, env={"CUEPOINT_LINK_LIFETIME_S": "3"}) as served:
        page.goto(f"{served.url}/?q=fire")
        # The player has loaded the first one already.
        wait_for(page, "v.readyState >= 2")
        cards = page.locator("a.play")
        # A moment of the video that is not loaded: what is in memory plays without its link.
        loaded = cards.first.inner_text().split("\n")[1]
        other = cards.filter(has_not=page.get_by_text(loaded, exact=True)).first
        expect(other).to_be_visible()
        # No link on the page is younger than this one: once it is refused, so are they all.
        video_id, start_s = moment_of(other)
        youngest = Tokens(load_secret(Layout(data).secret), 3).media("play", video_id)
        wait_until_refused(f"{served.url}/api/media/{youngest}")
        refused = []
        page.on("response", lambda answer: refused.append(answer.status) if answer.status == 410 else None)
        other.click()
        wait_for(page, f"v.readyState >= 2 && !v.paused && v.currentTime > {start_s} + 0.3")
        assert refused, "the link had not expired: the trial shows nothing"


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
def test_the_application_stops_when_asked(tmp_path: Path, how: int) -> None:
    """SIGTERM and Ctrl-C end the process within seconds, and the data folder is free again."""
    served = serving.start(tmp_path / "data")
    settings = Settings(_env_file=None, data_dir=tmp_path / "data", engine="preview")
    with pytest.raises(LibraryBusy), open_library(settings):
        pass
    served.stop(how, timeout_s=15)
    with open_library(settings):
        pass
