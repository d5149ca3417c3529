"""The figures of a run as Markdown: what a search costs by every way and size, and the rest."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from benchmarks.results import Calls, Crowds, Ingesting, Results, Searching, Starting

BEGIN: Final = "<!-- figures of results/full.json -->"
END: Final = "<!-- end of figures -->"
ENGINES: Final = {"lite": "Milvus Lite", "server": "Milvus server"}


def markdown(results: Results) -> str:
    """Return everything that was measured, table by table; what is missing is said at the end."""
    parts = [
        _machine(results),
        searches(results.of(Searching)),
        engines(results.of(Searching)),
        calls(results.of(Calls)),
        ingests(results.of(Ingesting)),
        starts(results.of(Starting)),
        sessions(results.of(Crowds)),
        "".join(f"- {name}: no figure, {why}\n" for name, why in results.missing.items()),
    ]
    return "\n".join(part for part in parts if part)


def put(page: str, tables: str) -> str:
    """Return a page with these tables between its marks.

    Raises: ValueError where it has no marks.
    """
    before, begins, rest = page.partition(BEGIN)
    _, ends, after = rest.partition(END)
    if not begins or not ends:
        raise ValueError("The page has no place for the figures.")
    return f"{before}{begins}\n\n{tables}\n{ends}{after}"


def searches(found: Sequence[Searching]) -> str:
    """Return for either engine one row for every way, and the sizes side by side.

    Numpy and FAISS are in both tables, as each was measured in the same process as the rest of its table.
    """
    parts = []
    for engine, title in ENGINES.items():
        by_size = {one.rows: one for one in sorted(found, key=lambda one: one.rows) if one.engine == engine}
        names = dict.fromkeys(way.name for one in by_size.values() for way in one.ways)
        rows = [[name, *(_cell(one, name) for one in by_size.values())] for name in names]
        if by_size:
            whole = [f"{ms(one.whole_ms)} · {ms(one.whole_filtered_ms)}" for one in by_size.values()]
            rows.append(["**whole search of Cuepoint**", *whole])
            parts.append(
                table([f"one search, beside {title}", *(f"{size:,} rows" for size in by_size)], rows)
            )
    note = "Median milliseconds: all rows · an eighth of them by a filter (recall@10 of both).\n\n"
    return note + "\n".join(parts) if parts else ""


def _cell(one: Searching, name: str) -> str:
    for way in one.ways:
        if way.name == name:
            return f"{ms(way.ms)} · {ms(way.filtered_ms)} ({way.recall:.3g}, {way.filtered_recall:.3g})"
    return "–"


def engines(found: Sequence[Searching]) -> str:
    """Return what it takes to have so many rows, and how Cuepoint's index compares within its own run."""
    rows = []
    for one in sorted(found, key=lambda one: (one.engine, one.rows)):
        times = {way.name: way.ms for way in one.ways}
        bare = f"{ENGINES[one.engine]}, bare"
        own = one.ways[-1]
        settled = "copy filled" if one.engine == "lite" else "index built"
        memory = f"{one.milvus_mb:,}" + (f" + copy {one.copy_mb:,}" if one.copy_mb is not None else "")
        rows.append(
            [
                f"{ENGINES[one.engine]}, {one.rows:,}",
                one.index,
                f"{one.filled_s:.0f} s + {one.settled_s:.0f} s {settled}",
                memory,
                *(_ratio(own.ms, times.get(name)) for name in ("numpy", "FAISS", bare)),
            ]
        )
    heads = ["", "index", "filled", "memory, MB", "Cuepoint's index to numpy", "to FAISS", "to bare Milvus"]
    return table(heads, rows)


def calls(found: Sequence[Calls]) -> str:
    """Return what Cuepoint adds to its calls."""
    rows = [
        [
            f"{one.rows:,}",
            ms(one.whole_ms),
            ms(one.bare_ms),
            f"{one.ratio:.2f}",
            f"{one.again_ratio:.2f}",
            ms(one.copied_ms),
        ]
        for one in found
    ]
    heads = [
        "rows; three terms, two modalities, a filter",
        "whole search, ms",
        "its calls to Milvus Lite, bare, ms",
        "ratio",
        "ratio at other weights",
        "whole search out of the copy, ms",
    ]
    return table(heads, rows)


def ingests(found: Sequence[Ingesting]) -> str:
    """Return rows a second."""
    rows = [
        [f"{ENGINES[one.engine]}, {one.rows:,} rows", f"{one.bare:,}", f"{one.ours:,}", f"{one.ratio:.2f}"]
        for one in found
    ]
    return table(["rows a second", "bare Milvus", "Cuepoint, from the archive", "ratio"], rows)


def starts(found: Sequence[Starting]) -> str:
    """Return what the first visitor waits for."""
    rows = [
        [f"{one.embeddings:,}", f"{one.ready_s:.1f}", f"{one.first_search_s:.1f}", f"{one.memory_mb:,}"]
        for one in found
    ]
    heads = ["embeddings", "start to ready, s", "start to first results, s", "memory of the application, MiB"]
    return table(heads, rows)


def sessions(found: Sequence[Crowds]) -> str:
    """Return what many people at once meet."""
    rows = [
        [
            f"{one.sessions}",
            f"{all_.embeddings:,}",
            all_.cores,
            f"{one.runs:,}",
            f"{one.p50_ms:.0f}",
            f"{one.p95_ms:.0f}",
            f"{one.faults}",
            f"{one.memory_mb:,}",
            f"{one.cores_used:.1f}",
        ]
        for all_ in found
        for one in all_.crowds
    ]
    heads = [
        "sessions",
        "embeddings",
        "cores of the application",
        "questions",
        "p50, ms",
        "p95, ms",
        "faults",
        "memory, MiB",
        "cores busy",
    ]
    return table(heads, rows)


def table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a Markdown table; nothing where it would be empty."""
    if not rows:
        return ""
    lines = [heads, ["---"] * len(heads), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def ms(value: float) -> str:
    """Return milliseconds with as many digits as mean something."""
    return f"{value:.2f}" if value < 1 else f"{value:.1f}" if value < 100 else f"{value:,.0f}"


def _ratio(ours: float, other: float | None) -> str:
    return f"{ours / other:.2f}" if other else "–"


def _machine(results: Results) -> str:
    machine = results.machine
    versions = ", ".join(f"{name} {number}" for name, number in machine.versions.items())
    busiest = max(results.loads.values(), default=0.0)
    busy = f" Other work went on: the load when a measurement began was up to {busiest:.1f}."
    return (
        f"{machine.cores} cores ({machine.processor}), {machine.memory_gib} GiB, {machine.system}; "
        f"{versions}."
        f"{busy if busiest > machine.cores else ''}"
        f"{' The short mode: small sizes, few tries.' if results.short else ''}\n"
    )
