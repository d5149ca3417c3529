"""A rebuild in a data folder that nobody has open: the command line's way."""

from __future__ import annotations

import logging
import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

from core.composition import assemble
from core.config import Settings
from core.errors import CatalogUnavailable, StorageFull, StoreError
from core.layout import Layout, index_file
from core.library_model import RebuildProgress, RebuildReport
from core.presence import Ownership
from core.rebuilding import rebuild_index
from core.rebuilding_record import RebuildRecord
from core.rebuilding_writing import Report

log = logging.getLogger(__name__)

_EVERY_S: Final = 3.0

Say = Callable[[str], None]


def rebuild_here(settings: Settings, *, replace: bool, say: Say, every_s: float = _EVERY_S) -> RebuildReport:
    """Rebuild the index with nobody else at work; ``say`` takes the lines to show, one every few seconds.

    Raises: LibraryBusy, and as `core.rebuilding.rebuild_index` does.
    """
    # What is compared has to be answered by Milvus itself, and nobody searches here.
    settings = settings.model_copy(update={"index_copy_mb": 0})
    layout, file = Layout(settings.data_dir.absolute()), _own_file(settings, replace)
    record = RebuildRecord(layout, settings.milvus_address)
    teller = _Teller(say, every_s)
    if not record.unfinished:
        say("Writing the index anew …")
        return _rebuild(settings, layout, file, replace, teller)
    say("Going on with the rebuild that was cut off …")
    try:
        return _rebuild(settings, layout, None, replace, teller)
    except (StorageFull, CatalogUnavailable):
        raise
    except StoreError:
        if file is None:
            raise
        log.warning("index.half_written_useless", exc_info=True)
    say("What it had written cannot be used. Writing the index anew …")
    record.end()
    return _rebuild(settings, layout, file, replace, teller)


def _rebuild(
    settings: Settings, layout: Layout, file: Path | None, replace: bool, report: Report
) -> RebuildReport:
    """Rebuild, from nothing where an index file is given: that also mends one which no longer opens."""
    if file is not None:
        _remove(layout, file)
    parts = assemble(settings)
    with parts.closing:
        return rebuild_index(parts, replace=replace, report=report)


class _Teller:
    """Says how far it is, at most every so many seconds."""

    def __init__(self, say: Say, every_s: float) -> None:
        self._say = say
        self._every_s = every_s
        self._said = time.monotonic()

    def __call__(self, progress: RebuildProgress) -> None:
        ended = progress.videos == progress.of
        if not ended and time.monotonic() - self._said < self._every_s:
            return
        self._said = time.monotonic()
        self._say(
            f"  {progress.videos:,} of {progress.of:,} videos · {progress.rows:,} embeddings · "
            f"{progress.rows_per_s:,.0f} a second · "
            + ("comparing with the archive …" if ended else f"{_duration(progress.remaining_s)} left")
        )


def _own_file(settings: Settings, replace: bool) -> Path | None:
    """Return the index's file where it is this library's alone: derived data, which may be removed."""
    file = index_file(settings.milvus_address)
    if file is None or replace or file.is_relative_to(settings.data_dir.absolute()):
        return file
    return None


def _remove(layout: Layout, file: Path) -> None:
    # Under the folder's lock, so that nobody opens it meanwhile.
    ownership = Ownership(layout)
    try:
        if file.is_dir():
            shutil.rmtree(file)
        else:
            file.unlink(missing_ok=True)
    finally:
        ownership.release()


def _duration(seconds: float) -> str:
    minutes = round(seconds / 60)
    return f"{minutes:,} min" if minutes >= 2 else f"{max(1, round(seconds))} s"
