"""The part of the façade that is about searching, and about the spaces that are searched."""

from __future__ import annotations

import numpy as np

from core.changing_space import drop_space, embed_missing, estimate_missing
from core.library_model import Estimate, SpaceState
from core.model import Batch, Modality, Query, Results, Segment
from core.parts import Parts


class LibrarySpaces:
    """Searches, and the way from one space to the next."""

    _parts: Parts

    # -- searching --

    def search(self, query: Query) -> Results:
        """Return one page of what answers a query, best first.

        ``query.offset`` and ``query.limit`` choose the page: of moments, or with ``by_video`` of videos.
        With ``fold`` what looks and sounds the same is under the best one's ``similar``. Pages one after
        the other are one list without repeats or gaps, which ends after 500 results.

        Raises: QueryRefused, EngineError, IndexUnavailable.
        """
        return self._parts.spaces.searcher().search(query)

    def relevance(self, query: Query, video_id: str) -> list[tuple[Segment, float]]:
        """Return the calibrated score of every segment of one video, in order of time."""
        return self._parts.spaces.searcher().relevance(query, video_id)

    def vocabulary(self) -> tuple[tuple[str, tuple[str, ...]], ...]:
        """Return the words that the searched engine understands as (group, words); empty: any words."""
        return self._parts.spaces.engine().vocabulary()

    def modalities(self) -> tuple[Modality, ...]:
        """Return what can be searched in: what the searched engine embeds."""
        return self._parts.spaces.engine().modalities

    @property
    def combines(self) -> bool:
        """Whether the searched engine makes one vector of words and samples (see `Query.together`)."""
        return self._parts.spaces.engine().combines

    def segments(self, video_id: str) -> list[Segment]:
        """Return the different segments of a video, as they are searched, in order of time."""
        rows = self._parts.index.rows(self._parts.spaces.searched(), video_id)
        return sorted({row.segment for row in rows if row.scope == "clip"})

    def warm_up(self) -> None:
        """Load what the first search would have to load, before somebody waits for it."""
        engine, index = self._parts.spaces.engine(), self._parts.index
        anything = np.eye(1, engine.space.dimension, dtype=np.float32)
        for modality in engine.modalities:
            index.statistics(engine.space, modality)
            index.search(engine.space, modality, anything, limit=1)

    # -- spaces --

    def spaces(self) -> list[SpaceState]:
        """Return the chosen space first, then all others that videos have rows in."""
        return self._parts.spaces.states()

    def estimate_missing(self) -> Estimate:
        """Return what embedding all indexed videos that the chosen space lacks would ask of its engine."""
        return estimate_missing(self._parts)

    def embed_missing(self, *, hold: bool = False) -> Batch:
        """Queue all indexed videos that the chosen space lacks, as one batch, and return it.

        A held one sends nothing to the engine until it is released. Raises: InputRefused where none lacks.
        """
        return embed_missing(self._parts, hold=hold)

    def drop_space(self, space_key: str) -> None:
        """Remove the rows of a space that is neither chosen nor searched; its archive stays.

        Raises: NotFound, InputRefused for a space that is in use, IndexUnavailable.
        """
        drop_space(self._parts, space_key)
