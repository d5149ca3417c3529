"""From a click to the moving picture in a file of a gigabyte, beside `st.video` in the same run.

python -m benchmarks.trials.first_picture [FOLDER]   (what was made is kept in the folder and used again)
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
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

import httpx
import psutil

from benchmarks.trials.gigabyte_film import RATE, make_film
from core.config import Settings
from core.library import open_library
from tests import serving
from tests.ports import free_port

MIB: Final = 1024 * 1024
SHOT_S: Final = 2
PATIENCE_MS: Final = 12_000
PAUSE_MS: Final = 1000
_ARGUMENTS: Final = ("--no-sandbox", "--disable-gpu", "--autoplay-policy=no-user-gesture-required")
# Resolves to [[when a frame begins, ms after the click], …] of the moment's first two frames, or what came of
# them in time. Frames that come without a leap are a film that runs on by itself.
_CLICK = """([selector, place, start, patience]) => new Promise((done) => {
  const roots = [document, ...[...document.querySelectorAll('*')].map((n) => n.shadowRoot).filter(Boolean)];
  const all = (what) => roots.flatMap((root) => [...root.querySelectorAll(what)]);
  const seen = new Map();
  const watched = new WeakSet();
  const before = performance.now();
  let over = false;
  const finish = (answer) => { over = true; done(answer); };
  const watch = (video) => {
    let last = null;
    const frame = (now, { mediaTime }) => {
      const there = mediaTime > start - 0.045 && mediaTime < start + 1.5;
      const ranOn = last !== null && mediaTime > last && mediaTime - last < 0.3 && !seen.size;
      last = mediaTime;
      if (there && !ranOn && !seen.has(mediaTime)) seen.set(mediaTime, performance.now() - before);
      if (seen.size >= 2) return finish([...seen]);
      if (!over) video.requestVideoFrameCallback(frame);
    };
    video.requestVideoFrameCallback(frame);
  };
  const look = () => {
    for (const video of all('video')) if (!watched.has(video)) { watched.add(video); watch(video); }
    if (!over) setTimeout(look, 2);
  };
  look();
  setTimeout(() => finish([...seen]), patience);
  all(selector)[place].click();
})"""

_NAIVE = """
import streamlit as st
starts = {starts}
row = st.container(horizontal=True)
for place, start in enumerate(starts):
    if row.button(str(start), key=f"at_{{place}}"):
        st.session_state.at = start
st.video({path!r}, start_time=st.session_state.get("at", 0), autoplay=True, muted=True)
"""


@dataclass(frozen=True)
class FirstPicture:
    """Over the clicks that showed their moment, in ms; and what the clicks asked of the server."""

    clicks: int
    failed: int
    """Clicks whose moment was not moving in time; some of them may have shown its first frame."""
    first_ms: float | None
    first_p95_ms: float | None
    moving_ms: float | None
    moving_p95_ms: float | None
    off_by_frames: int
    requests: int
    mib_a_click: float
    from_the_start: int
    """Requests for the film from its first byte on, by clicks on later moments."""
    whole_files: float
    """All bytes that the clicks fetched, in sizes of the file."""
    held_mib: float
    """What the server's memory grew by, from before the page was opened to after the last click."""


class Fetches:
    """Counts what a page fetches of a film, from the browser's own account of its network."""

    def __init__(self, page: Any) -> None:
        self.ranges: list[str] = []
        self.size_bytes = 0
        self._films: set[str] = set()
        session = page.context.new_cdp_session(page)
        session.on("Network.requestWillBeSent", self._asked)
        session.on("Network.dataReceived", self._came)
        session.send("Network.enable")

    def _asked(self, event: dict[str, Any]) -> None:
        if event.get("type") == "Media":
            self._films.add(event["requestId"])
            headers = {name.lower(): value for name, value in event["request"]["headers"].items()}
            self.ranges.append(headers.get("range", ""))

    def _came(self, event: dict[str, Any]) -> None:
        if event["requestId"] in self._films:
            self.size_bytes += event["dataLength"]


def measure(
    page: Any,
    places: Sequence[float],
    selector: str,
    held: psutil.Process,
    rss: int,
    *,
    size: int,
    clicks: int,
) -> FirstPicture:
    """Click on the moments of a page that is ready, in random order, and return the figures."""
    fetches, chance = Fetches(page), random.Random(1)
    order = [chance.randrange(len(places)) for _ in range(clicks + 1)]
    order = [place for before, place in pairwise(order) if place != before]
    first, moving, off, again = [], [], 0.0, 0
    for place in order:
        asked = len(fetches.ranges)
        shown = page.evaluate(_CLICK, [selector, place, places[place], PATIENCE_MS])
        if shown:
            first.append(shown[0][1])
            off = max(off, abs(shown[0][0] - places[place]))
        if len(shown) == 2:
            moving.append(shown[1][1])
        page.wait_for_timeout(PAUSE_MS)
        if places[place] > 0:
            again += sum(one in ("", "bytes=0-") for one in fetches.ranges[asked:])
    return FirstPicture(
        clicks=len(order),
        failed=len(order) - len(moving),
        first_ms=_share(first, 0.5),
        first_p95_ms=_share(first, 0.95),
        moving_ms=_share(moving, 0.5),
        moving_p95_ms=_share(moving, 0.95),
        off_by_frames=int(off * RATE + 0.1),
        requests=len(fetches.ranges),
        mib_a_click=round(fetches.size_bytes / MIB / len(order), 1),
        from_the_start=again,
        whole_files=round(fetches.size_bytes / size, 2),
        held_mib=round((held.memory_info().rss - rss) / MIB, 1),
    )


