"""The preview engine: deterministic, offline, honest about the words that it understands."""

from __future__ import annotations

import hashlib
import json
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

from core.config import Settings
from core.embedding.port import (
    Concurrency,
    EngineState,
    QueryLimits,
    QueryVectors,
    Report,
    Sample,
    SaveTicket,
    Source,
    TaskStatus,
)
from core.embedding.preview.composing import embeddings_of
from core.embedding.preview.describe import Description
from core.embedding.preview.query import understand
from core.embedding.preview.vectors import DIMENSION, picture_look, sample_vector
from core.embedding.preview.vocabulary import vocabulary
from core.embedding.preview.words import word_stems
from core.errors import MediaMissing, QueryRefused
from core.isolation import JSON, Bounds, run_isolated
from core.model import Embedding, Modality, Segment, Space, Ticket, Vector

_SPACE: Final = Space("preview", "v1", DIMENSION)
_FEATURES: Final = "1"
"""Counts up when segments would be described differently, so that libraries describe them again."""
_SLACK_S: Final = 0.5
_IDLE_S: Final = 120.0


class PreviewEmbedder:
    """Implements `core.embedding.port.Embedder` with classic features.

    ``known_words`` gives the stems of all words in titles, tags and subtitles of the library; a word
    that is neither there nor in `vocabulary` is ignored. It may be set at any time.
    """

    def __init__(self, settings: Settings, known_words: Callable[[], frozenset[str]] = frozenset) -> None:
        self._settings = settings
        self.known_words = known_words

    @property
    def space(self) -> Space:
        return _SPACE

    @property
    def modalities(self) -> tuple[Modality, ...]:
        return ("visual", "audio")

    @property
    def limits(self) -> QueryLimits:
        return QueryLimits()

    @property
    def billable(self) -> bool:
        return False

    @property
    def combines(self) -> bool:
        return False

    @property
    def concurrency(self) -> Concurrency:
        return Concurrency()

    @property
    def text_version(self) -> str:
        """Return a short name of the words known now: what a text means depends on them."""
        words = "\n".join(sorted(self.known_words()))
        return hashlib.blake2b(words.encode(), digest_size=8).hexdigest()

    @staticmethod
    def vocabulary() -> tuple[tuple[str, tuple[str, ...]], ...]:
        """Return the published words as (group, words)."""
        return vocabulary()

    # -- videos --

    def recipe(self, source: Source) -> str:
        """Return e.g. "scenes4-1f2e3d4c": segmentation, and a hash of it and of the attached words."""
        settings = self._settings
        told = [
            _FEATURES,
            settings.segmentation,
            settings.segment_s,
            sorted(word_stems(" ".join((source.title, *source.tags)))),
            [(cue.segment.start_ms, cue.segment.end_ms, sorted(word_stems(cue.text))) for cue in source.cues],
        ]
        digest = hashlib.blake2b(json.dumps(told).encode(), digest_size=4).hexdigest()
        return f"{settings.segmentation}{settings.segment_s:g}-{digest}".replace(".", "_")

    def check(self, source: Source) -> None:
        """Accept every source: what could be probed can be described."""

    def upload(self, source: Source, ticket: Ticket, save: SaveTicket, report: Report) -> Ticket:
        """Return at once: nothing leaves the machine."""
        report(1.0)
        return ticket

    def poll_upload(self, ticket: Ticket) -> TaskStatus:
        """Return ready: there was nothing to upload."""
        return TaskStatus("ready", progress=1.0)

    def submit(self, source: Source, ticket: Ticket, save: SaveTicket) -> Ticket:
        """Return a ticket whose task is the recipe itself."""
        submitted = replace(ticket, task_id=self.recipe(source))
        save(submitted)
        return submitted

    def poll(self, ticket: Ticket) -> TaskStatus:
        """Return ready: the work is done in `collect`."""
        return TaskStatus("ready", progress=1.0)

    def collect(self, source: Source, ticket: Ticket, report: Report) -> Sequence[Embedding]:
        """Return a visual and an audio embedding of each segment, in order of time.

        A video without sound has audio embeddings as well: silence can be searched for.
        Raises: MediaMissing, MediaError, MediaTimeout.
        """
        seconds = source.media.duration_s
        found = self._describe(
            source.path,
            start_s=0.0,
            end_s=seconds,
            cutting=self._settings.segmentation,
            # A slow machine may take longer than the video plays, as long as it gets on.
            bounds=Bounds(timeout_s=300.0 + 4.0 * seconds, idle_timeout_s=_IDLE_S),
            report=report,
        )
        return embeddings_of(found, word_stems(" ".join((source.title, *source.tags))), source.cues)

    def release(self, ticket: Ticket) -> None:
        """Do nothing: nothing was left anywhere."""

    # -- queries --

    def embed_text(self, text: str) -> QueryVectors:
        """Return vectors of the understood words; each modality has only its own concepts.

        Raises: QueryRefused for a text that is too long.
        """
        if len(text) > self.limits.text_characters:
            raise QueryRefused(
                f"This text is too long. Use at most {self.limits.text_characters:,} characters."
            )
        return understand(text, self.known_words).vectors()

    def embed_clip(self, path: Path, segment: Segment | None = None) -> QueryVectors:
        """Return one vector a modality for the whole stretch; a silent clip has no audio.

        Raises: QueryRefused where it is too short or too long, MediaMissing, MediaError, MediaTimeout.
        """
        limits = self.limits
        if segment is not None and segment.duration_s > limits.clip_max_s + _SLACK_S:
            raise QueryRefused(f"This clip is too long. Choose at most {limits.clip_max_s:g} seconds.")
        found = self._describe(
            path,
            start_s=segment.start_s if segment else 0.0,
            end_s=segment.end_s if segment else None,
            cutting="whole",
            longest_s=limits.clip_max_s + _SLACK_S,
            bounds=Bounds(timeout_s=120.0),
        )
        by_modality: dict[Modality, Vector] = {}
        if len(found.looks):
            by_modality["visual"] = sample_vector("visual", picture_look(found.looks[0], found.motions[0]))
        if len(found.timbres) and not found.silent[0]:
            by_modality["audio"] = sample_vector("audio", found.timbres[0])
        return QueryVectors(by_modality)

    def embed_image(self, path: Path) -> QueryVectors:
        """Return a visual vector without motion. Raises: MediaRefused, MediaMissing, MediaTimeout."""
        found = _run("preview.describe_image", {"path": _present(path)}, Bounds(timeout_s=60.0), None)
        return QueryVectors({"visual": sample_vector("visual", picture_look(found.looks[0], None))})

    def embed_together(self, text: str, samples: Sequence[Sample]) -> QueryVectors:
        """Raise QueryRefused: words and pictures have nothing in common here but their weights."""
        raise QueryRefused("The preview engine cannot combine words and examples. Weigh them instead.")

    # -- the engine itself --

    def state(self) -> EngineState:
        words = sum(len(words) for _, words in vocabulary())
        return EngineState(
            name="Preview engine",
            model=_SPACE.model,
            ready=True,
            message=f"Works offline and understands a published list of {words} words, besides your titles, "
            "tags and subtitles.",
        )

    def close(self) -> None:
        """Do nothing: every child process ended with its work."""

    def _describe(
        self,
        path: Path,
        *,
        start_s: float,
        end_s: float | None,
        cutting: str,
        bounds: Bounds,
        longest_s: float | None = None,
        report: Report | None = None,
    ) -> Description:
        request = {
            "path": _present(path),
            "start_s": start_s,
            "end_s": end_s,
            "longest_s": longest_s,
            "cutting": cutting,
            "segment_s": self._settings.segment_s,
            "max_pixels": self._settings.max_pixels,
        }
        return _run("preview.describe", request, bounds, report)


def _run(operation: str, request: dict[str, JSON], bounds: Bounds, report: Report | None) -> Description:
    with tempfile.TemporaryDirectory(prefix="cuepoint-preview-") as folder:
        target = Path(folder) / "description.npz"
        run_isolated(operation, request | {"target": str(target)}, bounds=bounds, report=report)
        return Description.load(target)


def _present(path: Path) -> str:
    if not path.is_file():
        raise MediaMissing("The file of this video is not where it was. Put it back, or add it again.")
    return str(path.absolute())
