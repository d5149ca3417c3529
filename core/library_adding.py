"""The part of the façade that takes videos in."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

from core.demo.adding import DemoClips
from core.library_model import Added, Details
from core.media.incoming import Received
from core.model import Job, Video
from core.parts import Parts


class LibraryAdding:
    """Files, uploads, addresses and folders. A ``batch_id`` is one of `open_batch`.

    With ``fit`` the engine gets an enlarged or padded copy of a video that is outside its limits; None
    leaves that to the settings.
    """

    _parts: Parts

    def add_file(
        self,
        path: Path | str,
        title: str | None = None,
        category: str | None = None,
        tags: Iterable[str] = (),
        recorded_at: datetime | None = None,
        subtitles: Path | str | None = None,
        batch_id: str | None = None,
        fit: bool | None = None,
    ) -> Video:
        """Return the video of this file, queued for indexing unless these bytes are known already.

        The file stays where it is. Raises: InputRefused, MediaRefused, NotFound for an unknown batch.
        """
        details = Details(
            title=title,
            category=category,
            tags=tuple(tags),
            recorded_at=recorded_at,
            subtitles=Path(subtitles) if subtitles is not None else None,
            batch_id=self._known(batch_id),
            fit=fit,
        )
        added = self._parts.intake.add_file(Path(path), details)
        self._parts.relinking.missing.look_again()
        assert added.video is not None  # noqa: S101 - a refusal raises; only batches report without a video
        return added.video

    def adopt(self, received: Received, name: str, details: Details) -> Added:
        """Take in an upload that has arrived. Raises: MediaRefused.

        A batch is made when the first of its files arrives. Where embedding costs money it is held.
        """
        if details.batch_id is not None:
            held = self._parts.embedder.billable
            self._parts.catalog.open_batch("Upload", held=held, batch_id=details.batch_id)
        try:
            return self._parts.intake.adopt(received, name, details)
        finally:
            # The bytes of a missing video may have come back.
            self._parts.relinking.missing.look_again()

    def add_url(
        self,
        url: str,
        title: str | None = None,
        category: str | None = None,
        tags: Iterable[str] = (),
        recorded_at: datetime | None = None,
        batch_id: str | None = None,
        fit: bool | None = None,
    ) -> Job:
        """Return the job that downloads and then indexes a video. Raises: UrlRefused at once where it can."""
        details = Details(
            title=title,
            category=category,
            tags=tuple(tags),
            recorded_at=recorded_at,
            batch_id=self._known(batch_id),
            fit=fit,
        )
        return self._parts.intake.add_url(url, details)

    def add_folder(
        self,
        path: Path | str,
        category: str | None = None,
        tags: Iterable[str] = (),
        batch_id: str | None = None,
        fit: bool | None = None,
    ) -> list[Added]:
        """Add every video below a folder of the server; one outcome a file. Raises: InputRefused."""
        details = Details(category=category, tags=tuple(tags), batch_id=self._known(batch_id), fit=fit)
        try:
            return self._parts.intake.add_folder(Path(path), details)
        finally:
            self._parts.relinking.missing.look_again()

    def add_demo(self) -> list[Added]:
        """Draw the demo clips and add them; those that are there already stay as they are.

        They are one batch. Where embedding costs money it is held.
        """
        parts = self._parts
        batch = parts.catalog.open_batch("Demo clips", held=parts.embedder.billable)
        return DemoClips(parts.catalog, parts.intake, parts.layout, batch.id).add()

    def _known(self, batch_id: str | None) -> str | None:
        return None if batch_id is None else self._parts.catalog.batch(batch_id).id
