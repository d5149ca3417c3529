"""The long trials in full: `make soak`. Prints their figures as JSON, a line each; exits 1 where one fails.

python -m benchmarks.soak [NAME …]   (names: first-picture, kills, large-files, latency, provider-faults,
    provider-kills, throughput; all without one)
"""

from __future__ import annotations

import json
import os
import platform
import shutil
import sys
import tempfile
from collections.abc import Callable
from dataclasses import asdict
from fractions import Fraction
from pathlib import Path
from typing import Any, Final

import psutil

from benchmarks.trials.first_picture import first_picture_trial
from benchmarks.trials.kills import kill_trial
from benchmarks.trials.large_files import MIB, make_large_video, memory_trial
from benchmarks.trials.latency import WORDS, latency_trial, make_library
from benchmarks.trials.provider import index_films, kill_films, make_films
from benchmarks.trials.throughput import throughput_trial
from tests import serving
from tests.made_media import Film, made
from tests.twelvelabs_server.running import standing_in

FOOTAGE: Final = Path(__file__).resolve().parents[2] / "shared" / "footage"
CHROMIUM: Final = ("--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking")


def kills(folder: Path) -> tuple[dict[str, Any], bool]:
    """Twenty kills while ten videos are indexed; real footage where it is at hand."""
    found = [path for path in FOOTAGE.glob("*") if path.suffix in (".mp4", ".mov", ".mkv", ".webm")]
    films = sorted(found, key=lambda path: path.stat().st_size)[:10]
    if len(films) < 10:
        films = []
        for number in range(10):
            films.append(folder / f"film-{number}.mp4")
            film = Film(seconds=4.0 + number, rate=Fraction(20 + number), sound="aac")
            films[-1].write_bytes(made(film, ".mp4"))
    figures = kill_trial(films, folder, rounds=20)
    return asdict(figures) | {"clean": figures.clean}, figures.clean


def large_files(folder: Path) -> tuple[dict[str, Any], bool]:
    """Upload and play a gigabyte."""
    file = make_large_video(folder / "large.mp4", 1024 * MIB)
    with serving.serving(folder / "data") as served:
        figures = memory_trial(served, file)
    return asdict(figures), max(figures.upload_growth_mib, figures.playback_growth_mib) < 100


def latency(folder: Path) -> tuple[dict[str, Any], bool]:
    """Query to drawn results, click to moving picture, in a library of 1,000 segments."""
    from playwright.sync_api import sync_playwright

    segments = make_library(folder / "data", folder, 1000)
    same = {"CUEPOINT_SEGMENT_S": "2", "CUEPOINT_SEGMENTATION": "fixed"}
    with serving.serving(folder / "data", env=same) as served, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=list(CHROMIUM))
        page = browser.new_page(viewport={"width": 1440, "height": 900})
        figures = latency_trial(page, served.url, WORDS, segments=segments, clicks=60)
        browser.close()
    return asdict(figures), figures.results_median_ms < 500 and figures.moving_median_ms < 200


def first_picture(folder: Path) -> tuple[dict[str, Any], bool]:
    """Click to moving picture in a film of a gigabyte, beside `st.video`."""
    figures = first_picture_trial(folder)
    ours = figures["cuepoint"]
    passed = ours.failed == 0 and ours.from_the_start == 0 and (ours.first_ms or 0) < 100
    return {name: asdict(one) for name, one in figures.items()}, passed


def provider_faults(folder: Path) -> tuple[dict[str, Any], bool]:
    """A hundred videos while 30 % of all calls fail, in every way."""
    films = make_films(folder, 100)
    with standing_in(
        fault_share=0.3, task_s=1.0, slow_s=4.0, permanent_share=0.05, transient_share=0.1
    ) as server:
        figures = index_films(server, films, folder / "data", {"CUEPOINT_ENGINE_TIMEOUT_S": "2"})
    return asdict(figures) | {"clean": figures.clean}, figures.clean


def provider_kills(folder: Path) -> tuple[dict[str, Any], bool]:
    """A hundred kills while two hundred videos are embedded."""
    films = make_films(folder, 200)
    with standing_in(task_s=1.5) as server:
        figures = kill_films(server, films, folder / "data", kills=100, settings={"CUEPOINT_TASKS": "4"})
    return asdict(figures) | {"clean": figures.clean}, figures.clean


def throughput(folder: Path) -> tuple[dict[str, Any], bool]:
    """Forty videos of three seconds each at the provider, ten at once, beside the plain script."""
    films = make_films(folder, 40)
    with standing_in(task_s=3.0) as server:
        figures = throughput_trial(server, films, folder, provider_s=3.0, at_once=10)
    ratios = {"of_ideal": figures.of_ideal, "times_faster": figures.times_faster}
    return asdict(figures) | ratios, figures.of_ideal <= 1.3 and (figures.times_faster or 0) >= 7


TRIALS: Final[dict[str, Callable[[Path], tuple[dict[str, Any], bool]]]] = {
    "first-picture": first_picture,
    "kills": kills,
    "large-files": large_files,
    "latency": latency,
    "provider-faults": provider_faults,
    "provider-kills": provider_kills,
    "throughput": throughput,
}


def main(names: list[str]) -> int:
    """Run the named trials, or all; return the exit code."""
    machine = {"cores": os.cpu_count(), "memory_gib": round(psutil.virtual_memory().total / 2**30)}
    print(json.dumps({"machine": machine | {"python": platform.python_version()}}), flush=True)
    failed = []
    for name in names or list(TRIALS):
        with tempfile.TemporaryDirectory() as folder:
            figures, passed = TRIALS[name](Path(folder))
        print(json.dumps({name: figures, "passed": passed}), flush=True)
        if not passed:
            failed.append(name)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
