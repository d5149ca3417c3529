"""The part of the façade that names groups, and makes categories of them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Final, Protocol

import numpy as np

from core.catalog.videos import VideoChanges
from core.editing import edit_video
from core.embedding.port import Cue
from core.errors import InputRefused, NotFound
from core.insights.clustering import Clustering
from core.insights.labelling import label_clusters, zero_shot
from core.insights.naming import centroids, content_keys
from core.insights.questions import Chosen
from core.insights.vocabulary import DEFAULT_VOCABULARY, words_of
from core.insights.wording import texts_of
from core.media.names import clean_text
from core.media.subtitles import read_subtitles
from core.model import Video
from core.model.insights import ClusterName, InsightRun, Points, Selection
from core.parts import Parts

LONGEST_NAME: Final = 100
MOST_WORDS: Final = 300
_NAME: Final = "insights.group."
_VOCABULARY: Final = "insights.vocabulary"
_ON: Final = "insights.vocabulary_on"
_NOT_GROUPED: Final = "The groups are still being looked for. Try again in a moment."


class _Grouping(Protocol):
    @property
    def _parts(self) -> Parts: ...

    @property
    def insight_vocabulary_on(self) -> bool: ...

    def _chosen(self, selection: Selection) -> Chosen: ...

    def _grouped(self, selection: Selection, k: int | None) -> tuple[Points, Clustering]: ...

    def _words(self, points: Points, found: Clustering) -> tuple[tuple[str, ...], ...]: ...

    def _seen(self, points: Points, found: Clustering) -> tuple[str | None, ...]: ...

    def insight_vocabulary(self) -> tuple[str, ...]: ...

    def clusters(self, selection: Selection, k: int | None = None) -> InsightRun[Clustering]: ...


class LibraryClusters:
    """Names are kept by a group's content: the same segments together have the same name, also tomorrow."""

    _parts: Parts

    def cluster_names(self: _Grouping, selection: Selection, k: int | None = None) -> tuple[ClusterName, ...]:
        """Return what each group may be called. Raises: NotFound until the groups have been found;
        EngineError where the vocabulary is on and its words cannot be embedded."""
        points, found = self._grouped(selection, k)
        chosen = self._chosen(selection)
        videos = self._parts.catalog.videos()
        written = hash(tuple((v.id, v.title, v.tags, v.has_subtitles) for v in videos))
        asked = (chosen.key, k, written)
        words = self._parts.remembered.once(("words", *asked), lambda: self._words(points, found))
        keys = self._parts.remembered.once(("keys", *asked), lambda: content_keys(points, found))
        seen: tuple[str | None, ...] = (None,) * len(keys)
        if self.insight_vocabulary_on:
            vocabulary = self.insight_vocabulary()
            seen = self._parts.remembered.once(
                ("seen", *asked, vocabulary), lambda: self._seen(points, found)
            )
        given = self._parts.catalog.preferences([_NAME + key for key in keys])
        return tuple(
            ClusterName(given.get(_NAME + key), some, word)
            for key, some, word in zip(keys, words, seen, strict=True)
        )

    def name_cluster(
        self: _Grouping, selection: Selection, k: int | None, number: int, name: str | None
    ) -> None:
        """Give a group a name; None or nothing takes it away. Raises: NotFound."""
        points, found = self._grouped(selection, k)
        _check_number(found, number)
        given = clean_text(name or "", LONGEST_NAME) or None
        self._parts.catalog.prefer(_NAME + content_keys(points, found)[number], given)

    def categorize_cluster(
        self: _Grouping, selection: Selection, k: int | None, number: int, category: str
    ) -> list[Video]:
        """Give the category to the videos of which at least half of the rows are in the group; return them.

        Raises: NotFound; InputRefused for an empty name, and where no video is mostly in the group.
        """
        points, found = self._grouped(selection, k)
        _check_number(found, number)
        name = clean_text(category, LONGEST_NAME)
        if not name:
            raise InputRefused("This category has no name yet. Write one, then save it.")
        many = len(points.video_ids)
        inside = np.bincount(points.video_of[found.labels == number], minlength=many)
        mostly = np.flatnonzero((inside > 0) & (2 * inside >= np.bincount(points.video_of, minlength=many)))
        if not len(mostly):
            raise InputRefused(
                "No video is mostly in this group, and a category belongs to whole videos. "
                "Save the group as a search instead."
            )
        changed = VideoChanges(category=name)
        return [edit_video(self._parts, points.video_ids[place], changed) for place in mostly]

    # -- the vocabulary --

    @property
    def insight_vocabulary_offered(self) -> bool:
        """Whether the searched engine understands any words: only then a vocabulary can name what is seen."""
        return not self._parts.spaces.engine().vocabulary()

    @property
    def insight_vocabulary_on(self) -> bool:
        """Whether somebody switched the vocabulary on; its words are embedded then, each once."""
        return self.insight_vocabulary_offered and bool(self._parts.catalog.preferences([_ON]))

    def use_insight_vocabulary(self, on: bool) -> None:
        """Switch the naming by vocabulary on or off."""
        self._parts.catalog.prefer(_ON, "1" if on else None)

    def insight_vocabulary(self) -> tuple[str, ...]:
        """Return the words that groups may be named by."""
        kept = self._parts.catalog.preferences([_VOCABULARY]).get(_VOCABULARY)
        return DEFAULT_VOCABULARY if kept is None else tuple(json.loads(kept))

    def set_insight_vocabulary(self, words: Sequence[str]) -> None:
        """Keep other words; none brings back the first ones. Raises: InputRefused for too many."""
        told = words_of("\n".join(words))
        if len(told) > MOST_WORDS:
            raise InputRefused(f"A vocabulary has at most {MOST_WORDS} words. Take some out.")
        self._parts.catalog.prefer(_VOCABULARY, json.dumps(told) if told else None)

    # -- parts --

    def _grouped(self: _Grouping, selection: Selection, k: int | None) -> tuple[Points, Clustering]:
        found = self.clusters(selection, k).result
        points = self._parts.insights.points(self._chosen(selection))
        if found is None or points is None:
            raise NotFound(_NOT_GROUPED)
        return points, found

    def _words(self, points: Points, found: Clustering) -> tuple[tuple[str, ...], ...]:
        videos = {video.id: video for video in self._parts.catalog.videos()}
        texts = texts_of(points, videos, self._cues)
        return tuple(one.words for one in label_clusters(found.labels, texts, len(found.clusters)))

    def _cues(self, video_id: str) -> Sequence[Cue]:
        file = self._parts.layout.subtitles(video_id)
        return read_subtitles(file) if file.is_file() else ()

    def _seen(self: _Grouping, points: Points, found: Clustering) -> tuple[str | None, ...]:
        words = self.insight_vocabulary()
        vectors = self._parts.spaces.searcher().word_vectors(words, points.modality)
        known = [word for word, vector in zip(words, vectors, strict=True) if vector is not None]
        told = [vector for vector in vectors if vector is not None]
        if not told or not len(points):
            return (None,) * len(found.clusters)
        mean = np.asarray(points.vectors.mean(axis=0, dtype=np.float64))
        named = zero_shot(centroids(points, found), known, np.stack(told), mean)
        return tuple(one.word for one in named)


def _check_number(found: Clustering, number: int) -> None:
    if not 0 <= number < len(found.clusters):
        raise NotFound("There is no such group any more. Load the page again.")
