"""Kill the process at a random moment of indexing, start it again, and compare with an undisturbed run."""

from __future__ import annotations

import json
import random
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

PROJECT_ROOT = Path(__file__).resolve().parents[2]

# The process that is killed: it adds every file it is given and waits until all are ready.
_CHILD = """
import json, sys
from pathlib import Path
from core.config import Settings
from core.library import open_library
data, *files = sys.argv[1:]
with open_library(Settings(data_dir=Path(data))) as library:
    for file in files:
        library.add_file(file)
    print("added", flush=True)
    library.wait(timeout_s=600)
    space = library.status().space
    print(json.dumps({
        "states": {video.id: video.status for video in library.videos()},
        "rows": library.status().segments,
        "segments": {video.id: len(library.segments(video.id)) for video in library.videos()},
    }), flush=True)
"""


@dataclass(frozen=True)
class Round:
    """What one kill led to."""

    killed_after_s: float
    archived_before: int
    embedded_again: int
    not_ready: int
    rows: int
    orphans: tuple[str, ...]


@dataclass(frozen=True)
class KillFigures:
    """An undisturbed run, and every disturbed one beside it."""

    undisturbed_s: float
    rows: int
    rounds: tuple[Round, ...]

    @property
    def clean(self) -> bool:
        return all(
            not (one.not_ready or one.embedded_again or one.orphans) and one.rows == self.rows
            for one in self.rounds
        )


def kill_trial(files: Sequence[Path], folder: Path, *, rounds: int, seed: int = 1) -> KillFigures:
    """Return the figures of ``rounds`` kills at random moments while ``files`` are being indexed."""
    chance = random.Random(seed)
    began = time.monotonic()
    expected = _run(folder / "undisturbed", files)
    undisturbed_s = time.monotonic() - began
    names = _names(folder / "undisturbed")
    done = []
    for number in range(rounds):
        data = folder / f"round-{number}"
        after_s = chance.uniform(0.5, undisturbed_s)
        _run_and_kill(data, files, after_s)
        archived = {path: _stamp(path) for path in data.glob("archive/*/*.parquet")}
        found = _run(data, files)
        done.append(
            Round(
                killed_after_s=round(after_s, 2),
                archived_before=len(archived),
                embedded_again=sum(_stamp(path) != stamp for path, stamp in archived.items()),
                not_ready=sum(state != "ready" for state in found["states"].values())
                + len(files)
                - len(found["states"]),
                rows=found["rows"],
                orphans=tuple(sorted(_names(data) ^ names)),
            )
        )
    return KillFigures(round(undisturbed_s, 2), expected["rows"], tuple(done))


def _start(data: Path, files: Sequence[Path]) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", _CHILD, str(data), *map(str, files)],
        cwd=PROJECT_ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def _run(data: Path, files: Sequence[Path]) -> dict[str, dict[str, str]]:
    child = _start(data, files)
    answer, noise = child.communicate(timeout=900)
    if child.returncode != 0:
        raise RuntimeError(f"the run ended with {child.returncode}:\n{noise[-3000:]}")
    return json.loads(answer.strip().splitlines()[-1])


def _run_and_kill(data: Path, files: Sequence[Path], after_s: float) -> None:
    child = _start(data, files)
    time.sleep(after_s)
    child.send_signal(signal.SIGKILL)
    child.communicate()


def _stamp(path: Path) -> tuple[int, int]:
    """Return what changes when a file is written again."""
    details = path.stat()
    return details.st_mtime_ns, details.st_ino


def _names(data: Path) -> set[str]:
    """Return every file that Cuepoint itself keeps; Milvus' own and the logs vary by nature."""
    folders = ("archive", "originals", "incoming", "media", "cache")
    return {
        str(path.relative_to(data))
        for folder in folders
        for path in (data / folder).rglob("*")
        if path.is_file()
    }
