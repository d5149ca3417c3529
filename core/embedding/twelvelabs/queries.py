"""Vectors of queries: words, pictures, clips and sounds, as each Marengo model wants them asked for."""

from __future__ import annotations

import base64
import logging
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final, cast

import numpy as np
from twelvelabs import (
    AudioInputRequest,
    EmbeddingData,
    ImageInputRequest,
    MediaSource,
    MultiInputMediaSource,
    MultiInputRequest,
    TextInputRequest,
    VideoInputRequest,
)

from core.embedding.port import QueryVectors, Sample
from core.embedding.twelvelabs import sentences
from core.embedding.twelvelabs.calls import Calls
from core.embedding.twelvelabs.examples import Example, Examples
from core.embedding.twelvelabs.options import ModelRules
from core.errors import EngineRefused, EngineUnavailable, QueryRefused
from core.model import Modality, Segment, Vector

log = logging.getLogger(__name__)

MOST_EXAMPLES: Final = 10
_PATIENCE_S: Final = 5.0
"""Somebody sits before the page: trouble is told sooner than it is to a job."""
_LOOKS: Final[frozenset[Modality]] = frozenset({"visual", "fused"})
_SOUNDS: Final[frozenset[Modality]] = frozenset({"audio", "transcription", "fused"})
_REFERENCE: Final = re.compile(r"<@([^<>]*)>")


