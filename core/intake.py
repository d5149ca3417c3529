"""How a file becomes a video of the library: hashed, recognised or probed, recorded, queued.

Nothing is embedded here. The catalog row and its job are written in one transaction, after the file
lies where it will stay; what a crash leaves before that is swept at the next start.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Final

from core.catalog.catalog import Catalog, NewVideo, video_id_of
from core.config import Settings
from core.errors import CuepointError, InputRefused
from core.indexing.files import move
from core.indexing.ports import MediaTools
from core.indexing.url_details import write_details
from core.indexing.workbench import present_path
from core.layout import Layout
from core.library_model import Added, Details
from core.media.addresses import check_url
from core.media.incoming import Received
from core.media.names import VIDEO_SUFFIXES, clean_file_name, clean_name
from core.media.subtitles import read_subtitles, write_vtt
from core.model import Job, Video

log = logging.getLogger(__name__)

SUBTITLE_SUFFIXES: Final = (".srt", ".vtt")


class Intake:
    """Takes files in, one decision a file; safe to call from several threads."""

    def __init__(
        self,
        catalog: Catalog,
        layout: Layout,
        settings: Settings,
        media: MediaTools,
        queued: Callable[[], None],
    ) -> None:
        self._catalog = catalog
        self._layout = layout
        self._settings = settings
        self._media = media
        self._queued = queued

    def add_file(self, path: Path, details: Details) -> Added:
        """Take in a file that stays where it is.

        Raises: InputRefused where there is no such file, MediaRefused where it is not a usable video.
        """
        path = path.expanduser().absolute()
        if not path.is_file():
            raise InputRefused(f"There is no file named “{path.name}” at that place. Check the path.")
        sha256, size_bytes = self._media.hash_file(path)
        return self._decide(path, path.name, sha256, size_bytes, details, moves=False)

    def adopt(self, received: Received, name: str, details: Details) -> Added:
        """Take in an upload: it moves into the library's own folder, or is removed.

        Raises: MediaRefused where it is not a usable video.
        """
        try:
            return self._decide(
                received.path, name, received.sha256, received.size_bytes, details, moves=True
            )
        finally:
            received.path.unlink(missing_ok=True)

    def add_folder(self, folder: Path, details: Details) -> list[Added]:
        """Take in every video file below a folder of the server, each with its own outcome.

        Raises: InputRefused where the folder is outside the allowed roots.
        """
        folder = self._allowed(folder)
        outcomes = []
        for path in sorted(p for p in folder.rglob("*") if p.suffix.lower() in VIDEO_SUFFIXES):
            if path.is_symlink() and not self._is_allowed(path.resolve()):
                outcomes.append(Added(path.name, None, False, "This link leads outside the allowed folder."))
            elif path.is_file():
                outcomes.append(self._outcome(path, details))
        if not outcomes:
            raise InputRefused("There are no video files in that folder. Choose another one.")
        return outcomes

    def add_url(self, url: str, details: Details) -> Job:
        """Queue an address to be downloaded and then treated as a file.

        Raises: UrlRefused at once where the address itself is not allowed.
        """
        check_url(url)
        job = self._catalog.add_job(
            source_url=url,
            title=details.title,
            details=write_details(details),
            batch_id=details.batch_id,
        )
        log.info("url.queued job=%s", job.id)
        self._queued()
        return job

    # -- the one decision --

    def _decide(
        self, path: Path, name: str, sha256: str, size_bytes: int, details: Details, *, moves: bool
    ) -> Added:
        video_id = video_id_of(sha256)
        known = self._recognise(video_id, name, path, details, moves)
        if known is not None:
            return known
        info = self._media.probe(path, self._settings)
        title, suffix = clean_name(name)
        cues = read_subtitles(details.subtitles) if details.subtitles is not None else ()
        with self._catalog.arrival(video_id):
            # Somebody may have added the same bytes while this one was probed.
            known = self._recognise(video_id, name, path, details, moves)
            if known is not None:
                return known
            if cues:
                write_vtt(cues, self._layout.subtitles(video_id))
            stays = self._keep(path, video_id, suffix) if moves else path
            video, job = self._catalog.add_video_with_job(
                NewVideo(
                    id=video_id,
                    sha256=sha256,
                    size_bytes=size_bytes,
                    title=details.title or title,
                    media=info,
                    path=str(stays),
                    category=details.category or None,
                    tags=details.tags,
                    recorded_at=details.recorded_at,
                    has_subtitles=bool(cues),
                    fit=self._settings.fit if details.fit is None else details.fit,
                    file_name=clean_file_name(name),
                ),
                batch_id=details.batch_id,
            )
        log.info("video.added video=%s job=%s seconds=%.1f", video.id, job.id, video.duration_s)
        self._queued()
        return Added(name, video, known=False, message=None)

    def _recognise(self, video_id: str, name: str, path: Path, details: Details, moves: bool) -> Added | None:
        video = self._catalog.find(video_id)
        if video is None:
            return None
        if not moves:
            self._catalog.remember_path(video_id, str(path))
        elif present_path(video) is None:
            # The bytes came back by upload: they replace a file that has gone missing.
            self._catalog.remember_path(video_id, str(self._keep(path, video_id, clean_name(name)[1])))
        if details.fit and not video.fit:
            self._catalog.edit_video(video_id, fit=True)
        if video.file_name is None:
            # Earlier versions did not note it.
            self._catalog.edit_video(video_id, file_name=clean_file_name(name))
        self._retry_if_ended_badly(video, details.batch_id)
        log.info("video.known video=%s", video_id)
        message = f"Already in your library as “{video.title}”."
        return Added(name, self._catalog.video(video_id), known=True, message=message)

    def _retry_if_ended_badly(self, video: Video, batch_id: str | None) -> None:
        if video.status in ("failed", "cancelled"):
            newest = self._catalog.newest_job(video.id)
            if newest is not None:
                self._catalog.retry(newest.id, batch_id=batch_id)
                self._queued()

    def _keep(self, path: Path, video_id: str, suffix: str) -> Path:
        target = self._layout.originals / f"{video_id}{suffix}"
        move(path, target)
        return target

    # -- folders --

    def _outcome(self, path: Path, details: Details) -> Added:
        beside = (path.with_suffix(suffix) for suffix in SUBTITLE_SUFFIXES)
        subtitles = next((p for p in beside if p.is_file()), None)
        try:
            return self.add_file(
                path,
                replace(details, subtitles=subtitles),
            )
        except CuepointError as exc:
            log.info("video.refused reason=%s", type(exc).__name__)
            return Added(path.name, None, False, exc.message)

    def _allowed(self, folder: Path) -> Path:
        if not self._settings.import_roots:
            raise InputRefused(
                "Adding from a folder is off. Set CUEPOINT_IMPORT_ROOTS to the folders that may be used."
            )
        resolved = folder.expanduser().resolve()
        if not self._is_allowed(resolved):
            raise InputRefused("That folder is outside the allowed ones. Choose a folder below one of them.")
        if not resolved.is_dir():
            raise InputRefused("There is no such folder. Check the path.")
        return resolved

    def _is_allowed(self, path: Path) -> bool:
        return any(path.is_relative_to(root.resolve()) for root in self._settings.import_roots)