def _share(values: Sequence[float], share: float) -> float | None:
    if share == 0.5 or not values:
        return round(statistics.median(values), 1) if values else None
    return round(sorted(values)[max(0, round(share * len(values)) - 1)], 1)


def first_picture_trial(folder: Path, clicks: int = 40, naive_clicks: int = 6) -> dict[str, FirstPicture]:
    """Return the figures of both ways, of one film in one run."""
    from playwright.sync_api import sync_playwright

    film = folder / "gigabyte.mp4"
    if not film.exists():
        make_film(film, 1024 * MIB)
    with open_library(Settings(data_dir=folder / "data", segment_s=SHOT_S, segmentation="fixed")) as library:
        video_id = library.add_file(film).id
        library.wait(1200)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=list(_ARGUMENTS))
        ours, places = _ours(browser, folder, video_id, film.stat().st_size, clicks)
        theirs = _theirs(browser, folder, film, places, naive_clicks)
        browser.close()
    return {"cuepoint": ours, "st.video": theirs}


def _ours(
    browser: Any, folder: Path, video_id: str, size: int, clicks: int
) -> tuple[FirstPicture, list[float]]:
    with serving.serving(folder / "data") as served:
        process = psutil.Process(served.pid)
        rss = process.memory_info().rss
        page = browser.new_page(viewport={"width": 1440, "height": 900})
        page.goto(f"{served.url}/?q=red&videos={video_id}&anyway=1")
        page.locator("a.play").first.click()
        _settled(process)
        links = [link.get_attribute("href") or "" for link in page.locator("a.play").all()]
        places = [float(link.rpartition("%40")[2].split("-")[0]) for link in links]
        figures = measure(page, places, "a.play", process, rss, size=size, clicks=clicks)
        page.close()
    return figures, places


def _settled(process: psutil.Process) -> None:
    """Wait until the server and its children have been at rest for three seconds: every picture is made."""
    quiet, before = 0, 0.0
    while quiet < 3:
        time.sleep(1)
        family = [process, *process.children(recursive=True)]
        used = sum(sum(one.cpu_times()[:2]) for one in family if one.is_running())
        quiet = quiet + 1 if used - before < 0.15 else 0
        before = used


def _theirs(browser: Any, folder: Path, film: Path, places: Sequence[float], clicks: int) -> FirstPicture:
    whole = [float(int(place)) for place in places]
    with _naive(folder, film, whole) as (url, process):
        rss = process.memory_info().rss
        page = browser.new_page(viewport={"width": 1440, "height": 900})
        page.goto(url)
        page.locator("video").wait_for(timeout=120_000)
        _settled(process)
        size, buttons = film.stat().st_size, "[data-testid=stButton] button"
        figures = measure(page, whole, buttons, process, rss, size=size, clicks=clicks)
        page.close()
    return figures


@contextmanager
def _naive(folder: Path, film: Path, places: Sequence[float]) -> Iterator[tuple[str, psutil.Process]]:
    """Serve the plain script with a button a moment and `st.video`."""
    script, port = folder / "naive.py", free_port()
    script.write_text(_NAIVE.format(starts=list(places), path=str(film)))
    command = [sys.executable, "-m", "streamlit", "run", str(script), "--server.port", str(port)]
    server = subprocess.Popen([*command, "--server.headless", "true"], stdout=subprocess.DEVNULL, cwd=folder)
    url = f"http://127.0.0.1:{port}"
    try:
        for _ in range(300):
            with suppress(httpx.HTTPError):
                httpx.get(f"{url}/_stcore/health", trust_env=False)
                break
            time.sleep(0.1)
        yield url, psutil.Process(server.pid)
    finally:
        server.kill()  # With a page open it does not end by itself.
        server.wait(20)


def main(arguments: list[str]) -> None:
    """Print both figures as JSON, a line each."""
    print(json.dumps({"cores": os.cpu_count(), "load": os.getloadavg()}), flush=True)
    with tempfile.TemporaryDirectory() as made:
        for name, figures in first_picture_trial(Path(arguments[0] if arguments else made)).items():
            print(json.dumps({name: asdict(figures)}), flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