class Queries:
    """Embeds queries with one model. Every method makes one call that is billed."""

    def __init__(self, calls: Calls, rules: ModelRules, examples: Examples) -> None:
        self._calls, self._rules, self._examples = calls, rules, examples

    def text(self, text: str) -> QueryVectors:
        """Return the vector of words, for every modality. Raises: QueryRefused."""
        text = self._words(text)
        if self._rules.one_vector:
            vector = self._one(input_type="multi_input", multi_input=_multi(text, ()), auto_truncate=False)
        else:
            vector = self._one(input_type="text", text=TextInputRequest(input_text=text))
        return self._for(vector, frozenset(self._rules.modalities))

    def image(self, path: Path) -> QueryVectors:
        """Return the vector of a picture, for what is seen. Raises: MediaRefused, MediaMissing."""
        picture = self._examples.picture(path)
        if self._rules.one_vector:
            vector = self._one(input_type="multi_input", multi_input=_multi("", (picture,)))
        else:
            vector = self._one(input_type="image", image=ImageInputRequest(media_source=_source(picture)))
        return self._for(vector, _LOOKS)

    def clip(self, path: Path, segment: Segment | None) -> QueryVectors:
        """Return vectors of a stretch of a video, or of a sound file.

        On 3.5 one vector serves all modalities; 3.0 gives one for each, and each is for its own.
        """
        example = self._examples.clip(path, segment)
        if not self._rules.one_vector:
            return self._apart(example)
        vector = self._one(input_type="multi_input", multi_input=_multi("", (example,)))
        return self._for(vector, frozenset(self._rules.modalities) if example.kind == "video" else _SOUNDS)

    def together(self, text: str, samples: Sequence[Sample]) -> QueryVectors:
        """Return the one vector that Marengo 3.5 makes of words and up to ten examples.

        Raises: QueryRefused.

        Source: examples of different kinds without words are refused with a 400.
        """
        if not self._rules.one_vector:
            raise QueryRefused(
                "Marengo 3.0 cannot combine words and examples. Weigh them with the slider instead."
            )
        if not text.strip() and not samples:
            raise QueryRefused("There is nothing to search for. Type something, or add an example.")
        if len(samples) > MOST_EXAMPLES:
            raise QueryRefused(f"Marengo combines at most {MOST_EXAMPLES} examples. Take some of them away.")
        words = self._words(text) if text.strip() else ""
        examples = tuple(self._example(sample) for sample in samples)
        kinds = {example.kind for example in examples}
        if len(kinds) > 1 and not words:
            raise QueryRefused(
                "Marengo combines pictures and clips only together with words. Add some words."
            )
        vector = self._one(input_type="multi_input", multi_input=_multi(words, examples))
        if words or "video" in kinds:
            return self._for(vector, frozenset(self._rules.modalities))
        return self._for(vector, _LOOKS if kinds == {"image"} else _SOUNDS)

    # -- what goes out --

    def _words(self, text: str) -> str:
        text = text.strip()
        most = self._rules.limits.text_characters
        if len(text) > most:
            raise QueryRefused(f"This text is too long. Use at most {most:,} characters.")
        # “<@name>” would refer to an example by name, and names are not given.
        return _REFERENCE.sub(r"\1", text)

    def _example(self, sample: Sample) -> Example:
        if sample.kind == "image":
            return self._examples.picture(sample.path)
        return self._examples.clip(sample.path, sample.segment)

    def _apart(self, example: Example) -> QueryVectors:
        """Ask 3.0 for a vector per modality over the whole of a clip or sound."""
        heard = example.kind == "audio" or example.has_sound
        options = [
            name
            for name in self._rules.modalities
            if name != "fused" and (heard if name in _SOUNDS else example.kind == "video")
        ]
        if not options:
            raise QueryRefused("There is nothing in this sample that the library is searched by.")
        request: dict[str, Any] = {"media_source": _source(example), "embedding_option": options}
        request["embedding_scope"] = ["asset"]
        if "fused" in self._rules.modalities and len(options) > 1:
            request["embedding_type"] = ["separate_embedding", "fused_embedding"]
        if example.kind == "audio":
            found = self._ask(input_type="audio", audio=AudioInputRequest(**request))
        else:
            found = self._ask(input_type="video", video=VideoInputRequest(**request))
        return QueryVectors({name: found[name] for name in self._rules.modalities if name in found})

    # -- what comes back --

    def _one(self, **request: Any) -> Vector:
        return self._ask(**request)[None]

    def _ask(self, **request: Any) -> Mapping[Modality | None, Vector]:
        """Return checked vectors by modality; the key is None where the answer names none."""
        kind = str(request["input_type"])

        def call() -> Mapping[Modality | None, Vector]:
            answer = self._calls.sdk.embed.v_2.create(
                model_name=self._rules.model, **request, **self._rules.dimension_argument
            )
            return self._checked(kind, answer.data)

        try:
            return self._calls.harmless(f"query {kind}", call, deadline_s=_PATIENCE_S)
        except EngineRefused as exc:
            raise QueryRefused(exc.message) from exc

    def _checked(self, kind: str, data: Sequence[EmbeddingData]) -> Mapping[Modality | None, Vector]:
        apart = kind in ("video", "audio")
        found: dict[Modality | None, Vector] = {}
        for one in data:
            wide = np.asarray(one.embedding, dtype=np.float64)
            length = float(np.linalg.norm(wide))
            if wide.shape != (self._rules.space.dimension,) or not np.isfinite(wide).all() or not length:
                found.clear()
                break
            # The SDK types the name loosely; one that is not ours is never looked up.
            name = cast(Modality, one.embedding_option) if apart else None
            found[name] = (wide / length).astype(np.float32)
        if not found or (not apart and len(data) != 1):
            log.warning("engine.bad_vectors what=query_%s rows=%d", kind, len(data))
            raise EngineUnavailable(sentences.BAD_VECTORS)
        return found

    def _for(self, vector: Vector, modalities: frozenset[Modality]) -> QueryVectors:
        return QueryVectors({name: vector for name in self._rules.modalities if name in modalities})


def _source(example: Example) -> MediaSource:
    return MediaSource(base_64_string=base64.b64encode(example.content).decode("ascii"))


def _multi(text: str, examples: Sequence[Example]) -> MultiInputRequest:
    """Return a request that leaves out what there is none of."""
    sources = [
        MultiInputMediaSource(
            media_type=example.kind, base_64_string=base64.b64encode(example.content).decode("ascii")
        )
        for example in examples
    ]
    given: dict[str, Any] = {}
    if text:
        given["input_text"] = text
    if sources:
        given["media_sources"] = sources
    return MultiInputRequest(**given)
