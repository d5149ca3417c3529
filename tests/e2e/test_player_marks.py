"""In and Out, the strip, the key sheet and what the player remembers, in a real browser."""

from __future__ import annotations

import json
from collections.abc import Iterator
from fractions import Fraction
from typing import Any

import pytest
from playwright.sync_api import TimeoutError as PlaywrightTimeout
from playwright.sync_api import expect

from core.timecode import FrameClock, read_label
from tests.e2e.conftest import Bench, serve
from tests.e2e.watching import RATE, cued, frame_shown, open_search, paused, video, wait_for
from tests.made_media import Film

pytestmark = pytest.mark.browser

NTSC = Fraction(30000, 1001)

_REACHED = """wanted => {
  const roots = [...document.querySelectorAll("*")].map(n => n.shadowRoot);
  const player = roots.map(root => root?.querySelector(".player")).find(Boolean);
  const state = JSON.parse(player?.dataset.state ?? "{}");
  const near = (one, other) => typeof one === "number" && Math.abs(one - other) < 0.0006;
  const same = ([name, value]) => state[name] === value || near(state[name], value);
  return Boolean(state.settled) && Object.entries(wanted).every(same);
}"""

_INK = """canvas => {
  const { width, height } = canvas;
  const data = canvas.getContext("2d").getImageData(0, 0, width, height).data;
  const inked = (from, to) => {
    let found = 0;
    for (let pixel = from * width; pixel < to * width; pixel++) found += data[4 * pixel + 3] > 0;
    return found / Math.max(1, (to - from) * width);
  };
  return { hits: inked(0, 3), bars: inked(Math.round(height * 0.4), height - 3) };
}"""


def state(page: Any) -> dict[str, Any]:
    return dict(json.loads(page.locator("section.player").get_attribute("data-state")))


def reached(page: Any, **wanted: Any) -> None:
    """Wait until the player stands still and says all of this of itself."""
    try:
        page.wait_for_function(_REACHED, arg=wanted, timeout=8000)
    except PlaywrightTimeout:
        raise AssertionError(f"wanted {wanted}, the player says {state(page)}") from None


def press(page: Any, *keys: str) -> None:
    for key in keys:
        page.keyboard.press(key)


def scrub(page: Any) -> Any:
    return page.get_by_role("slider", name="Position")


def at_share(page: Any, share: float) -> tuple[float, float]:
    box = scrub(page).bounding_box()
    return box["x"] + share * box["width"], box["y"] + box["height"] / 2


@pytest.fixture
def opened(page: Any, bench: Bench) -> Any:
    """Return the page of a search, its best moment [0, 4) of twelve seconds paused at its first frame."""
    open_search(page, bench.url)
    cued(page, 0)
    reached(page, frame=0, out=4)
    return page


# -- In and Out --


def test_in_and_out_are_set_at_the_frame_on_screen(opened: Any) -> None:
    """In is where the frame begins, Out where it ends, and the readout says both."""
    press(opened, "ArrowRight", ".", ".", "i")
    reached(opened, **{"in": 27 / RATE, "out": 4, "frame": 27})
    press(opened, *"....", "o")
    reached(opened, **{"in": 27 / RATE, "out": 32 / RATE, "frame": 31})
    expect(opened.locator(".span")).to_have_text("00:00:01:02 – 00:00:01:07")
    assert frame_shown(opened) == 31


def test_shift_i_and_shift_o_go_to_the_marks(opened: Any) -> None:
    """Shift+I shows the first frame inside, Shift+O the last one before Out."""
    press(opened, "ArrowRight", "i", "ArrowRight", "o", "End", "Shift+I")
    reached(opened, frame=25)
    assert frame_shown(opened) == 25
    press(opened, "Shift+O")
    reached(opened, frame=50, out=51 / RATE)
    assert frame_shown(opened) == 50


def test_x_brings_back_the_results_own_marks(opened: Any) -> None:
    """Reset appears with the first mark that is moved; X and Reset undo both marks at once."""
    reset = opened.get_by_role("button", name="Reset", exact=True)
    expect(reset).to_be_hidden()
    press(opened, "ArrowRight", "i", "ArrowRight", "o")
    expect(reset).to_be_visible()
    press(opened, "x")
    reached(opened, **{"in": 0, "out": 4, "frame": 50})
    press(opened, "i")
    reset.click()
    reached(opened, **{"in": 0, "out": 4})
    expect(reset).to_be_hidden()


