"""From the archive into the index, some thousand rows at a time."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Final, TypeAlias, TypeVar

from core.catalog.spaces import IndexedIn
from core.errors import ArchiveDamaged, NotFound
from core.indexing.workbench import video_fields
from core.library_model import RebuildProgress
from core.model import Embedding, Space, Video
from core.parts import Parts
from core.vectors.port import VideoFields

log = logging.getLogger(__name__)

T = TypeVar("T")

BULK_ROWS: Final = 8_000
"""Rows of one write: it takes two or three seconds, in which nobody else can write."""

Report: TypeAlias = Callable[[RebuildProgress], None]
_Read: TypeAlias = tuple[IndexedIn, list[Embedding] | None]


@dataclass(frozen=True, slots=True)
class Written:
    """What was written: rows by video, in the order of writing."""

    rows: Mapping[str, int]

    @property
    def total(self) -> int:
        return sum(self.rows.values())


def write_entries(parts: Parts, space: Space, entries: Sequence[IndexedIn], report: Report) -> Written:
    """Write the archived rows of these videos, and say after every write how far it is.

    A video whose archive file is damaged or gone is queued to be indexed again where that is free, and
    counts as missing in its space elsewhere. What changes meanwhile is written as it is in the end.
    Raises: IndexUnavailable, CatalogUnavailable, StorageFull.
    """
    videos = {video.id: video for video in parts.catalog.videos()}
    known = [entry for entry in entries if entry.video_id in videos]
    fields = {entry.video_id: video_fields(videos[entry.video_id]) for entry in known}
    rows: dict[str, int] = {}
    began, passed = time.monotonic(), 0
    for bulk in _ahead(_bulks(_reading(parts, space, known))):
        whole = [(fields[entry.video_id], found) for entry, found in bulk if found is not None]
        parts.index.replace_videos(space, whole)
        rows.update((about.video_id, len(found)) for about, found in whole)
        for entry, found in bulk:
            if found is None:
                _give_up(parts, space, entry.video_id)
        passed += len(bulk)
        report(_progress(space, passed, len(known), sum(rows.values()), time.monotonic() - began))
    _settle(parts, space, {entry.video_id: entry for entry in known}, fields)
    return Written(rows)


def _reading(parts: Parts, space: Space, entries: Iterable[IndexedIn]) -> Iterator[_Read]:
    for entry in entries:
        yield entry, _read(parts, space, entry)


def _read(parts: Parts, space: Space, entry: IndexedIn) -> list[Embedding] | None:
    try:
        return parts.archive.read(entry.video_id, space, entry.recipe)
    except (ArchiveDamaged, NotFound):
        log.warning("index.rebuild_without video=%s space=%s", entry.video_id, space.key, exc_info=True)
        return None


def _give_up(parts: Parts, space: Space, video_id: str) -> None:
    parts.catalog.forget_rows(space.key, video_id)
    if space == parts.embedder.space and not parts.embedder.billable:
        parts.catalog.add_job(video_id, force=True)


def _bulks(videos: Iterator[_Read]) -> Iterator[list[_Read]]:
    """Yield the videos in bulks of about `BULK_ROWS` rows."""
    bulk: list[_Read] = []
    rows = 0
    for entry, found in videos:
        bulk.append((entry, found))
        rows += len(found or ())
        if rows >= BULK_ROWS:
            yield bulk
            bulk, rows = [], 0
    if bulk:
        yield bulk


def _ahead(items: Iterator[T]) -> Iterator[T]:
    """Yield items of which the next one is made while the last one is worked on."""
    with ThreadPoolExecutor(1, thread_name_prefix="archive") as reader:
        coming = reader.submit(next, items, None)
        while (item := coming.result()) is not None:
            coming = reader.submit(next, items, None)
            yield item


def _settle(
    parts: Parts, space: Space, written: Mapping[str, IndexedIn], fields: Mapping[str, VideoFields]
) -> None:
    """Bring up to date what was indexed, edited or deleted while its rows were written as they had been."""
    now = {entry.video_id: entry for entry in parts.catalog.indexed_in(space.key)}
    videos: dict[str, Video] = {video.id: video for video in parts.catalog.videos()}
    for video_id, entry in written.items():
        if video_id not in videos:
            parts.index.delete_video(video_id)
        elif video_id in now and now[video_id] != entry:
            found = _read(parts, space, now[video_id])
            if found is not None:
                parts.index.replace_video(space, video_fields(videos[video_id]), found)
        elif video_fields(videos[video_id]) != fields[video_id]:
            parts.index.update_fields(space, video_fields(videos[video_id]))


def _progress(space: Space, videos: int, of: int, rows: int, took_s: float) -> RebuildProgress:
    pace = rows / took_s if took_s > 0 else 0.0
    remaining_s = took_s / videos * (of - videos) if videos else 0.0
    return RebuildProgress(space, videos, of, rows, pace, remaining_s)
