"""Sample clips, sounds and pictures as Marengo takes them in a query: small files, made for one call."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final, Literal

from core.config import Settings
from core.embedding.port import QueryLimits
from core.embedding.twelvelabs.limits import PICTURE
from core.errors import MediaMissing, QueryRefused
from core.media.cut import cut_clip
from core.media.fitting import Fitting, fitted_size, write_fitted
from core.media.pictures import write_jpeg
from core.media.probe import probe
from core.model import MediaInfo, Segment

_SLACK_S: Final = 0.5
"""What a sample may be longer than the limit; so much is cut off its end."""
_PADDING_S: Final = 0.1
"""A cut may come out longer by a frame of sound, and the provider's limit is a hard one."""
_LEAST_PICTURE_SIDE: Final = 128
"""Source: docs.twelvelabs.io, “Create sync embeddings”: pictures are JPEG or PNG of at least 128 x 128
pixels; the picture of a clip has the limits that the picture of a video has."""
_SMALLER_LINES: Final = 720


@dataclass(frozen=True, slots=True)
class Example:
    """What goes into a query: the bytes of a file that Marengo takes."""

    kind: Literal["image", "video", "audio"]
    content: bytes
    has_sound: bool = False
    """Of a video: whether there is anything to hear in it."""


class Examples:
    """Makes examples out of files that people search with."""

    def __init__(self, settings: Settings, limits: QueryLimits) -> None:
        # A sample may be shorter than a video worth indexing.
        self._settings = settings.model_copy(
            update={"min_duration_s": min(settings.min_duration_s, limits.clip_min_s)}
        )
        self._limits = limits

    def picture(self, path: Path) -> Example:
        """Return a picture as a JPEG. Raises: MediaRefused, MediaMissing, MediaTimeout."""
        with _file(".jpg") as target:
            write_jpeg(path, target, least_side=_LEAST_PICTURE_SIDE)
            return Example("image", target.read_bytes())

    def clip(self, path: Path, segment: Segment | None) -> Example:
        """Return a stretch of a video (all of it without ``segment``), or a whole sound file.

        Raises: QueryRefused where it is too long or too large; MediaRefused, MediaMissing, MediaError,
        MediaTimeout.
        """
        if path.suffix.lower() in self._limits.sounds:
            return self._sound(path, segment)
        media = probe(path, self._settings)
        whole = Segment(0.0, media.duration_s)
        stretch = segment or whole
        if stretch.duration_s > self._limits.clip_max_s + _SLACK_S:
            raise QueryRefused(
                f"This clip is {stretch.duration_s:.1f} seconds long. "
                f"Choose at most {self._limits.clip_max_s:g} seconds."
            )
        longest_s = self._limits.clip_max_s - _PADDING_S
        if stretch.duration_s > longest_s:
            stretch = Segment(stretch.start_s, stretch.start_s + longest_s)
        elif segment is None and self._good_as_it_is(path, media):
            return Example("video", path.read_bytes(), media.has_audio)
        with _file(".mp4") as cut:
            cut_clip(path, cut, stretch, media)
            return Example("video", self._fitted(cut, media, stretch.duration_s), media.has_audio)

    def _sound(self, path: Path, segment: Segment | None) -> Example:
        if segment is not None:
            raise QueryRefused("A stretch of a sound file cannot be searched with. Use all of it.")
        if not path.is_file():
            raise MediaMissing("This sound is no longer where it was. Add it again.")
        if path.stat().st_size > self._limits.clip_max_bytes:
            raise QueryRefused(self._too_heavy("sound"))
        return Example("audio", path.read_bytes(), True)

    def _good_as_it_is(self, path: Path, media: MediaInfo) -> bool:
        return (
            media.playable
            and "mp4" in media.container.lower()
            and PICTURE.hold(media.width, media.height)
            and path.stat().st_size <= self._limits.clip_max_bytes
        )

    def _fitted(self, cut: Path, media: MediaInfo, duration_s: float) -> bytes:
        """Return the bytes of a cut, redrawn where its picture or its weight is outside the limits."""
        most = self._limits.clip_max_bytes
        fitting = fitted_size(media.width, media.height, PICTURE)
        if fitting is None and cut.stat().st_size > most:
            size = (media.width, media.height)
            fitting = Fitting(*size, *size, most_bytes=most).within(_SMALLER_LINES)
        if fitting is None:
            return cut.read_bytes()
        with _file(".mp4") as target:
            cut_media = replace(media, duration_s=duration_s)
            write_fitted(cut, target, cut_media, replace(fitting, most_bytes=most))
            if target.stat().st_size > most:
                raise QueryRefused(self._too_heavy("clip"))
            return target.read_bytes()

    def _too_heavy(self, what: str) -> str:
        megabytes = self._limits.clip_max_bytes // (1024 * 1024)
        return f"This {what} is larger than the {megabytes} MB that Marengo takes. Choose a shorter one."


@contextmanager
def _file(suffix: str) -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="cuepoint-") as folder:
        yield Path(folder) / f"example{suffix}"