def test_an_in_after_out_begins_a_new_stretch(opened: Any) -> None:
    """In after Out reaches to the end of the file, Out before In takes everything from the beginning."""
    press(opened, "End", "ArrowLeft", "i")
    reached(opened, **{"in": 274 / RATE, "out": 12})
    press(opened, "Home", "ArrowRight", "o")
    reached(opened, **{"in": 0, "out": 26 / RATE})


def test_p_plays_from_in_to_out_in_every_mode(opened: Any) -> None:
    """From anywhere, also where play goes on at Out: it ends on the frame before Out."""
    press(opened, "ArrowRight", "i", *"..........", "o", "End")
    reached(opened, frame=299)
    opened.get_by_role("radio", name="Play on").click()
    press(opened, "p")
    wait_for(opened, "!v.paused")
    reached(opened, playing=False, frame=35)
    assert frame_shown(opened) == 35


def test_home_and_end_are_the_files(opened: Any) -> None:
    """Home shows the first frame of the file, End its last one, whatever the marks are."""
    press(opened, "ArrowRight", "i", "End")
    reached(opened, frame=12 * RATE - 1)
    assert frame_shown(opened) == 12 * RATE - 1
    press(opened, "Home")
    reached(opened, frame=0)
    assert frame_shown(opened) == 0


def test_nine_quick_arrows_are_nine_seconds(opened: Any) -> None:
    """Each press counts from where the one before was going, not from the picture still on the screen."""
    press(opened, *["ArrowRight"] * 9)
    reached(opened, frame=9 * RATE)
    press(opened, *["ArrowLeft"] * 4)
    reached(opened, frame=5 * RATE)
    assert frame_shown(opened) == 5 * RATE


# -- keys that are somebody else's --


def test_no_key_acts_while_the_query_is_typed(opened: Any) -> None:
    """Every letter and sign that is a key of the player is text in the search box."""
    before = state(opened)
    box = opened.get_by_label("Search your footage")
    box.fill("")
    box.press_sequentially("ioxpIOSscfmjkl?,. ")
    assert box.input_value() == "ioxpIOSscfmjkl?,. "
    box.press("Home")
    box.press("End")
    box.press("ArrowLeft")
    assert state(opened) == before
    expect(opened.get_by_role("dialog", name="Keys of the player")).to_be_hidden()
    assert not opened.evaluate("Boolean(document.fullscreenElement)")


def test_the_sheet_lists_the_keys_and_gives_the_focus_back(opened: Any) -> None:
    """The question mark opens it, Escape closes it, and the focus is where it was."""
    opened.get_by_role("button", name="Keys (?)").focus()
    press(opened, "?")
    sheet = opened.get_by_role("dialog", name="Keys of the player")
    expect(sheet).to_be_visible()
    expect(sheet).to_contain_text("Play from In to Out")
    press(opened, "Escape")
    expect(sheet).to_be_hidden()
    expect(opened.get_by_role("button", name="Keys (?)")).to_be_focused()
    press(opened, ".")
    reached(opened, frame=1)


@pytest.mark.parametrize("pressed_inside", [False, True])
def test_keys_are_ignored_while_the_sheet_is_open(opened: Any, pressed_inside: bool) -> None:
    """Behind the sheet nothing moves, also once somebody has clicked on its text."""
    press(opened, "?")
    sheet = opened.get_by_role("dialog", name="Keys of the player")
    if pressed_inside:
        sheet.get_by_text("Play from In to Out").click()
    before = state(opened)
    press(opened, ".", "ArrowRight", "i", "m", "p", "l", "Space" if pressed_inside else "End")
    opened.wait_for_timeout(200)
    assert state(opened) == before
    expect(sheet).to_be_visible()
    press(opened, "Escape")
    expect(sheet).to_be_hidden()


