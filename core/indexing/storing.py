"""The last step: what the archive has becomes pictures and rows that are found."""

from __future__ import annotations

import logging
from collections.abc import Sequence

from core.errors import ArchiveDamaged, Cancelled, NotFound
from core.indexing import transitions
from core.indexing.embedding import release
from core.indexing.picturing import make_sprites, make_thumbnails
from core.indexing.record import JobRecord
from core.indexing.workbench import Workbench, video_fields
from core.model import Embedding, Ticket, Video

log = logging.getLogger(__name__)


def store(bench: Workbench, record: JobRecord) -> None:
    """Bring a job to ``ready``. Everything here may be done twice and gives the same."""
    video = bench.video(record.job)
    space = bench.embedder.space
    recipe = record.job.recipe or ""
    try:
        embeddings = bench.archive.read(video.id, space, recipe)
    except NotFound:
        # Another engine was chosen since, or somebody removed the file.
        record.change(transitions.start_over)
        return
    except ArchiveDamaged:
        if bench.embedder.billable:
            raise  # To pay once more is for a person to decide.
        record.change(transitions.start_over, force=True)
        return
    pictured = make_thumbnails(bench, record, video, clip_segments_ms(embeddings))
    # From here on a cancel would save nothing and leave a video half in the index.
    record.check()
    _index(bench, record, video, embeddings)
    # Found from here on; the filmstrip takes longer than all else here, and nobody waits for it to search.
    pictured = _make_filmstrip(bench, record, video) and pictured
    if not bench.embedder.billable:
        bench.archive.forget(video.id, space=space, keep_recipe=recipe)
    if record.job.ticket != Ticket() and release(bench, record.job):
        record.change(transitions.take_ticket, Ticket())
    _finish(bench, record, None if pictured else "Some of its pictures could not be made.")


def clip_segments_ms(embeddings: Sequence[Embedding]) -> set[tuple[int, int]]:
    """Return the different clip segments as (start_ms, end_ms)."""
    return {(e.segment.start_ms, e.segment.end_ms) for e in embeddings if e.scope == "clip"}


def _index(bench: Workbench, record: JobRecord, video: Video, embeddings: Sequence[Embedding]) -> None:
    space = bench.embedder.space
    indexed_at = bench.clock()
    fields = video_fields(video, indexed_at)
    rows = bench.index.replace_video(space, fields, embeddings)
    try:
        current = bench.catalog.mark_indexed(
            video.id,
            recipe=record.job.recipe or "",
            space=space,
            segment_count=len(clip_segments_ms(embeddings)),
            indexed_at=indexed_at,
        )
    except NotFound as exc:
        raise Cancelled("The video of this work was deleted.") from exc
    if video_fields(current) != fields:
        # Somebody edited the video while its rows were written with the old fields.
        bench.index.update_fields(space, video_fields(current))
    log.info("video.indexed video=%s rows=%d", video.id, rows)


def _make_filmstrip(bench: Workbench, record: JobRecord, video: Video) -> bool:
    try:
        return make_sprites(bench, video, record.report)
    except Cancelled:
        # The video can be found already, so the job ends as ready; the next start makes up for it.
        log.info("sprites.cancelled job=%s video=%s", record.job.id, video.id)
        return False


def _finish(bench: Workbench, record: JobRecord, message: str | None) -> None:
    with bench.catalog.deciding():
        video = bench.video(record.job)
        if not bench.embedder.billable and bench.recipe(video) != record.job.recipe:
            # The words that go into these embeddings were edited meanwhile, and doing it again is free.
            record.change(transitions.start_over)
            return
        record.change(transitions.finish, message)
