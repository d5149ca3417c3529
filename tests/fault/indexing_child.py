"""A process that indexes a batch until it is done, or until it is killed: see test_indexing_crashes.py.

Run as ``python -m tests.fault.indexing_child FOLDER DELAY_S``. It prints ``working`` once it works.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from core.indexing.cleaning import sweep
from core.indexing.files import move
from core.indexing.patience import Patience
from core.model import Embedding, Space
from core.vectors.memory import MemoryIndex
from core.vectors.port import VideoFields, row_key
from tests.indexing_bench import Bench

UPLOADS = tuple(f"upload{number}" for number in range(4))
PATHS = tuple(f"path{number}" for number in range(3))
URLS = tuple(f"url{number}" for number in range(3))
DOOMED = "doomed"


class KeptIndex(MemoryIndex):
    """An index whose row keys lie in files, one a video, so that they survive the process."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self._folder = folder
        folder.mkdir(exist_ok=True)

    def replace_video(self, space: Space, fields: VideoFields, embeddings: Sequence[Embedding]) -> int:
        count = super().replace_video(space, fields, embeddings)
        keys = sorted(row_key(fields.video_id, one) for one in embeddings)
        draft = self._folder / f".{fields.video_id}.part"
        draft.write_text(json.dumps([fields.category, keys]))
        os.replace(draft, self._folder / f"{fields.video_id}.json")
        return count

    def delete_video(self, video_id: str) -> None:
        super().delete_video(video_id)
        (self._folder / f"{video_id}.json").unlink(missing_ok=True)


def open_bench(folder: Path, delay_s: float) -> Bench:
    quick = Patience(first_s=0.05, longest_s=0.2, poll_s=0.02, least_poll_s=0.02)
    return Bench(
        folder, index=KeptIndex(folder / "rows"), workers=3, patience=quick, polls=1,
        delay_s=delay_s, media_delay_s=delay_s,
    )  # fmt: skip


def add_everything(bench: Bench) -> None:
    """Add what an earlier process did not come to add, the way in which the library adds it."""
    for number, name in enumerate(UPLOADS):
        new = replace(bench.new_video(name, playable=number % 2 == 0), category="uploaded")
        if bench.catalog.find(new.id) is None:
            arrived = bench.layout.incoming / f"{name}.part"
            shutil.copyfile(new.path, arrived)
            with bench.catalog.arrival(new.id):
                target = bench.layout.originals / f"{new.id}.mp4"
                move(arrived, target)
                bench.catalog.add_video_with_job(replace(new, path=str(target)))
    for name in PATHS:
        new = bench.new_video(name, duration_s=20.0)
        if bench.catalog.find(new.id) is None:
            bench.catalog.add_video_with_job(new)
    for name in URLS:
        # The last address leads to a film that is added by its path as well.
        told = bench.films / f"{name}.json"
        if not told.exists():
            bench.add_url(name if name != URLS[-1] else PATHS[0], duration_s=20.0)
            told.write_text("{}")
        else:
            bench.urls |= _known_urls(bench)


def add_doomed(bench: Bench) -> str:
    """Add the film that is deleted while it is being indexed, once only; return its id."""
    marker = bench.films / "doomed.json"
    new = bench.new_video(DOOMED, playable=False)
    if not marker.exists():
        if bench.catalog.find(new.id) is None:
            bench.catalog.add_video_with_job(new)
        marker.write_text("{}")
    return new.id


def delete_doomed(bench: Bench, video_id: str) -> bool:
    """Delete that film once its job is at the engine; return whether it is gone."""
    if bench.catalog.find(video_id) is None:
        return True
    newest = bench.catalog.newest_job(video_id)
    if newest is not None and newest.state in ("embedding", "storing", "ready"):
        bench.pipeline.remove_video(video_id, keep_embeddings=False)
        bench.worker.wake()
    return False


def _known_urls(bench: Bench) -> dict[str, Path]:
    files = bench.films.glob("remote-*.mp4")
    return {f"https://films.example/{file.stem.removeprefix('remote-')}": file for file in files}


def main(folder: Path, delay_s: float) -> None:
    bench = open_bench(folder, delay_s)
    sweep(bench.layout, bench.catalog)
    bench.archive.sweep()
    bench.urls |= _known_urls(bench)
    bench.worker.start()
    print("working", flush=True)
    add_everything(bench)
    doomed = add_doomed(bench)
    bench.worker.wake()
    while not delete_doomed(bench, doomed):
        time.sleep(0.02)
    if not bench.worker.wait_idle(60):
        sys.exit("not idle in time")
    bench.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]), float(sys.argv[2]))
