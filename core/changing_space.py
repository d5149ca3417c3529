"""From one space to the next: what the chosen one lacks, and what becomes of the old ones.

Nothing here asks an engine that costs money by itself: missing videos are offered with their price, and
embedded when a person says so.
"""

from __future__ import annotations

import logging

from core.errors import InputRefused, StoreError
from core.library_model import Estimate
from core.model import Batch, Space, Ticket, Video
from core.parts import Parts

log = logging.getLogger(__name__)


def estimate_missing(parts: Parts) -> Estimate:
    """Return what embedding the videos that the chosen space lacks would ask of its engine."""
    return parts.pipeline.estimate(_missing(parts))


def embed_missing(parts: Parts, *, hold: bool) -> Batch:
    """Queue the videos that the chosen space lacks as one batch. Raises: InputRefused where none lacks."""
    missing = _missing(parts)
    if not missing:
        raise InputRefused("Every video is in the chosen space already. There is nothing to embed.")
    batch = parts.catalog.open_batch(f"All videos to {parts.embedder.space.model}", held=hold)
    for video in missing:
        parts.catalog.add_job(video.id, batch_id=batch.id)
    log.info("space.filling space=%s videos=%d", parts.embedder.space.key, len(missing))
    parts.worker.wake()
    return batch


def drop_space(parts: Parts, space_key: str) -> None:
    """Remove the rows of a space; its archive stays, so that they can be had again without a call.

    Raises: NotFound, InputRefused for a space that is chosen or searched, IndexUnavailable.
    """
    space = parts.spaces.find(space_key)
    if space == parts.spaces.chosen:
        raise InputRefused("New videos go to this space. Choose another model first, then remove it.")
    if space == parts.spaces.searched():
        raise InputRefused(
            "Searches go to this space until the chosen one has every video. Embed the missing ones first."
        )
    _drop(parts, space)


def settle_spaces(parts: Parts) -> None:
    """Bring the spaces in order before work begins: name them, and let go of what nobody can search.

    Rows of an earlier preview engine go once the present space has every video. Work that an earlier
    engine was to do for nothing is not handed to one that costs money.
    """
    catalog, chosen = parts.catalog, parts.spaces.chosen
    catalog.note_space(chosen)
    counts, indexed = catalog.space_counts()
    known = {space.key for space in parts.spaces.known()}
    for named in (_named(key) for key in counts if key not in known):
        if named is not None:
            catalog.note_space(named)
    for space in parts.spaces.known()[1:]:
        outdated = space.engine == "preview" and parts.engines.refusal(space) is not None
        complete = counts.get(chosen.key, 0) >= indexed
        if not counts.get(space.key) or (outdated and complete):
            try:
                _drop(parts, space)
            except StoreError:
                # Rows that nobody searches can wait for the next start.
                log.warning("space.not_dropped space=%s", space.key, exc_info=True)
    if parts.embedder.billable:
        _leave_free_work(parts)


# -- parts -----------------------------------------------------------------------------------------


def _missing(parts: Parts) -> list[Video]:
    wanted = set(parts.catalog.missing_in(parts.spaces.chosen.key))
    return [video for video in parts.catalog.videos() if video.id in wanted]


def _drop(parts: Parts, space: Space) -> None:
    # In this order a crash leaves a space without videos, which the next start removes.
    parts.catalog.forget_rows(space.key)
    parts.index.drop(space)
    parts.catalog.forget_space(space.key)
    log.info("space.dropped space=%s", space.key)


def _leave_free_work(parts: Parts) -> None:
    """Remove jobs of indexed videos that were meant for another engine, and that no batch asks for."""
    chosen = parts.spaces.chosen.key
    missing = set(parts.catalog.missing_in(chosen))
    for job in parts.catalog.jobs(active_only=True):
        meant_for_other = job.space_key != chosen and job.batch_id is None and job.ticket == Ticket()
        if meant_for_other and job.video_id in missing:
            parts.catalog.drop_job(job.id)
            log.info("job.left job=%s video=%s", job.id, job.video_id)


def _named(space_key: str) -> Space | None:
    """Return the space of a key that was written before spaces were named; None where it cannot be told."""
    engine, _, rest = space_key.partition("_")
    model, _, dimension = rest.rpartition("_")
    if not dimension.isdecimal():
        return None
    space = Space(engine, model, int(dimension))
    return space if space.key == space_key else None
