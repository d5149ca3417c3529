"""Copies of spaces in memory, kept current by a thread of their own; nothing ever waits for one."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from core.errors import CuepointError
from core.model import MODALITIES, Modality, Space
from core.vectors.contents import kept_conditions
from core.vectors.milvus import MilvusIndex
from core.vectors.port import VideoRows
from core.vectors.read_copy import ReadCopy, View

log = logging.getLogger(__name__)

_AT_ONCE: Final = 4_000
"""Rows of one request for the copy: half a second on Lite, in which searches are slow."""
_WATCHED_S: Final = 5.0
"""So long after a search another one is expected."""
_WASTED: Final = 0.5
_PROBES: Final = 3
_PROBED: Final = 10
_EQUAL: Final = 1e-5
_CLOSING_S: Final = 10.0


@dataclass(slots=True)
class _Kept:
    """What is kept of one space. The thread alone writes it."""

    copy: ReadCopy | None = None
    view: View | None = None
    proven: bool = False
    """Whether the copy answered as Milvus does."""
    given_up: bool = False


class Copies:
    """One copy a space, of those that were asked for."""

    def __init__(self, index: MilvusIndex, most_bytes: int) -> None:
        self._index = index
        self._most_bytes = most_bytes
        self._kept: dict[str, _Kept] = {}
        self._wanted: dict[str, Space] = {}
        self._awake = threading.Condition()
        self._closing = threading.Event()
        self._asked = 0.0
        self._thread: threading.Thread | None = None

    def current(self, space: Space) -> View | None:
        """Return the copy where it is current; otherwise have it made so, and return None."""
        self._asked = time.monotonic()
        version = self._index.statistics(space, MODALITIES[0]).version
        kept = self._kept.get(space.key)
        if kept is not None and (kept.given_up or (kept.view and kept.view.version == version)):
            return kept.view
        with self._awake:
            self._wanted[space.key] = space
            if self._thread is None and not self._closing.is_set():
                self._thread = threading.Thread(target=self._work, name="index-copy", daemon=True)
                self._thread.start()
            self._awake.notify_all()
        return None

    def close(self) -> None:
        """Stop, and forget all copies. Twice does no harm."""
        self._closing.set()
        with self._awake:
            self._awake.notify_all()
        if self._thread is not None:
            self._thread.join(_CLOSING_S)
        self._kept.clear()

    def _work(self) -> None:
        while not self._closing.is_set():
            with self._awake:
                while not self._wanted and not self._closing.is_set():
                    self._awake.wait()
                wanted, self._wanted = self._wanted, {}
            for space in wanted.values():
                try:
                    self._refresh(space, self._kept.setdefault(space.key, _Kept()))
                except CuepointError:
                    # The next search that finds the copy behind asks for it again.
                    log.warning("copy.interrupted space=%s", space.key, exc_info=not self._closing.is_set())

    def _refresh(self, space: Space, kept: _Kept) -> None:
        """Make the copy what the space is, and show it, unless the space changed meanwhile."""
        before = self._index.statistics(space, MODALITIES[0]).version
        if self._too_large(space):
            kept.copy = kept.view = None
            return
        present = self._index.rows_of(space, self._index.video_ids(space))
        if kept.copy is None or kept.copy.wasted > _WASTED:
            kept.copy, kept.proven = ReadCopy(space.dimension, self._counts(space)), False
        for video_id in kept.copy.versions.keys() - present.keys():
            kept.copy.remove(video_id)
        read = kept.copy.versions
        stale = [rows for name, rows in present.items() if rows.spans and read.get(name) != rows.version]
        if not self._read(space, kept.copy, stale):
            return
        if self._index.statistics(space, MODALITIES[0]).version == before:
            self._show(space, kept, kept.copy.view(before))

    def _read(self, space: Space, copy: ReadCopy, stale: Sequence[VideoRows]) -> bool:
        """Read these videos into the copy; return False where closing cut it short."""
        for some in _batches(stale):
            if self._closing.is_set():
                return False
            began = time.monotonic()
            versions = {rows.video_id: rows.version for rows in some}
            for contents in self._index.contents(space, list(versions)):
                copy.put(contents, versions[contents.fields.video_id])
            if began - self._asked < _WATCHED_S:
                # Lite works in this process: who searches just now gets as much of it as the copy does.
                self._closing.wait(time.monotonic() - began)
        return True

    def _show(self, space: Space, kept: _Kept, view: View) -> None:
        """Let searches use a view that has what Milvus has."""
        if any(view.count(modality) != count for modality, count in self._counts(space).items()):
            # As after a write that was cut off: it is Milvus that knows what is there.
            log.warning("copy.incomplete space=%s", space.key)
            return
        if not kept.proven:
            with self._index.still():
                if self._index.statistics(space, MODALITIES[0]).version != view.version:
                    return
                kept.proven = self._answers_as_milvus(space, view)
        if kept.proven:
            log.info("copy.current space=%s rows=%d", space.key, sum(map(view.count, MODALITIES)))
            kept.view = view
        else:
            log.error("copy.wrong space=%s: searches ask Milvus until the next start", space.key)
            kept.copy, kept.view, kept.given_up = None, None, True

    def _answers_as_milvus(self, space: Space, view: View) -> bool:
        """Return whether a few searches give the same cosines in the copy and in Milvus."""
        everything = kept_conditions(None, self._index.backend.tags)
        for modality, part in view.parts.items():
            rows = np.flatnonzero(view.current[part.videos])
            if not len(rows):
                continue
            probes = part.vectors[rows[np.linspace(0, len(rows) - 1, _PROBES).astype(int)]]
            ours = view.search(modality, probes, _PROBED, everything)
            theirs = self._index.search(space, modality, probes, limit=_PROBED)
            for mine, true in zip(ours, theirs, strict=True):
                found = [hit.cosine for hit in mine], [hit.cosine for hit in true]
                if len(mine) != len(true) or not np.allclose(*found, rtol=0, atol=_EQUAL):
                    return False
        return True

    def _counts(self, space: Space) -> dict[Modality, int]:
        counts = {modality: self._index.statistics(space, modality).count for modality in MODALITIES}
        return {modality: count for modality, count in counts.items() if count}

    def _too_large(self, space: Space) -> bool:
        size = sum(self._counts(space).values()) * space.dimension * np.dtype(np.float32).itemsize
        return size > self._most_bytes


def _batches(videos: Sequence[VideoRows]) -> Iterable[list[VideoRows]]:
    """Give videos in groups of some thousand rows."""
    some: list[VideoRows] = []
    size = 0
    for video in videos:
        rows = sum(len(spans) for spans in video.spans.values())
        if some and size + rows > _AT_ONCE:
            yield some
            some, size = [], 0
        some.append(video)
        size += rows
    if some:
        yield some
