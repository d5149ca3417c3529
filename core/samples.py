"""Sample clips and pictures that people search with, kept so that a search is a link.

A sample is named by its content, so the same file is the same sample in every link.
"""

from __future__ import annotations

import hashlib
import os
import re
import secrets
from collections.abc import Callable
from pathlib import Path
from typing import Final, Literal

from core.config import Settings
from core.embedding.port import QueryLimits
from core.errors import InputRefused, NotFound
from core.indexing.ports import MediaTools

IMAGE_SUFFIXES: Final = (".jpg", ".jpeg", ".png", ".webp", ".bmp")
CLIP_SUFFIXES: Final = (".mp4", ".m4v", ".mov", ".webm", ".mkv", ".avi")
KEPT: Final = 200
"""So many samples stay; the least recently used ones go first."""

_SAMPLE_ID: Final = re.compile(r"[0-9a-f]{32}")


class Samples:
    """A folder of samples, named by their content."""

    def __init__(
        self, folder: Path, settings: Settings, media: MediaTools, limits: Callable[[], QueryLimits]
    ) -> None:
        """``limits`` gives those of the engine that is searched just now."""
        self._folder = folder
        self._settings = settings
        self._media = media
        self._limits = limits
        folder.mkdir(parents=True, exist_ok=True)

    @property
    def suffixes(self) -> tuple[str, ...]:
        """Return how the names of files end that can be a sample for the engine that is searched."""
        return IMAGE_SUFFIXES + CLIP_SUFFIXES + self._limits().sounds

    def keep(self, name: str, content: bytes) -> str:
        """Store a sample and return its id. Raises: InputRefused, MediaRefused with what would work."""
        suffix = Path(name).suffix.lower()
        limits = self._limits()
        if suffix not in self.suffixes:
            sound = " or a sound (WAV, MP3, FLAC)" if limits.sounds else ""
            raise InputRefused(f"A sample is a short video clip or a picture (JPEG, PNG, WebP){sound}.")
        if len(content) > limits.clip_max_bytes:
            megabytes = limits.clip_max_bytes // (1024 * 1024)
            raise InputRefused(f"This sample is too large. Use one of at most {megabytes} MB.")
        sample_id = hashlib.sha256(content).hexdigest()[:32]
        target = self._folder / f"{sample_id}{suffix}"
        draft = self._folder / f"{secrets.token_hex(8)}.tmp{suffix}"
        try:
            draft.write_bytes(content)
            if suffix in CLIP_SUFFIXES:
                self._check_clip(draft, limits)
            draft.replace(target)
        finally:
            draft.unlink(missing_ok=True)
        self._forget_old_ones()
        return sample_id

    def path(self, sample_id: str) -> Path:
        """Return the file of a sample. Raises: NotFound where it is gone or was never there."""
        if _SAMPLE_ID.fullmatch(sample_id):
            for file in self._folder.glob(f"{sample_id}.*"):
                os.utime(file)
                return file
        raise NotFound("The sample of this search is no longer here. Add it again.")

    def kind(self, sample_id: str) -> Literal["clip", "image"]:
        """Return whether a sample is a picture or a clip, which may be sound alone. Raises: NotFound."""
        return "image" if self.path(sample_id).suffix in IMAGE_SUFFIXES else "clip"

    def _check_clip(self, path: Path, limits: QueryLimits) -> None:
        # A sample may be shorter than a video worth indexing.
        shortest_s = min(self._settings.min_duration_s, limits.clip_min_s)
        settings = self._settings.model_copy(update={"min_duration_s": shortest_s})
        seconds = self._media.probe(path, settings).duration_s
        if seconds > limits.clip_max_s + 0.5:
            raise InputRefused(
                f"This clip is {seconds:.0f} seconds long. Use one of at most "
                f"{limits.clip_max_s:.0f} seconds, or add it to the library and cut a part of it."
            )

    def _forget_old_ones(self) -> None:
        files = sorted(self._folder.iterdir(), key=lambda file: file.stat().st_mtime, reverse=True)
        for file in files[KEPT:]:
            file.unlink(missing_ok=True)
