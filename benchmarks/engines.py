"""One search in every way there is: ``python -m benchmarks.engines lite|server ROWS``. Prints one JSON line.

Numpy, FAISS, Milvus bare and Cuepoint look through the same vectors in the same process: ratios are of one
run. Vectors have 512 numbers and lie in two hundred groups; an eighth of the videos has the category that the
filter asks for. Recall is the share of the ten best of brute force.
"""

from __future__ import annotations

import gc
import json
import sys
import tempfile
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

import psutil

from benchmarks.made_vectors import LIMIT, SEEN, SPACE, WANTED, House, fill, row_of
from benchmarks.results import Searching, Way
from benchmarks.ways import WARM, Ask, Truth, median, p95, plain, timed, truth, way
from core.embedding.query_cache import QueryCache, text_key
from core.model import Filters, Query, Text
from core.search.searcher import Searcher
from core.vectors.copied import CopiedIndex
from core.vectors.milvus import MilvusIndex
from core.vectors.port import VectorIndex
from core.vectors.schema import METRIC, partition_of, rows_name
from tests.search_bench import KnownEngine

SETTLED_S: Final = 900.0
FILTER: Final = Filters(categories=(WANTED,))


def bare(name: str, index: MilvusIndex, house: House, best: Truth) -> Way:
    """Return pymilvus alone, on the same collection, index and partition."""
    client, rows = index._client, len(house.vectors)
    parameters = {"metric_type": METRIC, "params": client.backend.index_for(rows).parameters(LIMIT)}

    def asking(expression: str) -> Ask:
        def ask(n: int) -> list[int]:
            [hits] = client._open.search(
                rows_name(SPACE),
                data=[house.questions[n]],
                anns_field="vector",
                filter=expression,
                limit=LIMIT,
                output_fields=["key"],
                search_params=parameters,
                partition_names=[partition_of(SEEN)],
                **client._freshness(rows_name(SPACE)),
            )
            return [row_of(hit["entity"]["key"]) for hit in hits]

        return ask

    return way(name, best, asking(""), asking(f'category in ["{WANTED}"]'))


def ours(name: str, index: VectorIndex, house: House, best: Truth) -> Way:
    """Return our index by its port."""

    def asking(filters: Filters | None) -> Ask:
        def ask(n: int) -> list[int]:
            [hits] = index.search(SPACE, SEEN, house.questions[n : n + 1], limit=LIMIT, filters=filters)
            return [row_of(hit.row.key) for hit in hits]

        return ask

    return way(name, best, asking(None), asking(FILTER))


def whole(index: VectorIndex, house: House, folder: Path) -> tuple[list[float], list[float]]:
    """Return the milliseconds of whole searches for words that were typed before, and of filtered ones."""
    engine = KnownEngine(SPACE, modalities=(SEEN,))
    engine.texts = {f"w{n}": {SEEN: question} for n, question in enumerate(house.questions)}
    cache = QueryCache(folder / "queries")
    for words in engine.texts:
        cache.remember(text_key(SPACE, words), lambda words=words: engine.embed_text(words))  # type: ignore[misc]  # the default binds

    def asked(filters: Filters) -> list[float]:
        searcher = Searcher(index, engine, cache)  # type: ignore[arg-type]  # a stand-in

        def ask(n: int) -> object:
            return searcher.search(Query((Text(f"w{n}"),), filters=filters, limit=20))

        return timed(ask, len(house.questions))

    return asked(Filters()), asked(FILTER)


def on_lite(house: House, folder: Path) -> Searching:
    """Return the figures of Milvus Lite, and of the copy in memory that stands before it."""
    best = truth(house)
    ways = plain(house, best)
    index = MilvusIndex(str(folder / "milvus.db"))
    before = memory_mb()
    filled_s = fill(index, house)
    settle()
    ways += [
        bare("Milvus Lite, bare", index, house, best),
        ours("Cuepoint on Milvus Lite, no copy", index, house, best),
    ]
    milvus_mb = memory_mb() - before
    began, before = time.perf_counter(), memory_mb()
    copied = CopiedIndex(index, 2**40)
    while not copied.copied(SPACE):
        time.sleep(0.02)
    settled_s = time.perf_counter() - began
    ways.append(ours("Cuepoint on Milvus Lite", copied, house, best))
    copy_mb = memory_mb() - before
    settle()
    times, filtered = whole(copied, house, folder)
    copied.close()
    return Searching(
        engine="lite",
        rows=len(house.vectors),
        index=index.backend.index_for(len(house.vectors)).kind,
        ways=tuple(ways),
        whole_ms=median(times),
        whole_p95_ms=p95(times),
        whole_filtered_ms=median(filtered),
        filled_s=round(filled_s, 1),
        settled_s=round(settled_s, 1),
        milvus_mb=milvus_mb,
        copy_mb=copy_mb,
    )


def on_server(house: House, folder: Path) -> Searching:
    """Return the figures of a real Milvus server, started for this."""
    from tests.milvus_server import MilvusServer

    best = truth(house)
    ways = plain(house, best)
    with MilvusServer(folder / "server", **{"proxy.timeTickInterval": 200}) as running:
        index = MilvusIndex(running.address)
        filled_s = fill(index, house)
        began = time.perf_counter()
        index.make_ready(SPACE)
        # It waits two minutes at most; on a busy machine the server is still building then.
        while not index._client._is_covered(rows_name(SPACE)) and time.perf_counter() - began < SETTLED_S:
            time.sleep(0.5)
        settled_s = time.perf_counter() - began
        settle()
        ways += [
            bare("Milvus server, bare", index, house, best),
            ours("Cuepoint on a Milvus server", index, house, best),
        ]
        times, filtered = whole(index, house, folder)
        server_mb = round(running.process.memory_info().rss / 1e6)
        index.close()
    return Searching(
        engine="server",
        rows=len(house.vectors),
        index=index.backend.index_for(len(house.vectors)).kind,
        ways=tuple(ways),
        whole_ms=median(times),
        whole_p95_ms=p95(times),
        whole_filtered_ms=median(filtered),
        filled_s=round(filled_s, 1),
        settled_s=round(settled_s, 1),
        milvus_mb=server_mb,
        copy_mb=None,
    )


def memory_mb() -> int:
    return round(psutil.Process().memory_info().rss / 1e6)


def settle() -> None:
    """What was made so far is out of the collector's sight, as it is in the application."""
    gc.collect()
    gc.freeze()


def searching(folder: Path, *, engine: str, rows: int, tries: int) -> Searching:
    """Measure all ways of one engine at one size."""
    house = House.made(rows, tries + WARM)
    return {"lite": on_lite, "server": on_server}[engine](house, folder)


def main(engine: str, rows: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        figures: dict[str, Any] = asdict(searching(Path(folder), engine=engine, rows=rows, tries=40))
    print(json.dumps(figures), flush=True)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
