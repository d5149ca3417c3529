"""From a click to the moving picture in a file of a gigabyte, beside `st.video` in the same run.

python -m benchmarks.trials.first_picture
"""

from __future__ import annotations

import json
import os
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any, Final

import av
import httpx
import numpy as np
import psutil
from av.video.frame import PictureType

from core.config import Settings
from core.library import open_library
from tests import serving

MIB: Final = 1024 * 1024
RATE: Final = 25
SHOT_S: Final = 2
CLICKS: Final = 40
_COLOURS: Final = (
    (255, 40, 40),
    (40, 255, 40),
    (40, 40, 255),
    (255, 255, 40),
    (255, 40, 255),
    (40, 255, 255),
)

# Resolves to [first frame, second frame] in ms after the click; the first lies at the In point, to a frame.
_CLICK = """([selector, place, start]) => new Promise((done) => {
  const roots = [document, ...[...document.querySelectorAll('*')].map((n) => n.shadowRoot).filter(Boolean)];
  const all = (what) => roots.flatMap((root) => [...root.querySelectorAll(what)]);
  const seen = new Map();
  const watched = new WeakSet();
  const before = performance.now();
  const watch = (video) => {
    const frame = (now, { mediaTime }) => {
      const there = mediaTime > start - 0.045 && mediaTime < start + 1.5;
      if (there && !seen.has(mediaTime)) seen.set(mediaTime, performance.now() - before);
      if (seen.size >= 2) return done([...seen.values(), Math.min(...seen.keys())]);
      video.requestVideoFrameCallback(frame);
    };
    video.requestVideoFrameCallback(frame);
  };
  const look = () => {
    for (const video of all('video')) if (!watched.has(video)) { watched.add(video); watch(video); }
    if (seen.size < 2) setTimeout(look, 2);
  };
  look();
  all(selector)[place].click();
})"""

_NAIVE = """
import streamlit as st
starts = {starts}
columns = st.columns(8)
for place, start in enumerate(starts):
    if columns[place % 8].button(str(start), key=f"at_{{place}}"):
        st.session_state.at = start
st.video({path!r}, start_time=st.session_state.get("at", 0), autoplay=True, muted=True)
"""


@dataclass(frozen=True)
class FirstPicture:
    """Medians over the clicks in ms, and what the clicks asked of the server."""

    first_frame_ms: float
    moving_ms: float
    moving_p95_ms: float
    off_by_frames: int
    requests: int
    from_the_start: int
    """Of them those that ask for the file from its first byte."""
    server_growth_mib: float


def make_film(target: Path, size_bytes: int) -> None:
    """Write an H.264 MP4 of at least this size: tinted noise that changes its colour every two seconds."""
    chance = np.random.default_rng(3)
    options = {"preset": "ultrafast", "crf": "24"}
    with av.open(str(target), "w", options={"movflags": "faststart"}) as container:
        stream = container.add_stream("libx264", rate=RATE, options=options)
        stream.width, stream.height, stream.pix_fmt = 1280, 720, "yuv420p"
        stream.codec_context.gop_size, stream.codec_context.max_b_frames = RATE, 0
        frames = (_tinted(chance, colour) for colour in _COLOURS for _ in range(RATE * SHOT_S))
        packets = []
        for number, frame in enumerate(frames):
            frame.pict_type = PictureType.I if number % RATE == 0 else PictureType.NONE
            packets += stream.encode(frame)
        packets += stream.encode(None)
        length = RATE * SHOT_S
        shots = [packets[first : first + length] for first in range(0, len(packets), length)]
        written = at = 0
        while written < size_bytes:
            for packet in shots[int(chance.integers(len(shots)))]:
                copy = av.Packet(bytes(packet))
                copy.stream, copy.time_base, copy.pts, copy.dts = stream, Fraction(1, RATE), at, at
                copy.duration, copy.is_keyframe = 1, packet.is_keyframe
                container.mux(copy)
                written, at = written + packet.size, at + 1


def _tinted(chance: np.random.Generator, colour: tuple[int, int, int]) -> av.VideoFrame:
    noise = chance.integers(0, 200, (720, 1280, 1)) * np.array(colour) // 255
    return av.VideoFrame.from_ndarray(noise.astype(np.uint8), "rgb24")


