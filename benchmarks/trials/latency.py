"""How long a person waits: from Enter to drawn results, and from a click to the moving picture."""

from __future__ import annotations

import colorsys
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import av
import numpy as np

from core.config import Settings
from core.library import open_library

WORDS: Final = ("red", "blue", "green", "yellow", "dark", "bright", "purple", "orange")
_SHOT_S: Final = 2

_DRAWN = """words => new Promise((done) => {
  const root = document.querySelector('input[aria-label="Search your footage"]');
  const shadows = () => [...document.querySelectorAll('*')].map((n) => n.shadowRoot).filter(Boolean);
  const first = (what) => shadows().map((n) => n.querySelector(what)).find(Boolean);
  const set = Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, 'value').set;
  root.focus(); set.call(root, words); root.dispatchEvent(new Event('input', {bubbles: true}));
  const before = performance.now();
  const look = () => {
    if (first('ul.chips')?.textContent.includes(words) && first('ol.cards')?.children.length) {
      requestAnimationFrame(() => requestAnimationFrame(() => done(performance.now() - before)));
    } else setTimeout(look, 4);
  };
  root.dispatchEvent(new KeyboardEvent('keydown', {key: 'Enter', code: 'Enter', keyCode: 13, bubbles: true}));
  look();
})"""

# A new frame counts when it is presented at or after the In point: the picture moves where it should.
_MOVING = """place => new Promise((done) => {
  const all = [...document.querySelectorAll('*')].filter((n) => n.shadowRoot);
  const video = all.map((n) => n.shadowRoot.querySelector('video')).find(Boolean);
  const links = all.flatMap((n) => [...n.shadowRoot.querySelectorAll('a.play')]);
  const link = links[place % links.length];
  const [start, end] = new URL(link.href).searchParams.get('at').split('@')[1].split('-').map(Number);
  const before = performance.now();
  const frames = [];
  const seen = (now, {mediaTime}) => {
    if (mediaTime >= start - 0.05 && mediaTime < end) frames.push(mediaTime);
    if (new Set(frames).size >= 2) done(performance.now() - before);
    else video.requestVideoFrameCallback(seen);
  };
  video.requestVideoFrameCallback(seen);
  link.click();
})"""


@dataclass(frozen=True)
class LatencyFigures:
    """Milliseconds, over all tries."""

    segments: int
    results_median_ms: float
    results_p95_ms: float
    moving_median_ms: float
    moving_p95_ms: float


def make_library(data_dir: Path, folder: Path, segments: int, videos: int = 8) -> int:
    """Fill a library with films whose colour changes every two seconds; return how many segments it has."""
    with open_library(Settings(data_dir=data_dir, segment_s=_SHOT_S, segmentation="fixed")) as library:
        for number in range(videos):
            path = folder / f"colours {number}.mp4"
            _film(path, number, segments // videos)
            library.add_file(path)
        library.wait(1200)
        return sum(video.segment_count for video in library.videos())


def _film(path: Path, seed: int, shots: int) -> None:
    chance = np.random.default_rng(seed)
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=10, options={"preset": "veryfast"})
        stream.width, stream.height, stream.pix_fmt = 320, 180, "yuv420p"
        stream.codec_context.gop_size = 10
        for _ in range(shots):
            hue, light, speed = chance.random(3)
            colour = np.array(
                [round(part * 255) for part in colorsys.hsv_to_rgb(hue, 0.85, 0.2 + 0.8 * light)]
            )
            for number in range(10 * _SHOT_S):
                picture = np.broadcast_to(colour, (180, 320, 3)).astype(np.uint8).copy()
                left = int(number * 12 * speed)
                picture[60:120, left : left + 60] = 255 - colour
                container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        container.mux(stream.encode(None))


def latency_trial(page: Any, url: str, words: Sequence[str], *, segments: int, clicks: int) -> LatencyFigures:
    """Return what a browser measured on a warm library; ``words`` are searched one after the other."""
    page.goto(f"{url}/?q={words[0]}")
    page.locator("a.play").first.wait_for()
    page.locator("a.play").first.click()
    page.wait_for_timeout(1500)
    drawn = []
    for word in [*words[1:], *words]:
        drawn.append(float(page.evaluate(_DRAWN, word)))
        page.wait_for_timeout(400)
    moving = []
    for click in range(clicks):
        moving.append(float(page.evaluate(_MOVING, click + 1)))
        page.wait_for_timeout(300)
    return LatencyFigures(
        segments=segments,
        results_median_ms=round(statistics.median(drawn), 1),
        results_p95_ms=_p95(drawn),
        moving_median_ms=round(statistics.median(moving), 1),
        moving_p95_ms=_p95(moving),
    )


def _p95(values: Sequence[float]) -> float:
    return round(sorted(values)[max(0, round(0.95 * len(values)) - 1)], 1)
