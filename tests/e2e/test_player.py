"""The player in a real browser: it seeks at once, stops on the right frame, obeys keys, renews links."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import expect

from tests.e2e.conftest import Bench
from tests.e2e.watching import (
    RATE,
    cued,
    frame_shown,
    open_search,
    paused,
    position,
    video,
    wait_for,
)

pytestmark = pytest.mark.browser


def cards(page: Any) -> Any:
    return page.locator("a.play")


def test_the_best_result_waits_paused_at_its_first_frame(page: Any, bench: Bench) -> None:
    """A new search puts the first frame of its best moment on the screen, and does not play by itself."""
    open_search(page, bench.url)
    cued(page, 0)
    assert frame_shown(page) == 0


def test_a_card_seeks_at_once_and_loads_nothing_again(page: Any, bench: Bench) -> None:
    """Choosing another moment of the same video seeks in the browser: no reload, no wait for Python."""
    open_search(page, bench.url)
    source = video(page).evaluate(
        "v => { v.loads = 0; v.addEventListener('loadstart', () => v.loads++); return v.src; }"
    )
    page.evaluate("""() => {
      window.took = new Promise(resolve => window.addEventListener('click', () => {
        const asked = performance.now();
        const roots = [...document.querySelectorAll('*')].map(n => n.shadowRoot);
        const v = roots.map(root => root?.querySelector('video')).find(Boolean);
        v.requestVideoFrameCallback(function shown(now, meta) {
          if (meta.mediaTime >= 3.99) resolve(performance.now() - asked);
          else v.requestVideoFrameCallback(shown);
        });
      }, {capture: true, once: true}));
    }""")
    cards(page).nth(1).click()
    took_ms = page.evaluate("window.took")
    assert took_ms < 400
    assert video(page).evaluate("v => v.loads") == 0
    assert video(page).evaluate("v => v.src") == source
    wait_for(page, "!v.paused && v.currentTime > 4.1")


def test_it_stops_on_the_last_frame_before_out(page: Any, bench: Bench) -> None:
    """Moments are half-open: playing ends paused on the frame before Out."""
    open_search(page, bench.url)
    cards(page).nth(1).click()
    wait_for(page, "v.paused && v.currentTime > 7")
    page.wait_for_timeout(300)
    assert frame_shown(page) == 8 * RATE - 1
    expect(page.locator("output.now")).to_have_text("00:00:07:24")


def test_play_at_out_begins_at_in_again(page: Any, bench: Bench) -> None:
    """Where a moment has played to its end, Play shows it from its beginning."""
    open_search(page, bench.url)
    cards(page).nth(1).click()
    wait_for(page, "v.paused && v.currentTime > 7")
    page.keyboard.press("Space")
    wait_for(page, "!v.paused && v.currentTime > 4 && v.currentTime < 6")


def test_loop_repeats_the_moment(page: Any, bench: Bench) -> None:
    """In loop mode the end of a moment leads back to its beginning, still playing."""
    open_search(page, bench.url)
    page.get_by_role("radio", name="Loop").click()
    cards(page).nth(1).click()
    wait_for(page, "v.currentTime > 7")
    wait_for(page, "!v.paused && v.currentTime > 4 && v.currentTime < 5")
    assert position(page) < 8


def test_play_on_passes_out(page: Any, bench: Bench) -> None:
    """In play-on mode the end of a moment stops nothing."""
    open_search(page, bench.url)
    page.get_by_role("radio", name="Play on").click()
    cards(page).nth(1).click()
    wait_for(page, "!v.paused && v.currentTime > 8.3")


def test_frame_steps_show_the_neighbouring_frames(page: Any, bench: Bench) -> None:
    """The full stop shows the next frame and the comma the one before, however fast they are pressed."""
    open_search(page, bench.url)
    cued(page, 0)
    for _ in range(7):
        page.keyboard.press(".")
    page.wait_for_timeout(400)
    assert frame_shown(page) == 7
    page.keyboard.press(",")
    page.keyboard.press(",")
    page.wait_for_timeout(400)
    assert frame_shown(page) == 5
    expect(page.locator("output.now")).to_have_text("00:00:00:05")


def test_transport_keys(page: Any, bench: Bench) -> None:
    """Space plays and pauses, L plays and doubles, K stops, J goes back, arrows move by a second."""
    open_search(page, bench.url)
    cued(page, 0)
    page.keyboard.press("Space")
    wait_for(page, "!v.paused && v.currentTime > 0.2")
    page.keyboard.press("Space")
    assert paused(page)
    page.keyboard.press("l")
    page.keyboard.press("l")
    assert video(page).evaluate("v => v.playbackRate") == 2
    page.keyboard.press("k")
    assert paused(page)
    assert video(page).evaluate("v => v.playbackRate") == 1
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    page.wait_for_timeout(300)
    before = position(page)
    assert before > 2
    page.keyboard.press("j")
    wait_for(page, f"v.currentTime < {before - 0.5}")
    expect(page.locator(".shuttle")).to_be_visible()
    page.keyboard.press("k")
    page.keyboard.press("ArrowLeft")
    page.wait_for_timeout(200)
    assert position(page) < before - 1


def test_keys_are_ignored_while_typing(page: Any, bench: Bench) -> None:
    """What is typed into a field is text: the player does not hear it."""
    open_search(page, bench.url)
    cued(page, 0)
    page.get_by_label("Search your footage").fill("")
    page.get_by_label("Search your footage").press_sequentially("jl k., ")
    page.wait_for_timeout(200)
    assert page.get_by_label("Search your footage").input_value() == "jl k., "
    assert paused(page)
    assert position(page) < 0.01


def test_shift_arrows_walk_through_the_results(page: Any, bench: Bench) -> None:
    """Shift with an arrow plays the next and the previous result."""
    open_search(page, bench.url)
    cued(page, 0)
    page.keyboard.press("Shift+ArrowRight")
    wait_for(page, "!v.paused && v.currentTime >= 4 && v.currentTime < 6")
    expect(cards(page).nth(1)).to_have_attribute("aria-current", "true")
    page.keyboard.press("Shift+ArrowLeft")
    wait_for(page, "v.currentTime < 2")
    expect(cards(page).nth(0)).to_have_attribute("aria-current", "true")


def test_an_expired_link_is_renewed_at_the_same_position(own_page: Any, bench: Bench) -> None:
    """Where a link has expired the player gets a new one through Python and plays where it was asked to."""
    open_search(own_page, bench.url)
    bench.tell(generation=2)
    cards(own_page).nth(3).click()
    wait_for(own_page, "v.src.endsWith('-2') && !v.paused && v.currentTime >= 4 && v.currentTime < 7")
    expect(own_page.locator(".notice")).to_be_hidden()


def test_a_video_that_is_gone_says_so(own_page: Any, bench: Bench) -> None:
    """What a new link does not mend is told in the server's own sentence, with a way to try again."""
    open_search(own_page, bench.url)
    bench.tell(broken="This video is gone. Choose another one.")
    cards(own_page).nth(3).click()
    expect(own_page.locator(".notice")).to_contain_text("This video is gone")
    bench.tell(broken="")
    own_page.get_by_role("button", name="Try again").click()
    wait_for(own_page, "!v.paused && v.currentTime >= 4")


