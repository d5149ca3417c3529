"""Rows a second from the archive into Milvus, beside what pymilvus inserts bare.

python -m benchmarks.trials.ingest [ROWS] [TURNS]   (100,000 rows, 3 turns; on Milvus Lite and, where the
    package is installed, on a server)
"""

from __future__ import annotations

import json
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from core.rebuilding_checking import check_space
from core.rebuilding_writing import write_entries
from core.vectors.archive import Archive
from core.vectors.client import BATCH, Client
from core.vectors.port import VideoFields
from core.vectors.rows import stored_videos
from core.vectors.schema import PARTITIONS, partition_of, row_fields, rows_name, to_record
from tests.milvus_server import MilvusServer, available
from tests.moving_bench import RECIPE, House

_SEGMENTS: Final = 150
"""Of each video, seen and heard: 100,000 rows are 333 archive files."""
_BARE: Final = "bare_rows"


@dataclass(frozen=True)
class IngestFigures:
    """Medians over the turns, which alternate."""

    rows: int
    videos: int
    bare_rows_s: float
    """pymilvus alone: rows that are ready in memory, inserted by the thousand, one flush at the end."""
    ours_rows_s: float
    """Read from the archive, checked, written with marks and sums, and the same flush at the end."""
    ratio: float
    """Median of the turns' own ratios: both halves of a turn meet the same machine."""
    compared_s: float
    """Waiting for the index of a server, and comparing all of it with the archive; not in the rate."""


def ingest_trial(folder: Path, *, rows: int, turns: int, address: str = "") -> IngestFigures:
    """Measure on Milvus Lite in this folder, or on the server at this address."""
    videos = max(1, round(rows / (2 * _SEGMENTS)))
    house = House(folder, videos=videos, segments=_SEGMENTS, dimension=512)
    bare, ours, compared = [], [], []
    for _ in range(turns):
        bare.append(_bare(house, address or str(folder / "bare.db")))
        rate, took_s = _ours(house, address or str(folder / "ours.db"))
        ours.append(rate)
        compared.append(took_s)
    return IngestFigures(
        rows=videos * (2 * _SEGMENTS + 1),
        videos=videos,
        bare_rows_s=round(statistics.median(bare)),
        ours_rows_s=round(statistics.median(ours)),
        ratio=round(statistics.median(o / b for o, b in zip(ours, bare, strict=True)), 3),
        compared_s=round(statistics.median(compared), 1),
    )


def _ours(house: House, address: str) -> tuple[float, float]:
    with house.parts(address) as parts:
        client: Client = parts.index._client  # type: ignore[attr-defined]  # for a flush of a server, and to begin with an empty collection
        parts.index.drop(house.space)
        parts.index._opened(house.space)  # type: ignore[attr-defined]  # as above
        entries = parts.catalog.indexed_in(house.space.key)
        began = time.perf_counter()
        written = write_entries(parts, house.space, entries, lambda _: None)
        client._open.flush(rows_name(house.space))
        rate = written.total / (time.perf_counter() - began)
        began = time.perf_counter()
        parts.index.make_ready(house.space)
        check_space(parts, house.space, entries)
        took_s = time.perf_counter() - began
        parts.index.drop(house.space)
    return rate, took_s


def _bare(house: House, address: str) -> float:
    client = Client(address)
    by_partition: dict[str, list[dict[str, Any]]] = {}
    archive = Archive(house.data / "archive")
    for video_id in house.video_ids:
        video = VideoFields(video_id, 60.0, category="road"), archive.read(video_id, house.space, RECIPE)
        for fields, rows in stored_videos(house.space, [video]):
            for row in rows:
                record = to_record(row, fields, client.backend.tags)
                by_partition.setdefault(partition_of(record["modality"], record["scope"]), []).append(record)
    _empty(client, house)
    began = time.perf_counter()
    for partition, records in by_partition.items():
        for start in range(0, len(records), BATCH):
            client._open.insert(_BARE, records[start : start + BATCH], partition_name=partition)
    client._open.flush(_BARE)
    rate = sum(map(len, by_partition.values())) / (time.perf_counter() - began)
    client.drop(_BARE)
    client.close()
    return rate


def _empty(client: Client, house: House) -> None:
    """Make the collection that Cuepoint would make, with the same index, and nothing in it."""
    if client.has(_BARE):
        client.drop(_BARE)
    client.create(_BARE, row_fields(client.types, house.space, client.backend.tags))
    for partition in PARTITIONS:
        client.create_partition(_BARE, partition)
    rows = len(house.video_ids) * 2 * _SEGMENTS
    # A bulk leaves a server's index for large collections to the end.
    client.create_index(_BARE, client.backend.index_for(rows if client.database else 0))
    client._open.load_collection(_BARE)


def on_lite(rows: int, turns: int) -> IngestFigures:
    with tempfile.TemporaryDirectory() as folder:
        return ingest_trial(Path(folder), rows=rows, turns=turns)


def on_server(rows: int, turns: int) -> IngestFigures:
    folder = Path(tempfile.mkdtemp())
    try:
        with MilvusServer(folder / "server") as server:
            return ingest_trial(folder, rows=rows, turns=turns, address=server.address)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def main(rows: int = 100_000, turns: int = 3) -> int:
    """Print the figures of either back end, a line each; 1 where one is slower than 80 % of bare inserts."""
    trials: dict[str, Callable[[int, int], IngestFigures]] = {"lite": on_lite}
    if available():
        trials["server"] = on_server
    passed = True
    for name, trial in trials.items():
        figures = trial(rows, turns)
        passed = passed and figures.ratio >= 0.8
        print(json.dumps({name: asdict(figures)}), flush=True)
    return 0 if passed else 1


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:])))