def test_f_fills_the_screen_and_gives_it_back(opened: Any) -> None:
    """The whole player fills the screen, strip and marks with it; F again leaves it."""
    press(opened, "f")
    opened.wait_for_function("Boolean(document.fullscreenElement)")
    expect(scrub(opened)).to_be_in_viewport()
    expect(opened.get_by_role("button", name="In to Out")).to_be_in_viewport()
    press(opened, ".")
    reached(opened, frame=1)
    press(opened, "f")
    opened.wait_for_function("!document.fullscreenElement")


# -- copying and remembering --


def copied_timecode(page: Any) -> str:
    """Copy the timecode with its button, paste it into the search box, and return what arrived."""
    page.get_by_role("button", name="Timecode").click()
    expect(page.locator(".copied")).to_have_text("Copied")
    box = page.get_by_label("Search your footage")
    box.fill("")
    box.press("Control+v")
    return str(box.input_value())


def test_a_press_on_the_timecode_copies_it(opened: Any) -> None:
    """What is on the clipboard is the timecode of the frame on the screen."""
    opened.context.grant_permissions(["clipboard-read", "clipboard-write"])
    press(opened, "ArrowRight", ".")
    reached(opened, frame=26)
    assert copied_timecode(opened) == "00:00:01:01"
    assert opened.evaluate("navigator.clipboard.readText()") == "00:00:01:01"


def test_the_timecode_is_copied_without_a_clipboard_too(own_page: Any, bench: Bench) -> None:
    """A page that came over plain http has no `navigator.clipboard`: the old way copies."""
    own_page.add_init_script("Object.defineProperty(navigator, 'clipboard', { value: undefined });")
    open_search(own_page, bench.url)
    cued(own_page, 0)
    assert own_page.evaluate("navigator.clipboard === undefined")
    press(own_page, "ArrowRight", ".", ".")
    reached(own_page, frame=27)
    assert copied_timecode(own_page) == "00:00:01:02"


def test_speed_and_sound_are_remembered(opened: Any) -> None:
    """Speed, volume and what happens at Out are the same after the page was loaded anew."""
    opened.get_by_label("Speed").select_option("1.5")
    opened.get_by_label("Volume").fill("0.4")
    opened.get_by_role("radio", name="Loop").click()
    opened.reload()
    cued(opened, 0)
    reached(opened, speed=1.5, mode="loop", muted=False)
    assert video(opened).evaluate("v => [v.volume, v.playbackRate]") == [0.4, 1.5]
    expect(opened.get_by_label("Volume")).to_have_value("0.4")
    press(opened, "m")
    opened.reload()
    cued(opened, 0)
    reached(opened, muted=True, speed=1.5)
    press(opened, "m")
    assert video(opened).evaluate("v => v.volume") == 0.4


def test_c_shows_subtitles_where_there_are_any(page: Any, bench: Bench) -> None:
    """C turns them on and off; a video without any has no button, and the key does nothing."""
    open_search(page, bench.url)
    cued(page, 0)
    expect(page.get_by_role("button", name="Subtitles (C)")).to_be_hidden()
    press(page, "c")
    reached(page, captions=False)
    bench.tell(subtitled="Red study")
    page.reload()
    cued(page, 0)
    expect(page.get_by_role("button", name="Subtitles (C)")).to_be_visible()
    press(page, "c")
    reached(page, captions=True)
    assert video(page).evaluate("v => v.textTracks[0].mode") == "showing"
    press(page, "c")
    reached(page, captions=False)
    assert video(page).evaluate("v => v.textTracks[0].mode") == "hidden"


def test_s_keeps_the_marks_as_they_stand(opened: Any, bench: Bench) -> None:
    """What is kept lies between In and Out of the player, and the toast names the list."""
    press(opened, "ArrowRight", "i", "ArrowRight", "o", "s")
    toast = opened.get_by_test_id("stToast")
    expect(toast).to_contain_text("Kept in “Shot list”: 1 shot now.")
    (kept,) = bench.tell()["lists"]
    (shot,) = kept["shots"]
    assert (shot["title"], shot["start_s"], shot["end_s"]) == ("Red study", 1.0, pytest.approx(51 / RATE))
    reached(opened, **{"in": 1, "out": 51 / RATE, "frame": 50})


# -- labels of the file --


