"""What a search costs beside the bare calls that it makes: ``python -m benchmarks.search [ROWS] [KIND]``.

Builds a library of ROWS embeddings (100,000; half seen, half heard) on Milvus Lite through our own index, and
asks for three terms in both modalities with filters, moments and folding; the terms' vectors are cached, as
after the first time that words are typed. Each query is asked twice: for the first time, and with other
weights. The whole is compared with the calls to Milvus that it made: as they were timed within it, and made
again, bare. The process is as the application is: what was loaded before is out of the garbage collector's
sight. Prints one JSON line.

KIND is ``scenes`` (the default) or ``independent``; see `benchmarks.search_library`.
"""

from __future__ import annotations

import gc
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final, get_args

import numpy as np
import pymilvus

from benchmarks.search_library import BOTH, DIMENSION, SPACE, Kind, build, unit
from core.embedding.query_cache import QueryCache
from core.model import Filters, Query, Text
from core.search.searcher import Searcher
from core.vectors.copied import CopiedIndex
from core.vectors.milvus import MilvusIndex
from tests.search_bench import KnownEngine

TRIES: Final = 9
WARM: Final = 2
"""Tries that are not counted: they load what the others find loaded."""
READS: Final = ("search", "query")
WEIGHTS: Final = ((1.0, 1.0, 1.0), (1.0, 0.5, 0.2))

Call = tuple[str, Any, tuple[Any, ...], dict[str, Any]]
"""Method, client, arguments."""


@dataclass
class Recording:
    """The calls of one search, and how long they took in all."""

    calls: list[Call] = field(default_factory=list)
    took_s: float = 0.0


@dataclass(frozen=True)
class Try:
    """One search: its milliseconds, those of its calls within it, and of the same calls made again."""

    whole: float
    within: float
    bare: float
    calls: list[Call]


@contextmanager
def recorded() -> Iterator[Recording]:
    """Give a recording into which every reading call to Milvus goes."""
    recording = Recording()
    real = {name: getattr(pymilvus.MilvusClient, name) for name in READS}

    def recorder(name: str) -> Any:
        def call(client: Any, *given: Any, **named: Any) -> Any:
            recording.calls.append((name, client, given, named))
            began = time.perf_counter()
            answer = real[name](client, *given, **named)
            recording.took_s += time.perf_counter() - began
            return answer

        return call

    for name in READS:
        setattr(pymilvus.MilvusClient, name, recorder(name))
    try:
        yield recording
    finally:
        for name in READS:
            setattr(pymilvus.MilvusClient, name, real[name])


def timed(searcher: Searcher, query: Query) -> Try:
    """Return what a search took, and its calls."""
    with recorded() as recording:
        began = time.perf_counter()
        searcher.search(query)
        whole = 1000 * (time.perf_counter() - began)
    began = time.perf_counter()
    for name, client, given, named in recording.calls:
        getattr(client, name)(*given, **named)
    bare = 1000 * (time.perf_counter() - began)
    return Try(whole, 1000 * recording.took_s, bare, recording.calls)


def queries(engine: KnownEngine, samples: dict[Any, np.ndarray], count: int) -> list[Query]:
    """Return queries of three terms, each near some footage, and teach the engine their meaning."""
    chance = np.random.default_rng(9)
    asked = []
    for number in range(count):
        words = [f"w{number}x{place}" for place in range(len(WEIGHTS[0]))]
        for word in words:
            near = chance.integers(0, len(samples["visual"]))
            noise = 0.04 * chance.standard_normal((len(BOTH), DIMENSION))
            engine.texts[word] = {m: unit(samples[m][near] + own) for m, own in zip(BOTH, noise, strict=True)}
        terms = tuple(Text(word, weight) for word, weight in zip(words, WEIGHTS[0], strict=True))
        asked.append(Query(terms, filters=Filters(categories=("road", "sea")), limit=20))
    return asked


def measure(rows: int, kind: Kind, folder: Path) -> dict[str, Any]:
    """Return the medians for one size and kind of library."""
    index = MilvusIndex(str(folder / "bench.db"))
    samples = build(index, rows, kind)
    copied = CopiedIndex(index, 2**40)
    engine = KnownEngine(SPACE)
    cache = QueryCache(folder / "queries")
    asked = queries(engine, samples, TRIES)
    for query in asked:
        Searcher(index, engine, cache).search(query)  # Fills the cache of query vectors.
    began = time.perf_counter()
    while not copied.copied(SPACE):
        time.sleep(0.02)
    filled_s = time.perf_counter() - began
    found: dict[str, list[Try]] = {"first": [], "weights": []}
    from_copy: dict[str, list[Try]] = {"first": [], "weights": []}
    searcher, quick = Searcher(index, engine, cache), Searcher(copied, engine, cache)
    gc.collect()
    gc.freeze()
    for query in asked:
        moved = tuple(replace(t, weight=w) for t, w in zip(query.terms, WEIGHTS[1], strict=True))
        for name, one in (("first", query), ("weights", replace(query, terms=moved))):
            found[name].append(timed(searcher, one))
            # The same search out of the copy, beside the calls that it saved.
            from_copy[name].append(replace(timed(quick, one), bare=found[name][-1].bare))
    copied.close()
    figures = {name: summary(some[WARM:]) for name, some in found.items()}
    saved = {f"{name}, copy": short(some[WARM:]) for name, some in from_copy.items()}
    return {"rows": rows, "kind": kind, "copy_filled_s": round(filled_s, 1)} | figures | saved


def short(tries: list[Try]) -> dict[str, Any]:
    """Return the medians of searches that asked Milvus for nothing, and that they did not."""
    return {
        "whole_ms": round(statistics.median(one.whole for one in tries), 1),
        "to_bare": round(statistics.median(one.whole / one.bare for one in tries), 2),
        "calls": sum(len(one.calls) for one in tries),
    }


def summary(tries: list[Try]) -> dict[str, Any]:
    """Return medians, ratios, and what was asked of Milvus in the middle try."""
    calls = sorted(tries, key=lambda one: one.whole)[len(tries) // 2].calls
    searches = [named for name, _, _, named in calls if name == "search"]
    return {
        "whole_ms": round(statistics.median(one.whole for one in tries), 1),
        "within_ms": round(statistics.median(one.within for one in tries), 1),
        "bare_ms": round(statistics.median(one.bare for one in tries), 1),
        "to_within": round(statistics.median(one.whole / one.within for one in tries), 2),
        "to_bare": round(statistics.median(one.whole / one.bare for one in tries), 2),
        "searches": [
            f"{named['partition_names'][0]} x{len(named['data'])}, {named['limit']} deep"
            f"{', filtered' if named['filter'] else ''}"
            for named in searches
        ],
        "fetches": len(calls) - len(searches),
    }


def main(arguments: list[str]) -> None:
    rows = int(arguments[0]) if arguments else 100_000
    kinds = [kind for kind in get_args(Kind) if kind in arguments[1:]] or ["scenes"]
    for kind in kinds:
        with tempfile.TemporaryDirectory() as folder:
            print(json.dumps(measure(rows, kind, Path(folder))), flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
