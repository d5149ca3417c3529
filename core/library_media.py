"""The part of the façade that is about files: what a browser plays and shows, and samples."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from core.media.sprites import read_sprites
from core.model import Sprites
from core.parts import Parts
from core.tokens import MediaClaim


class LibraryMedia:
    """Links that a browser may follow, the files behind them, and samples to search with."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    # -- samples --

    def keep_sample(self, name: str, content: bytes) -> str:
        """Store a sample clip or picture and return its id. Raises: InputRefused, MediaRefused."""
        return self._parts.samples.keep(name, content)

    def sample_suffixes(self) -> tuple[str, ...]:
        """Return how the names of files end that can be a sample, as ``.mp4``."""
        return self._parts.samples.suffixes

    def sample_path(self, sample_id: str) -> Path:
        """Return the file of a sample. Raises: NotFound."""
        return self._parts.samples.path(sample_id)

    def sample_kind(self, sample_id: str) -> Literal["clip", "image"]:
        """Return whether a sample is a clip or a picture. Raises: NotFound."""
        return self._parts.samples.kind(sample_id)

    # -- watching --

    def play_link(self, video_id: str) -> str:
        return self._parts.links.play(video_id)

    def poster_link(self, video_id: str) -> str:
        return self._parts.links.poster(video_id)

    def thumbnail_link(self, video_id: str, at_s: float) -> str:
        return self._parts.links.thumbnail(video_id, at_s)

    def sprites(self, video_id: str) -> Sprites | None:
        """Return how a video's sheets of small pictures are laid out, None while there are none."""
        return read_sprites(self._parts.layout.sprites(video_id))

    def sprite_link(self, video_id: str, sheet: int) -> str:
        """Return the link of one sheet, counted from 0."""
        return self._parts.links.sprites(video_id, sheet)

    def subtitles_link(self, video_id: str) -> str | None:
        return self._parts.links.subtitles(video_id)

    def upload_link(self) -> str:
        return self._parts.links.upload()

    def subtitles_upload_link(self) -> str:
        return self._parts.links.subtitles_upload()

    def media_file(self, claim: MediaClaim) -> Path:
        """Return the file that a claim of the media route names. Raises: NotFound, MediaMissing."""
        return self._parts.links.file(claim, self._parts.catalog.video(claim.video_id))

    def source_path(self, video_id: str) -> Path:
        """Return the original file. Raises: NotFound, MediaMissing."""
        return self._parts.links.source(self._parts.catalog.video(video_id))
