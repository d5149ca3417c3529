"""Speed and memory, and how they grow: `make bench`, or `make bench SHORT=1` for two minutes.

python -m benchmarks [--short] [--into FILE] [--only WORDS ...] [--report]

Every measurement has a process of its own, one after the other. FILE is filled as they end; with --only, what
is measured anew takes its place in it. Then a table (Markdown) and a chart are written beside FILE.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from pathlib import Path
from typing import Final

from benchmarks import picture, tables
from benchmarks.measures import Failed, Measurement, measured
from benchmarks.results import Results, load, save, this_machine

FILE: Final = Path("data") / "benchmarks" / "results.json"
PAGE: Final = Path(__file__).with_name("README.md").resolve()
PUBLISHED: Final = PAGE.parent / "results" / "full.json"
"""The figures of the page beside this; whatever is measured into it is put there."""
MINUTE_S: Final = 60.0


def short_plan() -> list[Measurement]:
    """Two minutes on two cores."""
    return [
        *_searches("lite", [10_000], tries=20, timeout_s=2 * MINUTE_S),
        *_searches("server", [10_000], tries=20, timeout_s=2 * MINUTE_S),
        *_ingests(6_000, turns=1, timeout_s=2 * MINUTE_S),
        Measurement("start 1,000", "starting", {"embeddings": 1_000}, 2 * MINUTE_S),
        Measurement(
            "sessions 1,000",
            "crowds",
            {"embeddings": 1_000, "sessions": [10, 25], "seconds": 6.0},
            2 * MINUTE_S,
        ),
    ]


def full_plan() -> list[Measurement]:
    """Everything."""
    return [
        *_searches("lite", [10_000, 100_000], tries=40, timeout_s=15 * MINUTE_S),
        *_searches("server", [10_000, 100_000, 1_000_000], tries=40, timeout_s=30 * MINUTE_S),
        *_ingests(100_000, turns=3, timeout_s=20 * MINUTE_S),
        *(
            Measurement(f"calls {rows:,}", "calls", {"rows": rows}, 15 * MINUTE_S)
            for rows in (10_000, 100_000)
        ),
        *(
            Measurement(f"start {size:,}", "starting", {"embeddings": size}, 15 * MINUTE_S)
            for size in (1_000, 10_000)
        ),
        Measurement(
            "sessions 10,000",
            "crowds",
            {"embeddings": 10_000, "sessions": [10, 25, 50], "seconds": 60.0},
            15 * MINUTE_S,
        ),
    ]


def _searches(engine: str, sizes: list[int], *, tries: int, timeout_s: float) -> list[Measurement]:
    return [
        Measurement(
            f"search {engine} {rows:,}",
            "searching",
            {"engine": engine, "rows": rows, "tries": tries},
            timeout_s,
            engine == "server",
        )
        for rows in sizes
    ]


def _ingests(rows: int, *, turns: int, timeout_s: float) -> list[Measurement]:
    return [
        Measurement(
            f"ingest {engine} {rows:,}",
            "ingesting",
            {"engine": engine, "rows": rows, "turns": turns},
            timeout_s,
            engine == "server",
        )
        for engine in ("lite", "server")
    ]


def run(plan: list[Measurement], results: Results, file: Path) -> Results:
    """Measure what is planned, and save after each."""
    for number, one in enumerate(plan, 1):
        print(f"{number} of {len(plan)}: {one.name} …", end=" ", flush=True)
        began = time.perf_counter()
        why, load = _not_here(one), os.getloadavg()[0]
        try:
            if not why:
                results = results.having(one.name, measured(one), load)
        except Failed as failure:
            why = str(failure)
        if why:
            results = results.lacking(one.name, why)
        save(results, file)
        print(f"left out: {why}" if why else f"{time.perf_counter() - began:.0f} s", flush=True)
    return results


def _not_here(one: Measurement) -> str:
    if not one.needs_server:
        return ""
    from tests.milvus_server import available

    return "" if available() else "no Milvus server here (the package milvus is for Linux on x86-64 only)"


def report(results: Results, file: Path) -> None:
    """Write table and chart beside the results, the published ones' table into its page; print the table."""
    table = tables.markdown(results)
    if file.resolve() == PUBLISHED:
        page = PAGE.read_text(encoding="utf-8")
        PAGE.write_text(tables.put(page, table), encoding="utf-8")
    else:
        file.with_suffix(".md").write_text(table, encoding="utf-8")
    print(f"\n{table}")
    for written in picture.write(results, file):
        print(f"Chart: {written}")
    print(f"Figures: {file}")


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__.splitlines()[0])
    parser.add_argument("--short", action="store_true", help="two minutes: small sizes, few tries")
    parser.add_argument("--into", type=Path, default=None, help=f"results file, filled up ({FILE})")
    parser.add_argument("--only", nargs="+", default=[], help="only what has one of these in its name")
    parser.add_argument("--report", action="store_true", help="measure nothing; draw table and chart again")
    given = parser.parse_args(arguments)
    file = given.into or FILE.with_stem("short" if given.short else "results")
    if given.report:
        if not file.exists():
            parser.error(f"there are no figures in {file}")
        report(load(file), file)
        return 0
    plan = short_plan() if given.short else full_plan()
    if given.only:
        plan = [one for one in plan if any(word in one.name for word in given.only)]
    # A run of everything begins anew; one of some adds to what is there.
    known = load(file) if given.only and file.exists() else Results(this_machine(), given.short)
    results = run(plan, known, file)
    report(results, file)
    return 0 if results.figures else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
