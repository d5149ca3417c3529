"""One library moves from Milvus Lite to a server and back, killed on the way: are its answers the same?

On the server twice: with an index that compares everything, and with the one that Cuepoint chooses there,
which from 20,000 rows on finds rows by shortened vectors. What that one misses is told, and is no failure.

python -m benchmarks.trials.moving [ROWS]   (24,000 rows of 512 dimensions; needs the package `milvus`)
"""

from __future__ import annotations

import json
import multiprocessing
import sys
import tempfile
import time
from dataclasses import asdict, dataclass, replace
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Final

from core.rebuilding_command import rebuild_here
from core.vectors.backends import SERVER, SHORTENED
from core.vectors.schema import rows_name
from tests.milvus_server import MilvusServer
from tests.moving_bench import House
from tests.moving_rankings import Ranking, differing, nearest, searched

_SEGMENTS: Final = 150
_QUERIES: Final = 200
_DIMENSION: Final = 512
_EXACT: Final = replace(SERVER, large_from=2**62)
"""A server whose index compares everything, at every size."""
_AMID_S: Final = 0.5
"""From the end of one write into the next, which takes about two seconds."""


@dataclass(frozen=True)
class Move:
    """One move, and what the library answers after it beside what it answered on Milvus Lite at first."""

    to: str
    index: str
    """The type of the index that answers, as Milvus says it."""
    rows: int
    seconds: float
    """Writing and comparing with the archive."""
    begun_again: int
    """Videos that were found written already, because the move was killed before."""
    searches_that_differ: int
    """Of 200 whole searches, by their best 50 moments, ties aside."""
    rows_that_differ: int
    """Of 800 searches of the index, by their 50 nearest rows, ties of 1e-6 aside."""
    rows_missed: int
    """Of the 40,000 rows of these searches."""
    calls: int
    """Of the engine, during the rebuild and before it was killed."""

    @property
    def as_promised(self) -> bool:
        """No call anywhere, and the same answers wherever the index compares everything."""
        exact = self.index != SHORTENED.kind
        return not (self.calls or (exact and (self.searches_that_differ or self.rows_that_differ)))


def moving_trial(folder: Path, server: str, rows: int) -> list[Move]:
    """Move a library of so many rows; the first move to the server is killed when a third is written."""
    videos = max(6, round(rows / (2 * _SEGMENTS)))
    house = House(folder, videos=videos, segments=_SEGMENTS, dimension=_DIMENSION)
    moves: list[Move] = []
    first: tuple[list[Ranking], list[Ranking]] | None = None
    places = (
        ("Milvus Lite", "", None),
        ("server, all compared", server, _EXACT),
        ("server, as it is chosen", server, None),
        ("Milvus Lite again", str(folder / "back.db"), None),
    )
    for name, uri, backend in places:
        calls = house.engine.calls
        if backend is _EXACT:
            _kill_amid(folder, videos, uri)
        began = time.perf_counter()
        with house.fitted(backend):
            report = rebuild_here(house.settings(uri), replace=False, say=lambda _: None)
        seconds = time.perf_counter() - began
        calls = house.engine.calls - calls
        with house.parts(uri, backend) as parts:
            now = searched(parts, house, _QUERIES), nearest(parts, house, _QUERIES)
            index = parts.index._client.index_of(rows_name(house.space))  # type: ignore[attr-defined]  # the port says nothing of indexes
        first = first or now
        moves.append(
            Move(
                to=name,
                index=(index or {}).get("index_type", ""),
                rows=report.rows,
                seconds=round(seconds, 1),
                begun_again=report.kept,
                searches_that_differ=len(differing(first[0], now[0], 1e-4)),
                rows_that_differ=len(differing(first[1], now[1], 1e-6)),
                rows_missed=sum(map(_missed, first[1], now[1])),
                calls=calls,
            )
        )
    return moves


def _missed(ranking: Ranking, other: Ranking) -> int:
    return len({thing for thing, _ in ranking} - {thing for thing, _ in other})


def _kill_amid(folder: Path, videos: int, uri: str) -> None:
    """Begin the move in a process of its own, and kill it amid a write when a third is there."""
    spawning = multiprocessing.get_context("spawn")
    ours, theirs = spawning.Pipe(duplex=False)
    process = spawning.Process(target=_move, args=(folder, videos, uri, theirs))
    process.start()
    theirs.close()
    try:
        while int(ours.recv().split()[0].replace(",", "")) < videos // 3:
            pass
        time.sleep(_AMID_S)
    finally:
        process.kill()
        process.join()


def _move(folder: Path, videos: int, uri: str, said: Connection) -> None:
    house = House(folder, videos=videos, segments=_SEGMENTS, dimension=_DIMENSION)

    def say(line: str) -> None:
        if " of " in line:
            said.send(line)

    with house.fitted(_EXACT):
        rebuild_here(house.settings(uri), replace=False, say=say, every_s=0.0)


def main(rows: int = 24_000) -> int:
    """Print a line for every move; 1 where one is not as promised."""
    with tempfile.TemporaryDirectory() as folder, MilvusServer(Path(folder) / "server") as server:
        moves = moving_trial(Path(folder), server.address, rows)
    for move in moves:
        print(json.dumps(asdict(move)), flush=True)
    return 0 if all(one.as_promised for one in moves) else 1


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:])))
