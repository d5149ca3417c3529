"""What was read from the index before and has not changed since: lists of hits, and vectors.

Moving a weight asks for another list of the same neighbourhood, the next page for the very same list, and
a penalty's border for one that only a filter's change left as it was. So whatever a search reads goes
through here. Lists belong to one version of the space, vectors to one version of their video's rows.
"""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Iterable, Sequence
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from core.model import Filters, Modality, Space, Vector
from core.vectors.port import Row, ScoredRow, Statistics, VectorReader, VideoRows, video_of

VECTORS: Final = 16_384
"""Kept at most: 32 MB at 512 dimensions. A search looks at some hundreds."""
HITS: Final = 65_536
"""Of all kept lists together, at most; about 25 MB."""

_Place: TypeAlias = tuple[str, Modality, int, bytes, Filters | None]
"""Space, modality, version of the space, digest of the vector, filters."""
_List: TypeAlias = tuple[int, list[ScoredRow]]
"""How many were asked for, and what there was."""


class Remembering:
    """A `VectorReader` that asks another one only for what it does not know."""

    def __init__(self, index: VectorReader, *, vectors: int = VECTORS, hits: int = HITS) -> None:
        self._index = index
        self._most_vectors, self._most_hits = vectors, hits
        self._guard = threading.Lock()
        self._vectors: OrderedDict[tuple[str, int, str], Vector] = OrderedDict()
        """By space, version of the video's rows and key."""
        self._lists: OrderedDict[_Place, _List] = OrderedDict()
        self._hits = 0

    # -- what is remembered --

    def search(
        self,
        space: Space,
        modality: Modality,
        vectors: NDArray[np.float32],
        *,
        limit: int,
        filters: Filters | None = None,
    ) -> list[list[ScoredRow]]:
        """As the port says; a list that was read before, as deep or to its end, is not read again."""
        # The version before the list: what changes meanwhile is kept under a version that nobody asks for.
        version = self._index.statistics(space, modality).version
        asked = None if filters is None or filters.empty else filters
        places = [
            (space.key, modality, version, hashlib.sha256(vector.tobytes()).digest(), asked)
            for vector in vectors
        ]
        with self._guard:
            known = {place: found for place in places if (found := self._known(place, limit)) is not None}
        unknown = {place: vector for place, vector in zip(places, vectors, strict=True) if place not in known}
        if unknown:
            new = self._index.search(
                space, modality, np.stack(list(unknown.values())), limit=limit, filters=asked
            )
            known.update(zip(unknown, new, strict=True))
            self._keep_lists(limit, dict(zip(unknown, new, strict=True)))
        return [known[place][:limit] for place in places]

    def fetch(self, space: Space, keys: Sequence[str]) -> dict[str, Vector]:
        """As the port says; vectors that were fetched before are not asked for again."""
        videos = self._index.rows_of(space, {video_of(key) for key in keys})
        names = {
            key: (space.key, videos[video_id].version, key)
            for key in keys
            if (video_id := video_of(key)) in videos
        }
        found: dict[str, Vector] = {}
        with self._guard:
            for key, name in names.items():
                vector = self._vectors.get(name)
                if vector is not None:
                    self._vectors.move_to_end(name)
                    found[key] = vector
        missing = [key for key in names if key not in found]
        if missing:
            new = self._index.fetch(space, missing)
            with self._guard:
                self._vectors.update((names[key], vector) for key, vector in new.items())
                while len(self._vectors) > self._most_vectors:
                    self._vectors.popitem(last=False)
            found |= new
        return found

    def _known(self, place: _Place, limit: int) -> list[ScoredRow] | None:
        asked, found = self._lists.get(place, (0, []))
        if asked < limit and not len(found) < asked:
            return None
        self._lists.move_to_end(place)
        return found

    def _keep_lists(self, limit: int, new: dict[_Place, list[ScoredRow]]) -> None:
        with self._guard:
            for place, found in new.items():
                self._hits += len(found) - len(self._lists.get(place, (0, []))[1])
                self._lists[place] = (limit, found)
                self._lists.move_to_end(place)
            while self._hits > self._most_hits:
                _, (_, gone) = self._lists.popitem(last=False)
                self._hits -= len(gone)

    # -- what is in memory anyway --

    def rows(self, space: Space, video_id: str, modality: Modality | None = None) -> list[Row]:
        return self._index.rows(space, video_id, modality)

    def rows_of(self, space: Space, video_ids: Iterable[str]) -> dict[str, VideoRows]:
        return self._index.rows_of(space, video_ids)

    def statistics(self, space: Space, modality: Modality) -> Statistics:
        return self._index.statistics(space, modality)
