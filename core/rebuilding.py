"""Writing the index anew from archive and catalog. Nothing is embedded, no call is made."""

from __future__ import annotations

import logging
from collections.abc import Sequence

from core.errors import IndexOutdated, IndexUnavailable, SettingsError, StoreError
from core.library_model import RebuildProgress, RebuildReport
from core.model import Space
from core.parts import Parts
from core.rebuilding_checking import archived_keys, check_space
from core.rebuilding_record import RebuildRecord
from core.rebuilding_writing import Report, write_entries

log = logging.getLogger(__name__)


def _untold(_progress: RebuildProgress) -> None:
    """Say nothing."""


def rebuild_index(parts: Parts, *, replace: bool = False, report: Report = _untold) -> RebuildReport:
    """Replace all rows of every space by what the archive holds, compare both, and say how much it is.

    A rebuild into the same index that was cut off goes on: what it wrote stays. ``replace`` also removes
    rows of videos that the catalog does not know. One video whose archive file is damaged or gone is queued
    to be indexed again where that is free, and counts as missing in its space elsewhere; one that has never
    been indexed is left to its job.

    Raises: SettingsError where the index seems to belong to another library as well, StoreError where the
        new index differs from the archive, IndexUnavailable, CatalogUnavailable.
    """
    record = RebuildRecord(parts.layout, parts.settings.milvus_address)
    spaces = parts.spaces.known()
    if not replace:
        _refuse_strangers(parts, [space for space in spaces if not record.has(space.key)])
    written: set[str] = set()
    kept: set[str] = set()
    rows = searches = 0
    for space in spaces:
        if record.has(space.key):
            whole = _whole(parts, space)
        else:
            whole = set()
            parts.index.drop(space)
            record.begin(space.key)
        entries = parts.catalog.indexed_in(space.key)
        found = write_entries(parts, space, [one for one in entries if one.video_id not in whole], report)
        parts.index.make_ready(space)
        written |= found.rows.keys()
        kept |= whole
        rows += parts.index.count(space)
        log.info("index.rebuilt space=%s rows=%d kept_videos=%d", space.key, found.total, len(whole))
    # The note goes before the comparison: where that fails, the next rebuild begins anew.
    record.end()
    for space in spaces:
        searches += check_space(parts, space, parts.catalog.indexed_in(space.key))
    parts.worker.wake()
    return RebuildReport(len(written | kept), rows, len(kept), searches)


def mend_index(parts: Parts) -> RebuildReport:
    """Write what the index lacks of the videos that the catalog names as indexed, and say how much it was.

    So an index that another version laid out, or that was lost, comes back by itself, and a process that
    was killed while it did this goes on at the next start. What is there stays as it is.
    Raises: IndexUnavailable, CatalogUnavailable.
    """
    written: set[str] = set()
    rows = 0
    # Spaces that are neither written nor searched wait until they are: opening one costs memory.
    for space in dict.fromkeys((parts.spaces.chosen, parts.spaces.searched())):
        entries = [entry for entry in parts.catalog.indexed_in(space.key) if entry.segment_count]
        present = _present(parts, space) if entries else set()
        lacking = [entry for entry in entries if entry.video_id not in present]
        if not lacking:
            continue
        log.warning("index.mending space=%s videos=%d of=%d", space.key, len(lacking), len(entries))
        found = write_entries(parts, space, lacking, _untold)
        parts.index.make_ready(space)
        written |= found.rows.keys()
        rows += found.total
        log.info("index.mended space=%s videos=%d", space.key, len(lacking))
    RebuildRecord(parts.layout, parts.settings.milvus_address).end()
    return RebuildReport(len(written), rows)


def _present(parts: Parts, space: Space) -> set[str]:
    """Return the videos whose rows are whole; an index that another version laid out is dropped first."""
    try:
        return parts.index.video_ids(space)
    except IndexOutdated:
        log.warning("index.outdated space=%s", space.key)
        parts.index.drop(space)
        return set()


def _whole(parts: Parts, space: Space) -> set[str]:
    """Return the videos that a rebuild which was cut off has written to the end, row by row."""
    present = _present(parts, space)
    return {
        entry.video_id
        for entry in parts.catalog.indexed_in(space.key)
        if entry.video_id in present
        and {row.key for row in parts.index.rows(space, entry.video_id)} == archived_keys(parts, space, entry)
    }


def strangers(parts: Parts, space: Space) -> int:
    """Return how many videos a space holds that the catalog does not know. Raises: StoreError."""
    known = {video.id for video in parts.catalog.videos()}
    leaving = {left.video_id for left in parts.catalog.unsettled()}
    return len(parts.index.video_ids(space) - known - leaving)


def _refuse_strangers(parts: Parts, spaces: Sequence[Space]) -> None:
    """Raise SettingsError where a space also holds videos of somebody else: dropping it would take them."""
    for space in spaces:
        try:
            found = strangers(parts, space)
        except IndexUnavailable:
            raise
        except StoreError:
            # Outdated or damaged: a rebuild is what helps, and nothing here can be read any more.
            log.warning("index.unreadable space=%s", space.key, exc_info=True)
            continue
        if found:
            log.error("index.strangers space=%s videos=%d", space.key, found)
            raise SettingsError(
                f"The index at MILVUS_URI also holds {found:,} video{'s' if found > 1 else ''} that this "
                "library does not know, and a rebuild would remove that. If another library uses this "
                "Milvus, give each a database of its own, such as MILVUS_URI=http://localhost:19530/mine. "
                "If nobody needs what is there, run: python -m core rebuild --replace"
            )
