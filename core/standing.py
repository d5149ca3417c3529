"""What the status page shows: how the engine, the stores and the disk stand."""

from __future__ import annotations

import os
import shutil
import time
from pathlib import Path

from core.errors import CuepointError
from core.library_model import LibraryStatus
from core.parts import Parts
from core.rebuilding import strangers

_MEASURED: dict[Path, tuple[float, int]] = {}
_DISK_TTL_S = 10.0


def library_status(parts: Parts) -> LibraryStatus:
    """Return the present standing; a store that is down is described, never raised."""
    videos = parts.catalog.videos()
    try:
        space = parts.spaces.searched()
        segments = parts.index.count(space)
        index_ready, index_message = True, "The search index answers."
        if strangers(parts, space):
            index_message += (
                " It also holds videos that this library does not know. If another library uses the same "
                "Milvus, give each a database of its own in MILVUS_URI; if nobody needs them, run: "
                "python -m core rebuild --replace"
            )
    except CuepointError as exc:
        segments, index_ready, index_message = 0, False, exc.message
    return LibraryStatus(
        engine=parts.embedder.state(),
        space=parts.embedder.space,
        videos=len(videos),
        segments=segments,
        minutes=sum(video.duration_s for video in videos if video.segment_count) / 60,
        disk_bytes=disk_bytes(parts.layout.root),
        free_bytes=shutil.disk_usage(parts.layout.root).free,
        active_jobs=len(parts.catalog.jobs(active_only=True)),
        index_ready=index_ready,
        index_message=index_message,
    )


def disk_bytes(folder: Path) -> int:
    """Return the size of all files below a folder, measured at most once in ten seconds."""
    measured_at, size = _MEASURED.get(folder, (0.0, 0))
    if time.monotonic() - measured_at > _DISK_TTL_S or not measured_at:
        size = sum(_size(Path(where) / name) for where, _, names in os.walk(folder) for name in names)
        _MEASURED[folder] = (time.monotonic(), size)
    return size


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        # Files come and go while the folder is walked.
        return 0