@pytest.fixture(scope="module")
def drop_frame(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    """Return pages over one film of 29.97 frames a second, its first frame labelled 00:59:59;28."""
    folder = tmp_path_factory.mktemp("labelled")
    film = Film(seconds=6, rate=NTSC, metadata={"timecode": "00:59:59;28"})
    film.write(folder / "dropped.mp4")
    yield from serve("--footage", str(folder))


def test_a_drop_frame_file_shows_its_own_labels(page: Any, drop_frame: Bench) -> None:
    """Labels are counted from the first frame's, with semicolons; the length is counted from nothing."""
    open_search(page, drop_frame.url, "dropped")
    reached(page, frame=0)
    now = page.locator("output.now")
    expect(now).to_have_text("00:59:59;28")
    start = read_label("00:59:59;28", NTSC)
    assert start is not None
    clock = FrameClock(NTSC, *start)
    for number in range(1, 5):
        press(page, ".")
        reached(page, frame=number)
        expect(now).to_have_text(clock.timecode(float(Fraction(2 * number + 1, 2) / NTSC)))
    expect(now).to_have_text("01:00:00;02")
    expect(page.locator(".total")).to_have_text("00:00:06;00")
    press(page, "i")
    expect(page.locator(".span")).to_contain_text("01:00:00;02 – ")


# -- the strip --


def test_the_strip_shows_scores_and_what_was_found(opened: Any) -> None:
    """Bars and hits are painted, and what they say is told to those who do not see them."""
    expect(scrub(opened)).to_have_attribute("data-scored", "true")
    expect(scrub(opened)).to_have_attribute("aria-description", "How well each part matches “red”")
    ink = opened.locator("section.player canvas").evaluate(_INK)
    assert ink["bars"] > 0.1
    assert 0.1 < ink["hits"] < 0.9


def test_resting_on_the_strip_shows_picture_timecode_and_score(opened: Any) -> None:
    """The bubble tells of the time under the pointer, stays inside the strip, and goes with the pointer."""
    expect(scrub(opened)).to_have_attribute("data-scored", "true")
    bubble = opened.locator(".bubble")
    expect(bubble).to_be_hidden()
    opened.mouse.move(*at_share(opened, 0.501))
    expect(bubble).to_be_visible()
    expect(bubble.locator(".tc").first).to_have_text("00:00:06:00")
    expect(bubble.locator(".score")).to_have_text("1.10")
    opened.wait_for_function("""() => {
      const roots = [...document.querySelectorAll("*")].map(n => n.shadowRoot);
      const picture = roots.map(root => root?.querySelector(".bubble-picture")).find(Boolean);
      return picture?.style.backgroundImage.includes("sprites-");
    }""")
    for share in (0.002, 0.998):
        opened.mouse.move(*at_share(opened, share))
        box, strip = bubble.bounding_box(), scrub(opened).bounding_box()
        assert strip["x"] - 1 <= box["x"]
        assert box["x"] + box["width"] <= strip["x"] + strip["width"] + 1
    opened.mouse.move(5, 5)
    expect(bubble).to_be_hidden()


def test_a_click_on_the_strip_seeks_and_plays_nothing(opened: Any) -> None:
    """The frame under the pointer is shown, paused."""
    opened.mouse.click(*at_share(opened, 0.75))
    opened.wait_for_timeout(300)
    assert abs(frame_shown(opened) - 9 * RATE) <= 1
    assert paused(opened)
    assert frame_shown(opened) == state(opened)["frame"]


def test_the_strip_is_empty_until_python_has_answered(opened: Any) -> None:
    """Another video's bars go at once with the video, and its own come once they are known."""
    expect(scrub(opened)).to_have_attribute("data-scored", "true")
    scrub(opened).evaluate("""node => {
      window.scored = [];
      new MutationObserver(() => window.scored.push(node.dataset.scored))
        .observe(node, { attributes: true, attributeFilter: ["data-scored"] });
    }""")
    first = state(opened)["video"]
    opened.locator("a.play").nth(2).click()
    opened.wait_for_function("window.scored.length >= 2")
    expect(scrub(opened)).to_have_attribute("data-scored", "true")
    assert state(opened)["video"] != first
    assert opened.evaluate("window.scored")[0] == "false"
    assert opened.locator("section.player canvas").evaluate(_INK)["bars"] > 0.1
