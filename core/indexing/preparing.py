"""The first step: the file is here, can be watched, and the engine would take it."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import TYPE_CHECKING

from core.catalog.catalog import NewVideo, video_id_of
from core.errors import MediaError
from core.indexing import transitions
from core.indexing.embedding import archived
from core.indexing.files import move
from core.indexing.record import JobRecord
from core.indexing.url_details import read_details
from core.indexing.workbench import Workbench, present_path
from core.media.names import clean_file_name, clean_name
from core.model import MediaInfo, Video
from core.vectors.matryoshka import derive

if TYPE_CHECKING:
    from core.media.download import Downloaded

log = logging.getLogger(__name__)


def prepare(bench: Workbench, record: JobRecord) -> None:
    """Bring a job to ``uploading``, or to ``storing`` where the archive has its embeddings.

    The job of an address is first brought to its video, and stays in ``preparing`` then.
    """
    if record.job.video_id is None:
        _fetch(bench, record)
        return
    video = bench.video(record.job)
    source = bench.source(video)
    space = bench.embedder.space
    record.change(transitions.aim, space.key)
    recipe = bench.embedder.recipe(source)
    is_archived = not record.job.force and derive(bench.archive, video.id, space, recipe)
    # Also what the engine refuses has a picture in the library; a playable copy only what it takes.
    _make_poster(bench, video, source.path)
    if not is_archived:
        bench.embedder.check(source)
    _make_proxy(bench, record, video, source.path)
    if record.job.force and video.media.start_timecode is None:
        # Earlier versions did not look for it.
        found = bench.media.probe(source.path, bench.settings).start_timecode
        bench.catalog.edit_video(video.id, start_timecode=found)
    record.check()
    if is_archived:
        log.info("job.archived_already job=%s video=%s", record.job.id, video.id)
        archived(bench, record, recipe, video)
    else:
        record.change(transitions.step, "uploading")


def _make_poster(bench: Workbench, video: Video, source: Path) -> None:
    poster = bench.layout.poster(video.id)
    if not poster.is_file():
        poster.parent.mkdir(parents=True, exist_ok=True)
        try:
            bench.media.write_poster(source, poster, video.media)
        except MediaError:
            # A video without a picture can still be searched and watched.
            log.warning("poster.failed video=%s", video.id, exc_info=True)


def _make_proxy(bench: Workbench, record: JobRecord, video: Video, source: Path) -> None:
    proxy = bench.layout.proxy(video.id)
    if not video.media.playable and not proxy.is_file():
        record.check()
        proxy.parent.mkdir(parents=True, exist_ok=True)
        bench.media.write_proxy(source, proxy, video.media, record.report)


# -- addresses -----------------------------------------------------------------------------------


def _fetch(bench: Workbench, record: JobRecord) -> None:
    """Download a job's address and link the job to the video that it turns out to be."""
    downloaded = bench.media.download(
        record.job.source_url or "",
        bench.layout.incoming,
        settings=bench.settings,
        report=record.report,
    )
    arrived = downloaded.received.path
    try:
        if not _recognise(bench, record, downloaded):
            media = bench.media.probe(arrived, bench.settings)
            record.check()
            _adopt(bench, record, downloaded, media)
    finally:
        arrived.unlink(missing_ok=True)


def _adopt(bench: Workbench, record: JobRecord, downloaded: Downloaded, media: MediaInfo) -> None:
    video_id = video_id_of(downloaded.received.sha256)
    name = clean_name(downloaded.name)
    details = read_details(record.job.details)
    target = bench.layout.originals / f"{video_id}{name.suffix}"
    new = NewVideo(
        id=video_id,
        sha256=downloaded.received.sha256,
        size_bytes=downloaded.received.size_bytes,
        title=details.title or name.title,
        media=media,
        path=str(target),
        category=details.category,
        tags=details.tags,
        recorded_at=details.recorded_at,
        source_url=record.job.source_url,
        fit=bench.settings.fit if details.fit is None else details.fit,
        file_name=clean_file_name(downloaded.name),
    )
    with bench.catalog.arrival(video_id):
        # Somebody may have brought the same bytes while these were probed.
        if _recognise(bench, record, downloaded):
            return
        move(downloaded.received.path, target)
        record.change(
            transitions.link,
            video_id,
            new.title,
            save=lambda job: bench.catalog.add_video_for_job(new, job)[1],
        )
    log.info("video.added video=%s job=%s seconds=%.1f", video_id, record.job.id, media.duration_s)


def _recognise(bench: Workbench, record: JobRecord, downloaded: Downloaded) -> bool:
    """Return whether the library has these bytes; then the job goes on as, or gives way to, that video's."""
    video_id = video_id_of(downloaded.received.sha256)
    with bench.catalog.deciding():
        video = bench.catalog.find(video_id)
        if video is None:
            return False
        if present_path(video) is None:
            target = bench.layout.originals / f"{video_id}{clean_name(downloaded.name).suffix}"
            move(downloaded.received.path, target)
            bench.catalog.remember_path(video_id, str(target))
        if video.source_url is None:
            bench.catalog.edit_video(video_id, source_url=record.job.source_url)
        if read_details(record.job.details).fit and not video.fit:
            bench.catalog.edit_video(video_id, fit=True)
        if video.status in ("failed", "cancelled"):
            record.change(transitions.link, video_id, video.title)
        else:
            message = f"Already in your library as “{video.title}”."
            record.change(transitions.recognise, video_id, message)
    log.info("video.known video=%s job=%s", video_id, record.job.id)
    return True
