"""From the command to the first answer: python -m benchmarks.trials.cold_start [--embeddings 0 10000].

The application is started as people start it, held to two cores, with the files of the library out of the
page cache where the system lets that be asked. Prints one JSON line for each size of library.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import statistics
import tempfile
import time
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

from benchmarks.trials.made_library import make_library
from benchmarks.trials.served import serve
from benchmarks.trials.visitor import Run, Visitor

WORDS: Final = "dog"


@dataclass(frozen=True, slots=True)
class ColdStart:
    """Medians of a few starts with one library."""

    embeddings: int
    starts: int
    ready_s: float
    """From the start of the process to the first good answer of the readiness route."""
    page_s: float
    """What the first visitor then waits for the page."""
    answer_s: float
    """What the first visitor then waits for the first answer."""
    second_s: float
    """What the next question takes."""
    first_answer_s: float
    """All of it: from the start of the process to the first answer."""


def cold_start(data: Path, embeddings: int, *, cores: str = "0,1", starts: int = 3) -> ColdStart:
    """Start the application on a data folder a few times, and ask it at once."""
    met = [_start(data, cores) for _ in range(starts)]
    ready_s, page_s, answer_s, second_s = (
        round(statistics.median(each), 2) for each in zip(*met, strict=True)
    )
    whole_s = round(statistics.median(sum(one[:3]) for one in met), 2)
    return ColdStart(embeddings, starts, ready_s, page_s, answer_s, second_s, whole_s)


def _start(data: Path, cores: str) -> tuple[float, float, float, float]:
    _forget(data)
    with serve(data, cores=cores) as served:
        return served.ready_s, *asyncio.run(_first_visit(served.url))


async def _first_visit(url: str) -> tuple[float, float, float]:
    async with Visitor(url) as visitor:
        began = time.perf_counter()
        await visitor.open()
        page_s = time.perf_counter() - began
        if not visitor.has("q"):
            # An empty library has nothing to ask.
            return page_s, 0.0, 0.0
        first, second = await visitor.search(WORDS), await visitor.search(f"{WORDS} water")
        return page_s, _seconds(first), _seconds(second)


def _seconds(run: Run) -> float:
    if run.results is None:
        raise RuntimeError(f"The application did not answer: {run.exceptions}")
    return run.took_ms / 1000


def _forget(folder: Path) -> None:
    """Let the system drop the files of a folder from its page cache."""
    for file in folder.rglob("*"):
        with suppress(OSError, AttributeError):
            handle = os.open(file, os.O_RDONLY)
            try:
                os.posix_fadvise(handle, 0, 0, os.POSIX_FADV_DONTNEED)
            finally:
                os.close(handle)


def main() -> None:
    """Print the figures of each size of library."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--embeddings", type=int, nargs="+", default=[0, 10_000])
    parser.add_argument("--starts", type=int, default=3)
    parser.add_argument("--cores", default="0,1", help="cores of the application; empty for all")
    parser.add_argument("--data", type=Path, help="a data folder from before, kept, of the one size given")
    given = parser.parse_args()
    for embeddings in given.embeddings:
        with tempfile.TemporaryDirectory() as folder:
            data = given.data or Path(folder) / "data"
            if not data.exists():
                make_library(data, embeddings)
            figures = cold_start(data, embeddings, cores=given.cores, starts=given.starts)
            print(json.dumps(asdict(figures)), flush=True)


if __name__ == "__main__":
    main()
