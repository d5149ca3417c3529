"""The spaces of a library, and which of them is searched.

New videos go to the space that the settings choose. It is searched as soon as it has every video that
was ever indexed, but for those that its engine refuses for good. Until then searches stay with the space
that has most of them, among those whose engine can be opened. Each space has a searcher of its own, so
vectors of two spaces never meet.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Mapping
from dataclasses import replace

from core.catalog.catalog import Catalog
from core.embedding.port import Embedder
from core.embedding.query_cache import QueryCache
from core.engines import Engines
from core.errors import NotFound, StoreError
from core.library_model import SpaceState
from core.model import Space
from core.search.searcher import Searcher
from core.search.yardsticks import Kind
from core.vectors.port import VectorIndex

log = logging.getLogger(__name__)


class Spaces:
    """Answers which space is searched, at every search anew: that is one small look into the catalog."""

    def __init__(self, catalog: Catalog, index: VectorIndex, engines: Engines, cache: QueryCache) -> None:
        self._catalog = catalog
        self._index = index
        self._engines = engines
        self._cache = cache
        self._guard = threading.Lock()
        self._searchers: dict[Space, Searcher] = {}

    @property
    def chosen(self) -> Space:
        """Return the space that the settings choose: new videos go there."""
        return self._engines.chosen.space

    def searched(self) -> Space:
        """Return the space that searches go to now. Raises: CatalogUnavailable."""
        counts, indexed = self._catalog.space_counts()
        return self._searched(counts, indexed)

    def engine(self) -> Embedder:
        """Return the engine of the searched space."""
        return self._engines.of(self.searched())

    def searcher(self) -> Searcher:
        """Return the searcher of the searched space."""
        space = self.searched()
        with self._guard:
            if space not in self._searchers:
                engine = self._engines.of(space)

                def called(kind: Kind) -> None:
                    self._count(engine, kind)

                self._searchers[space] = Searcher(self._index, engine, self._cache, called=called)
            return self._searchers[space]

    def known(self) -> list[Space]:
        """Return the chosen space and all others that were ever used, the chosen one first."""
        return [self.chosen, *(space for space in self._catalog.known_spaces() if space != self.chosen)]

    def find(self, space_key: str) -> Space:
        """Return a known space by its key. Raises: NotFound."""
        for space in self.known():
            if space.key == space_key:
                return space
        raise NotFound("There is no such space any more. Load the page again.")

    def states(self) -> list[SpaceState]:
        """Return the standing of every space that has vectors, and of the chosen one, which comes first."""
        counts, indexed = self._catalog.space_counts()
        searched = self._searched(counts, indexed)
        return [
            self._state(space, counts.get(space.key, 0), indexed, searched)
            for space in self.known()
            if space == self.chosen or counts.get(space.key)
        ]

    # -- parts --

    def _searched(self, counts: Mapping[str, int], indexed: int) -> Space:
        here = counts.get(self.chosen.key, 0)
        if here >= indexed or max(counts.values(), default=0) < here:
            return self.chosen
        if here and here + self._catalog.refused_in(self.chosen.key) >= indexed:
            return self.chosen
        known = {space.key: space for space in self.known()}
        # Of two that have as many videos the one that was written to last: it was chosen before this one.
        fuller = sorted(
            (key for key in counts if counts[key] >= here and key in known and key != self.chosen.key),
            key=lambda key: -counts[key],
        )
        usable = (known[key] for key in fuller if self._engines.refusal(known[key]) is None)
        return next(usable, self.chosen)

    def _state(self, space: Space, videos: int, indexed: int, searched: Space) -> SpaceState:
        state = SpaceState(
            space=space,
            videos=videos,
            missing=max(0, indexed - videos),
            chosen=space == self.chosen,
            searched=space == searched,
            usable=True,
            message="",
        )
        return _described(state, self._problem(space))

    def _problem(self, space: Space) -> str | None:
        """Return why queries cannot be embedded for a space, None where they can.

        An engine that is only out of reach just now can be used: the next query may find it back.
        """
        refusal = self._engines.refusal(space)
        if refusal is not None:
            return refusal
        standing = self._engines.of(space).state()
        return standing.message if standing.needs_key and not standing.ready else None

    def _count(self, engine: Embedder, kind: Kind) -> None:
        if not engine.billable:
            return
        try:
            self._catalog.record_call(engine.space.key, kind)
        except StoreError:
            # The call was made and its vector is worth keeping, whether or not it could be counted.
            log.warning("call.not_counted space=%s kind=%s", engine.space.key, kind, exc_info=True)


def _described(state: SpaceState, problem: str | None) -> SpaceState:
    """Return a state with its sentence."""
    if problem is not None:
        return replace(state, usable=False, message=problem)
    if state.chosen and state.searched and state.missing:
        message = "New videos go here and searches too, although some videos are not in it."
    elif state.chosen and state.searched:
        message = "New videos go here, and searches too."
    elif state.chosen:
        message = "New videos go here. Searches follow as soon as every video is in it."
    elif state.searched:
        message = "Searches go here until the chosen space has every video."
    else:
        message = "Neither searched nor added to. Choose its engine in the settings to use it again."
    return replace(state, message=message)