def measure(page: Any, places: list[float], selector: str, process: psutil.Process) -> FirstPicture:
    """Click on the moments of a page that is ready, in random order, and return the figures."""
    asked: list[str] = []
    page.on(
        "request", lambda one: asked.append(one.headers.get("range", "")) if "/media" in one.url else None
    )
    grown = process.memory_info().rss
    chance = random.Random(1)
    order = [chance.randrange(len(places)) for _ in range(CLICKS)]
    first, moving, off = [], [], 0.0
    for before, place in zip([-1, *order], order, strict=False):
        if place == before:
            continue
        shown, moved, at = page.evaluate(_CLICK, [selector, place, places[place]])
        first.append(shown)
        moving.append(moved)
        off = max(off, abs(at - places[place]))
        page.wait_for_timeout(250)
    return FirstPicture(
        first_frame_ms=round(statistics.median(first), 1),
        moving_ms=round(statistics.median(moving), 1),
        moving_p95_ms=round(sorted(moving)[round(0.95 * len(moving)) - 1], 1),
        off_by_frames=int(off * RATE + 0.1),
        requests=len(asked),
        from_the_start=sum(one in ("", "bytes=0-") for one in asked),
        server_growth_mib=round((process.memory_info().rss - grown) / MIB, 1),
    )


@contextmanager
def naive(folder: Path, film: Path, places: list[float]) -> Iterator[tuple[str, psutil.Process]]:
    """Serve the plain script with a button a moment and `st.video`."""
    script, port = folder / "naive.py", serving.free_port()
    script.write_text(_NAIVE.format(starts=places, path=str(film)))
    command = [sys.executable, "-m", "streamlit", "run", str(script), "--server.port", str(port)]
    server = subprocess.Popen([*command, "--server.headless", "true"], stdout=subprocess.DEVNULL, cwd=folder)
    url = f"http://127.0.0.1:{port}"
    try:
        for _ in range(300):
            try:
                httpx.get(f"{url}/_stcore/health", trust_env=False)
                break
            except httpx.HTTPError:
                time.sleep(0.1)
        yield url, psutil.Process(server.pid)
    finally:
        server.kill()  # With a page open it does not end by itself.
        server.wait(20)


def main() -> None:
    """Print both figures as JSON, a line each."""
    from playwright.sync_api import sync_playwright

    print(json.dumps({"cores": os.cpu_count(), "load": os.getloadavg()}), flush=True)
    with tempfile.TemporaryDirectory() as name, sync_playwright() as playwright:
        folder = Path(name)
        film = folder / "gigabyte.mp4"
        make_film(film, 1024 * MIB)
        with open_library(
            Settings(data_dir=folder / "data", segment_s=SHOT_S, segmentation="fixed")
        ) as library:
            video = library.add_file(film)
            library.wait(1200)
        arguments = ["--no-sandbox", "--disable-gpu", "--autoplay-policy=no-user-gesture-required"]
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=arguments)
        with serving.serving(folder / "data") as served:
            page = browser.new_page(viewport={"width": 1440, "height": 900})
            page.goto(f"{served.url}/?q=red&videos={video.id}&anyway=1")
            page.locator("a.play").first.wait_for()
            page.locator("a.play").first.click()
            page.wait_for_timeout(3000)
            links = [link.get_attribute("href") or "" for link in page.locator("a.play").all()]
            places = [float(link.rpartition("%40")[2].split("-")[0]) for link in links]
            ours = measure(page, places, "a.play", psutil.Process(served.pid))
            page.close()
        print(json.dumps({"cuepoint": asdict(ours), "cards": len(places)}), flush=True)
        whole = [float(int(place)) for place in places]
        with naive(folder, film, whole) as (url, process):
            before = process.memory_info().rss
            page = browser.new_page(viewport={"width": 1440, "height": 900})
            page.goto(url)
            page.locator("video").wait_for(timeout=120_000)
            page.wait_for_timeout(5000)
            held = round((process.memory_info().rss - before) / MIB)
            theirs = measure(page, whole, "[data-testid=stButton] button", process)
        print(json.dumps({"st.video": asdict(theirs), "held_mib": held}), flush=True)
        browser.close()


if __name__ == "__main__":
    main()
