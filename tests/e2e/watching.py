"""Looks into the player on a page: where it stands, and which frame it shows."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import expect

from tests.ui.clips import BITS

RATE = 25

_SHOWN = """(video, bits) => {
  const canvas = document.createElement('canvas');
  [canvas.width, canvas.height] = [video.videoWidth, video.videoHeight];
  const context = canvas.getContext('2d', {willReadFrequently: true});
  context.drawImage(video, 0, 0);
  const block = canvas.width / bits;
  let number = 0;
  for (let bit = 0; bit < bits; bit++) {
    const [x, y] = [Math.floor((bit + 0.5) * block), Math.floor(canvas.height / 10)];
    const [red, green, blue] = context.getImageData(x, y, 1, 1).data;
    number = number * 2 + (red + green + blue > 384 ? 1 : 0);
  }
  return number;
}"""


def video(page: Any) -> Any:
    return page.locator("video")


def frame_shown(page: Any) -> int:
    """Return the number that the frame on screen carries."""
    return int(video(page).evaluate(_SHOWN, BITS))


def position(page: Any) -> float:
    return float(video(page).evaluate("v => v.currentTime"))


def paused(page: Any) -> bool:
    return bool(video(page).evaluate("v => v.paused"))


def wait_for(page: Any, condition: str, timeout_ms: int = 30_000) -> None:
    """Wait until a JavaScript condition about the video ``v`` holds."""
    page.wait_for_function(
        "condition => { const v = [...document.querySelectorAll('*')]"
        ".map(n => n.shadowRoot?.querySelector('video')).find(Boolean);"
        "return v && new Function('v', 'return ' + condition)(v); }",
        arg=condition,
        timeout=timeout_ms,
    )


def cued(page: Any, at_s: float) -> None:
    """Wait until the player is paused on the frame at a time."""
    wait_for(page, f"v.paused && v.readyState >= 2 && !v.seeking && Math.abs(v.currentTime - {at_s}) < 0.05")


def open_search(page: Any, url: str, words: str = "red") -> None:
    """Open the results for some words and wait for cards and player."""
    page.goto(f"{url}/?q={words}")
    expect(page.locator("a.play").first).to_be_visible()
    wait_for(page, "v.readyState >= 2")
