"""What `make bench` measures, each in its own process: ``python -m benchmarks.measures FOLDER NAME JSON``.

A process a measurement, because memory is measured by the process and what one loads would warm the next.
The last line that it prints is the figures.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from benchmarks.results import (
    Calls,
    Crowd,
    Crowds,
    Figures,
    Ingesting,
    Searching,
    Starting,
    from_json,
    to_json,
)
from benchmarks.results import usable_cores as usable

PROJECT_ROOT: Final = Path(__file__).resolve().parents[1]
_END_S: Final = 30.0
PLAIN: Final = {
    "MILVUS_URI": "",
    "MILVUS_TOKEN": "",
    "DATABASE_URL": "",
    "TWELVE_LABS_API_KEY": "",
    "CUEPOINT_ENGINE": "preview",
    "CUEPOINT_INDEX_COPY_MB": "512",
    "CUEPOINT_SIGN_IN": "false",
}
"""Settings of every measurement: whatever somebody's `.env` says, no store or bill of theirs is touched."""


class Failed(Exception):
    """A measurement that gave no figures; says why."""


@dataclass(frozen=True)
class Measurement:
    """One process to be run."""

    name: str
    """Its place in the results; the same name replaces."""
    function: str
    given: Mapping[str, Any]
    timeout_s: float
    needs_server: bool = False


def searching(folder: Path, *, engine: str, rows: int, tries: int) -> Searching:
    """Every way of searching so many vectors, in one process."""
    from benchmarks import engines

    return engines.searching(folder, engine=engine, rows=rows, tries=tries)


def ingesting(folder: Path, *, engine: str, rows: int, turns: int) -> Ingesting:
    """Rows a second from the archive, beside bare inserts."""
    from benchmarks.trials.ingest import ingest_trial
    from tests.milvus_server import MilvusServer

    if engine == "server":
        with MilvusServer(folder / "server") as server:
            found = ingest_trial(folder, rows=rows, turns=turns, address=server.address)
    else:
        found = ingest_trial(folder, rows=rows, turns=turns)
    return Ingesting(engine, found.rows, round(found.bare_rows_s), round(found.ours_rows_s), found.ratio)


def starting(folder: Path, *, embeddings: int) -> Starting:
    """The application from nothing to the first results, for a visitor who waits at its door."""
    from benchmarks.trials.made_library import make_library
    from benchmarks.trials.served import serve
    from benchmarks.trials.visitor import Visitor

    async def first(url: str) -> float:
        async with Visitor(url) as visitor:
            await visitor.open()
            run = await visitor.search("sea sunset")
            if run.exceptions or run.results is None:
                raise Failed(f"the first search was answered with {run.exceptions or 'no list'}")
            return time.perf_counter()

    make_library(folder / "data", embeddings)
    before = time.perf_counter()
    with serve(folder / "data") as served:
        took_s = asyncio.run(first(served.url)) - before
        return Starting(embeddings, round(served.ready_s, 1), round(took_s, 1), round(served.memory_mb))


def crowds(folder: Path, *, embeddings: int, sessions: Sequence[int], seconds: float) -> Crowds:
    """The application with more and more visitors; with cores of its own where there are four."""
    from benchmarks.trials.made_library import make_library
    from benchmarks.trials.served import serve
    from benchmarks.trials.sessions import EVERY_S, trial

    make_library(folder / "data", embeddings)
    cores, theirs, told = "", usable(), f"{len(usable()) or os.cpu_count()}, shared with the sessions"
    if len(theirs) >= 4:
        cores, theirs, told = ",".join(map(str, theirs[:2])), theirs[2:], "2 of its own"
        os.sched_setaffinity(0, theirs)
    found = []
    with serve(folder / "data", cores=cores) as served:
        # Who comes first waits for what is loaded then; that is another figure.
        asyncio.run(trial(served, 1, 2 * EVERY_S, pictures=False))
        for count in sessions:
            one = asyncio.run(trial(served, count, seconds, pictures=False))
            found.append(
                Crowd(
                    sessions=count,
                    runs=one["runs"],
                    p50_ms=one["ms"]["p50"],
                    p95_ms=one["ms"]["p95"],
                    faults=one["faults"],
                    memory_mb=one["memory_mb"][1],
                    cores_used=one["server_cores"],
                )
            )
    return Crowds(embeddings, told, tuple(found))


def calls(folder: Path, *, rows: int) -> Calls:
    """A search of three terms beside its calls to Milvus Lite."""
    from benchmarks import search

    found = search.measure(rows, "scenes", folder)
    return Calls(
        rows=rows,
        whole_ms=found["first"]["whole_ms"],
        bare_ms=found["first"]["bare_ms"],
        ratio=found["first"]["to_bare"],
        again_ratio=found["weights"]["to_bare"],
        copied_ms=found["first, copy"]["whole_ms"],
    )


FUNCTIONS: Final[dict[str, Callable[..., Figures]]] = {
    "searching": searching,
    "ingesting": ingesting,
    "starting": starting,
    "crowds": crowds,
    "calls": calls,
}


def measured(one: Measurement) -> Figures:
    """Run a measurement in a process of its own, in a folder that goes with it.

    Raises: Failed where it ends badly or takes too long.
    """
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        command = [sys.executable, "-m", "benchmarks.measures", folder, one.function, json.dumps(one.given)]
        log = Path(folder) / "errors.log"
        with log.open("w", encoding="utf-8") as errors:
            process = subprocess.Popen(
                command,
                cwd=PROJECT_ROOT,
                env=_environment(),
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
            )
            try:
                said, _ = process.communicate(timeout=one.timeout_s)
            except subprocess.TimeoutExpired:
                raise Failed(f"took longer than {one.timeout_s:.0f} s") from None
            finally:
                _end(process)
        if process.returncode:
            raise Failed(_last_line(log.read_text(encoding="utf-8", errors="replace")))
    return from_json(json.loads(said.splitlines()[-1]))


def _environment() -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("CUEPOINT_")}
    return kept | PLAIN


def _end(process: subprocess.Popen[str]) -> None:
    """End a process that still runs, so that it ends what it started."""
    if process.poll() is None:
        process.send_signal(signal.SIGINT)
        try:
            process.wait(_END_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _last_line(errors: str) -> str:
    lines = [line for line in errors.splitlines() if line.strip()]
    return lines[-1] if lines else "ended without a word"


def main(folder: str, name: str, given: str) -> None:
    print(json.dumps(to_json(FUNCTIONS[name](Path(folder), **json.loads(given)))), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
