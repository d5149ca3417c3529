"""The part of the façade about videos outside the engine's limits, which a fitted copy brings inside."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Final

from core.embedding.port import Source
from core.errors import MediaOutOfLimits
from core.model import Job, MediaInfo, Video
from core.parts import Parts

_STAMP: Final = Source(
    "stamp", Path("stamp"), MediaInfo(60.0, 16, 16, Fraction(25), "h264"), size_bytes=100_000
)
"""A minute of 16 x 16 pixels: no engine that has limits takes it as it is."""


class LibraryFitting:
    """Whether a copy would help, and having one sent."""

    _parts: Parts

    @property
    def offers_fitting(self) -> bool:
        """True where the engine has limits that a fitted copy can keep."""
        return self._helped(_STAMP)

    def fit_helps(self, video_id: str) -> bool:
        """Return whether the engine refuses a video for its picture alone, and would take a fitted copy.

        False for one that is sent as a fitted copy already. Raises: NotFound.
        """
        return self._helped(_as_source(self._parts.catalog.video(video_id)))

    def fit(self, video_id: str) -> Job:
        """Have the engine get a fitted copy from now on; return the job that sends it.

        Nothing is copied for a video that is inside the limits. Raises: NotFound.
        """
        catalog = self._parts.catalog
        catalog.edit_video(video_id, fit=True)
        newest = catalog.newest_job(video_id)
        if newest is not None and newest.state in ("failed", "cancelled"):
            job = catalog.retry(newest.id)
        else:
            job = catalog.add_job(video_id)
        self._parts.worker.resume()
        return job

    def _helped(self, source: Source) -> bool:
        try:
            self._parts.embedder.check(source)
        except MediaOutOfLimits as exc:
            return exc.fit_helps
        return False


def _as_source(video: Video) -> Source:
    # Limits are about what was probed, so this answers for a file that is missing too.
    path = Path(video.paths[0] if video.paths else video.id)
    return Source(video.id, path, video.media, video.size_bytes, title=video.title, fit=video.fit)
