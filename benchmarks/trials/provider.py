"""Trials against the stand-in Twelve Labs server: faults, kills, and many videos at once.

Everything else is real: the SDK over HTTP, the pipeline, the archive, Milvus Lite, processes that die.
"""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

from tests.made_media import Film, made
from tests.twelvelabs_server.running import KEY, StandIn

PROJECT_ROOT = Path(__file__).resolve().parents[2]

# It adds every file that it is given, waits until nothing is left to do, and tells what came of it.
_CHILD = """
import json, sys, time
from pathlib import Path
from core.config import Settings
from core.library import open_library
data, *files = sys.argv[1:]
with open_library(Settings(data_dir=Path(data))) as library:
    began = time.monotonic()
    for file in files:
        library.add_file(file)
    library.wait(timeout_s=3000)
    print(json.dumps({
        "took_s": time.monotonic() - began,
        "states": {video.id: video.status for video in library.videos()},
        "seconds": {video.id: video.duration_s for video in library.videos()},
        "messages": sorted({job.message for job in library.jobs() if job.state == "failed"}),
        "rows": library.status().segments,
        "minutes": library.usage().minutes_total,
    }), flush=True)
"""


def make_films(folder: Path, count: int, *, seconds: float = 4.4) -> list[Path]:
    """Return so many short films that the provider takes, each with bytes and pictures of its own."""
    films = []
    for number in range(count):
        film = Film(
            seconds=seconds + 0.2 * (number % 5),
            rate=Fraction(5),
            width=640,
            height=360,
            metadata={"title": f"film {number}"},
        )
        films.append(folder / f"film-{number:03}.mp4")
        films[-1].write_bytes(made(film, ".mp4"))
    return films


@dataclass(frozen=True)
class ProviderFigures:
    """What became of the videos, and what the stand-in billed for them."""

    videos: int
    ready: int
    failed: int
    failed_for_good: int
    """Those of them that the stand-in refused for good."""
    messages: tuple[str, ...]
    billed_twice: int
    """Contents with more than one billed task."""
    billed_minutes: float
    footage_minutes: float
    """Of the videos that became ready."""
    counted_minutes: float
    """What the library itself says."""
    calls: int
    faults: int
    kills: int
    took_s: float

    @property
    def clean(self) -> bool:
        """Every video ready, or failed where the provider said so; billed once, and counted once."""
        return (
            self.ready + self.failed == self.videos
            and self.failed == self.failed_for_good
            and self.billed_twice == 0
            and abs(self.billed_minutes - self.footage_minutes) < 0.02
            and abs(self.counted_minutes - self.footage_minutes) < 0.02
        )


def index_films(
    server: StandIn, films: Sequence[Path], folder: Path, settings: Mapping[str, str] | None = None
) -> ProviderFigures:
    """Return the figures of one undisturbed process that indexes the films."""
    return _figures(server, _finish(_start(server, folder, films, settings)), kills=0)


def kill_films(
    server: StandIn,
    films: Sequence[Path],
    folder: Path,
    *,
    kills: int,
    seed: int = 1,
    settings: Mapping[str, str] | None = None,
) -> ProviderFigures:
    """Kill the process at ``kills`` random moments, while more and more of the films are added."""
    chance = random.Random(seed)
    for number in range(kills):
        known = films[: max(4, len(films) * (number + 1) // kills)]
        child = _start(server, folder, known, settings)
        # The interpreter and the libraries take their time before anything begins.
        _wait_for_work(server, folder)
        time.sleep(chance.uniform(0.0, 3.0))
        child.send_signal(signal.SIGKILL)
        child.communicate()
    return _figures(server, _finish(_start(server, folder, films, settings)), kills=kills)


def _wait_for_work(server: StandIn, folder: Path) -> None:
    """Return once the process has taken the data folder; at most some seconds."""
    log, before = folder / "logs" / "cuepoint.log", time.monotonic()
    size = log.stat().st_size if log.exists() else 0
    while time.monotonic() - before < 15:
        if log.exists() and log.stat().st_size > size:
            return
        time.sleep(0.02)


def environment(server: StandIn, settings: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return the environment of a process that uses the stand-in."""
    told = {"TWELVE_LABS_API_KEY": KEY, "TWELVE_LABS_BASE_URL": server.url, "CUEPOINT_ENGINE": "twelvelabs"}
    return {**os.environ, **told, **(settings or {})}


def _start(
    server: StandIn, folder: Path, films: Sequence[Path], settings: Mapping[str, str] | None
) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", _CHILD, str(folder), *map(str, films)],
        cwd=PROJECT_ROOT,
        env=environment(server, settings),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def _finish(child: subprocess.Popen[str]) -> dict[str, Any]:
    answer, noise = child.communicate(timeout=3600)
    if child.returncode != 0:
        raise RuntimeError(f"the run ended with {child.returncode}:\n{noise[-3000:]}")
    return dict(json.loads(answer.strip().splitlines()[-1]))


def _figures(server: StandIn, found: Mapping[str, Any], *, kills: int) -> ProviderFigures:
    told = server.statistics()
    states = Counter(found["states"].values())
    for_good = {sha256[:32] for sha256 in told["failed_for_good"]}
    failed = {video for video, state in found["states"].items() if state == "failed"}
    ready_s = sum(s for video, s in found["seconds"].items() if found["states"][video] == "ready")
    return ProviderFigures(
        videos=len(found["states"]),
        ready=states["ready"],
        failed=len(failed),
        failed_for_good=len(failed & for_good),
        messages=tuple(found["messages"]),
        billed_twice=sum(count > 1 for count in told["billed_by_content"].values()),
        billed_minutes=round(told["billed_minutes"], 3),
        footage_minutes=round(ready_s / 60, 3),
        counted_minutes=round(found["minutes"], 3),
        calls=told["calls_in_all"],
        faults=sum(told["faults"].values()),
        kills=kills,
        took_s=round(found["took_s"], 2),
    )