def test_it_works_again_after_a_change_of_page(page: Any, bench: Bench) -> None:
    """Leaving the page ends the player cleanly, and a new one obeys each key once."""
    open_search(page, bench.url)
    for _ in range(2):
        page.get_by_role("link", name="Status").click()
        expect(page.get_by_role("heading", name="Engine")).to_be_visible()
        page.get_by_role("link", name="Search").first.click()
        page.get_by_label("Search your footage").fill("red")
        page.get_by_label("Search your footage").press("Enter")
        wait_for(page, "v.readyState >= 2")
    page.locator("output.now").click()
    cued(page, 0)
    page.keyboard.press("Space")
    wait_for(page, "!v.paused && v.currentTime > 0.3")


def test_a_drag_on_the_bar_ends_where_it_was_let_go(page: Any, bench: Bench) -> None:
    """However many positions a drag passes, the frame at its last one stays on the screen."""
    open_search(page, bench.url)
    box = page.get_by_role("slider", name="Position").bounding_box()
    page.mouse.move(box["x"] + 2, box["y"] + 8)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.8, box["y"] + 8, steps=40)
    page.mouse.up()
    page.wait_for_timeout(500)
    assert position(page) == pytest.approx(12 * 0.8, abs=0.2)


def test_the_browsers_timecode_equals_pythons(page: Any, bench: Bench) -> None:
    """Both sides write the same timecode for every rate, drop-frame included."""
    from fractions import Fraction
    from pathlib import Path

    from core.timecode import DROP_FRAME_RATES, FrameClock

    script = (Path(__file__).parents[2] / "components/shared/timecode.js").read_text()
    times = [
        0,
        0.033,
        1.967,
        59.94,
        60.06,
        599.999,
        600.6,
        3599.97,
        7261.5,
        86399.0,
        *(n * 17.017 for n in range(200)),
    ]
    page.goto("about:blank")
    for rate in (
        Fraction(24000, 1001),
        Fraction(25),
        Fraction(30000, 1001),
        Fraction(30),
        Fraction(60000, 1001),
    ):
        clock = FrameClock(rate, drop=rate in DROP_FRAME_RATES)
        here = [clock.timecode(time) for time in times]
        pair = [rate.numerator, rate.denominator]
        there = page.evaluate(
            f"([times, rate]) => {{ {script}; return times.map(t => timecode(t, rate)); }}", [times, pair]
        )
        assert there == here


def test_the_browser_counts_from_the_first_frames_label(page: Any, bench: Bench) -> None:
    """Both sides write the same label from a first frame that has one, also past midnight."""
    from fractions import Fraction
    from pathlib import Path

    from core.timecode import FrameClock, read_label

    script = (Path(__file__).parents[2] / "components/shared/timecode.js").read_text()
    ntsc = Fraction(30000, 1001)
    page.goto("about:blank")
    for rate, first in (
        (Fraction(25), "10:11:12:13"),
        (Fraction(24000, 1001), "00:59:59:23"),
        (ntsc, "00:59:59;28"),
        (ntsc, "00:59:59:28"),
        (ntsc, "23:59:50;00"),
        (2 * ntsc, "09:09:59;59"),
        (Fraction(50), "23:59:59:49"),
    ):
        read = read_label(first, rate)
        assert read is not None
        clock = FrameClock(rate, *read)
        times = [0, 0.033, 0.04, 1.967, 59.94, 60.06, 600.6, 3599.97, *(n * 17.017 for n in range(200))]
        here = [clock.timecode(time) for time in times]
        asked = [times, [rate.numerator, rate.denominator], [clock.start, clock.drop]]
        there = page.evaluate(
            f"([times, ...counted]) => {{ {script}; return times.map(t => timecode(t, ...counted)); }}", asked
        )
        assert here[0] == first
        assert there == here
