"""The engines that keep the Embedder contract, and what its tests share."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import pytest

from core.config import Settings
from core.embedding.port import Cue, Embedder, QueryVectors, Source
from core.embedding.preview.engine import PreviewEmbedder
from core.media.probe import probe
from core.model import Embedding, Segment, Ticket, Vector
from tests import scene_sounds as sounds
from tests.scenes import Scene, plain, write

Factory = Callable[[Settings], Embedder]

ENGINES: Mapping[str, Factory] = {"preview": PreviewEmbedder}
"""Another engine joins by a line here: a function from settings to an embedder."""


def made_source(folder: Path, settings: Settings) -> Source:
    """Three seconds of red, then three of blue, with a tone; with a title, tags and subtitles."""
    red, blue = plain((220, 20, 20))(0), plain((30, 50, 220))(0)
    scene = Scene("both", lambda t: red if t < 3 else blue, sounds.tone(440))
    path = write(scene, folder / "both.mp4", seconds=6)
    return Source(
        video_id="a" * 32,
        path=path,
        media=probe(path, settings),
        size_bytes=path.stat().st_size,
        title="Harbour at noon",
        tags=("boats",),
        cues=(Cue(Segment(0.5, 2.0), "The lighthouse keeper"), Cue(Segment(3.5, 5.0), "has gone fishing")),
    )


def embedded(embedder: Embedder, source: Source) -> list[Embedding]:
    """Hold the whole conversation, as the pipeline does."""
    saved = Ticket()

    def save(ticket: Ticket) -> None:
        nonlocal saved
        saved = ticket

    embedder.check(source)
    ticket = embedder.upload(source, Ticket(), save, lambda progress: None)
    ticket = embedder.submit(source, ticket, save)
    assert saved == ticket
    while embedder.poll(ticket).state == "processing":
        pass
    found = list(embedder.collect(source, ticket, lambda progress: None))
    embedder.release(ticket)
    return found


def assert_sound(vector: Vector, embedder: Embedder) -> None:
    """Check that a vector can be stored and compared."""
    assert vector.dtype == np.float32
    assert vector.shape == (embedder.space.dimension,)
    assert np.isfinite(vector).all()
    assert np.linalg.norm(vector) == pytest.approx(1.0, abs=1e-4)


def assert_query(query: QueryVectors, embedder: Embedder) -> None:
    assert set(query.by_modality) <= set(embedder.modalities)
    for vector in query.by_modality.values():
        assert_sound(vector, embedder)


def nearest(query: QueryVectors, embeddings: list[Embedding]) -> Embedding:
    """Return the visual embedding that is nearest to a query."""
    rows = [each for each in embeddings if each.modality == "visual"]
    return max(rows, key=lambda each: float(each.vector @ query.by_modality["visual"]))
