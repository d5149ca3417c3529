"""From what was seen and heard of a video, and what people wrote about it, to its embeddings."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from core.embedding.port import Cue
from core.embedding.preview.concepts import AUDIO, VISUAL
from core.embedding.preview.describe import Description
from core.embedding.preview.vectors import picture_look, segment_vector
from core.embedding.preview.words import word_stems
from core.model import Embedding, Segment, Vector


def embeddings_of(found: Description, stems: Iterable[str], cues: Sequence[Cue]) -> list[Embedding]:
    """Return a visual and an audio embedding of each segment, in order of time.

    ``stems`` are the words of title and tags: they belong to what is seen, of every segment. The words
    of a subtitle line belong to what is heard, of the segments that it is shown in.
    """
    titled = dict.fromkeys(stems, 1.0)
    embeddings = []
    for index, (start_s, end_s) in enumerate(found.segments):
        segment = Segment(round(float(start_s), 3), round(float(end_s), 3))
        if len(found.looks):
            embeddings.append(Embedding(_seen(found, index, titled), segment, "visual"))
        embeddings.append(Embedding(_heard(found, index, _said(cues, segment)), segment, "audio"))
    return embeddings


def _seen(found: Description, index: int, stems: Mapping[str, float]) -> Vector:
    activations = dict(zip(VISUAL, found.sights[index], strict=True))
    look = picture_look(found.looks[index], found.motions[index])
    return segment_vector("visual", activations, stems, look, found.layouts[index])


def _heard(found: Description, index: int, stems: Mapping[str, float]) -> Vector:
    activations = dict(zip(AUDIO, found.sounds[index], strict=True))
    return segment_vector("audio", activations, stems, found.timbres[index], found.spectra[index])


def _said(cues: Sequence[Cue], segment: Segment) -> dict[str, float]:
    """Return the stems of a segment's subtitle lines, each with the share of its line that lies there."""
    said: dict[str, float] = {}
    for cue in cues:
        shared_s = min(cue.segment.end_s, segment.end_s) - max(cue.segment.start_s, segment.start_s)
        if shared_s > 0:
            for stem in word_stems(cue.text):
                said[stem] = max(shared_s / cue.segment.duration_s, said.get(stem, 0.0))
    return said
