"""The long trials in full: `make soak`. Prints their figures as JSON, a line each; exits 1 where one fails.

python -m benchmarks.soak [NAME …]   (names: cold-start, first-picture, ingest, kills, large-files, latency,
    moving, provider-faults, provider-kills, server-kills, sessions, throughput; all without one)
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

from benchmarks.trials.cold_start import cold_start
from benchmarks.trials.first_picture import first_picture_trial
from benchmarks.trials.ingest import on_lite, on_server
from benchmarks.trials.kills import kill_trial
from benchmarks.trials.large_files import MIB, make_large_video, memory_trial
from benchmarks.trials.latency import WORDS, latency_trial, make_library
from benchmarks.trials.made_library import make_library as make_searchable
from benchmarks.trials.moving import moving_trial
from benchmarks.trials.provider import index_films, kill_films, make_films
from benchmarks.trials.served import serve
from benchmarks.trials.server_kills import server_kill_trial
from benchmarks.trials.sessions import in_numbers
from benchmarks.trials.throughput import throughput_trial
from tests import serving
from tests.made_media import Film, made
from tests.milvus_server import MilvusServer, available
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


def ingest(folder: Path) -> tuple[dict[str, Any], bool]:
    """A hundred thousand rows from the archive into Milvus Lite and a server, beside bare inserts."""
    figures = {"lite": on_lite(100_000, 3)}
    if available():
        figures["server"] = on_server(100_000, 3)
    return {name: asdict(one) for name, one in figures.items()}, all(f.ratio >= 0.8 for f in figures.values())


def moving(folder: Path) -> tuple[dict[str, Any], bool]:
    """A library moves to a server and back, and answers the same everywhere."""
    if not available():
        return {"skipped": "no Milvus server here"}, True
    with MilvusServer(folder / "server") as server:
        moves = moving_trial(folder, server.address, 24_000)
    return {one.to: asdict(one) for one in moves}, all(one.as_promised for one in moves)


def sessions(folder: Path) -> tuple[dict[str, Any], bool]:
    """Ten, 25 and 50 people search at once in a warm library of 10,000 embeddings, on two cores."""
    make_searchable(folder / "data", 10_000)
    with serve(folder / "data", cores="0,1") as served:
        figures = in_numbers(served, (10, 25, 50), 60.0)
    passed = figures[1]["ms"]["p95"] < 300 and not any(one["faults"] for one in figures)
    return {str(one["sessions"]): one for one in figures}, passed


def cold_starts(folder: Path) -> tuple[dict[str, Any], bool]:
    """From the command to the first answer, with an empty library and one of 10,000 embeddings."""
    figures: dict[str, Any] = {}
    for embeddings in (0, 10_000):
        make_searchable(folder / str(embeddings) / "data", embeddings)
        figures[str(embeddings)] = asdict(cold_start(folder / str(embeddings) / "data", embeddings))
    return figures, True


def server_kills(folder: Path) -> tuple[dict[str, Any], bool]:
    """A Milvus server dies while thirty videos are indexed, and while two hundred searches run."""
    if not available():
        return {"skipped": "no Milvus server here"}, True
    figures = server_kill_trial(folder, videos=30, searches=200, kills=6)
    return asdict(figures), figures.clean


TRIALS: Final[dict[str, Callable[[Path], tuple[dict[str, Any], bool]]]] = {
    "cold-start": cold_starts,
    "first-picture": first_picture,
    "ingest": ingest,
    "kills": kills,
    "large-files": large_files,
    "latency": latency,
    "moving": moving,
    "provider-faults": provider_faults,
    "provider-kills": provider_kills,
    "sessions": sessions,
    "server-kills": server_kills,
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
