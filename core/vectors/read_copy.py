"""Vectors of one space in memory, as they were in Milvus at one version of it.

Rows are only ever added: a video that is written again gets a new place, and its old rows are passed over.
So a view of the copy stays right while the next one is being made, and costs no second set of vectors.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from core.model import Modality, Vector
from core.vectors.contents import VideoContents
from core.vectors.fields import Conditions, StoredFields
from core.vectors.port import ScoredRow
from core.vectors.ranking import NOISE
from core.vectors.schema import row_of

_SPARE: Final = 1.1
_FEW: Final = 0.25
"""Rows up to this share are taken out of the matrix; more of them are passed over in it."""


class Shelf:
    """The clip rows of one modality: row i has the i-th key, vector and place of its video."""

    def __init__(self, dimension: int, rows: int) -> None:
        """``rows`` are expected; more will find room too."""
        self.used = 0
        self.keys: list[str] = []
        self.place_of: dict[str, int] = {}
        """The newest row of each key."""
        self.vectors = np.empty((int(rows * _SPARE), dimension), dtype=np.float32)
        self.videos = np.empty(len(self.vectors), dtype=np.int32)

    def add(self, video: int, keys: Sequence[str], vectors: NDArray[np.float32]) -> None:
        """Append the rows of the video at a place."""
        end = self.used + len(keys)
        if end > len(self.vectors):
            room = int(end * _SPARE)
            # Copies, not `resize`: older views go on reading what they have.
            self.vectors = np.concatenate([self.vectors[: self.used], self._more(room - self.used)])
            self.videos = np.concatenate([self.videos[: self.used], np.empty(room - self.used, np.int32)])
        self.vectors[self.used : end] = vectors
        self.videos[self.used : end] = video
        self.place_of.update(zip(keys, range(self.used, end), strict=True))
        self.keys.extend(keys)
        self.used = end

    def _more(self, rows: int) -> NDArray[np.float32]:
        return np.empty((rows, self.vectors.shape[1]), dtype=np.float32)


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """What a view sees of a shelf."""

    vectors: NDArray[np.float32]
    videos: NDArray[np.int32]
    keys: Sequence[str]
    """May go on beyond the view's rows."""
    place_of: Mapping[str, int]
    """May name rows beyond the view's."""


@dataclass(frozen=True, slots=True, eq=False)
class View:
    """The copy at one version of the space."""

    version: int
    parts: Mapping[Modality, Part]
    fields: Sequence[StoredFields]
    """By the place of a video; may go on beyond ``current``."""
    current: NDArray[np.bool_]
    """Whether the video at a place is there, and has not been written again at another place."""

    def search(
        self, modality: Modality, vectors: NDArray[np.float32], limit: int, wanted: Conditions
    ) -> list[list[ScoredRow]]:
        """Return the nearest rows to each unit vector, as `VectorReader.search` does."""
        part = self.parts.get(modality)
        nothing: list[list[ScoredRow]] = [[] for _ in vectors]
        if part is None or limit < 1:
            return nothing
        rows = self._admitted(part, wanted)
        count = len(part.videos) if rows is None else len(rows)
        if not count:
            return nothing
        cosines, places = _cosines(part.vectors, vectors, rows)
        return [_nearest(part.keys, line, places, limit) for line in cosines]

    def fetch(self, keys: Iterable[str]) -> dict[str, Vector]:
        """Return the vectors of those clip rows among the keys that there are."""
        found: dict[str, Vector] = {}
        for key in keys:
            for part in self.parts.values():
                place = part.place_of.get(key, len(part.videos))
                if place < len(part.videos) and self.current[part.videos[place]]:
                    found[key] = part.vectors[place].copy()
        return found

    def count(self, modality: Modality) -> int:
        part = self.parts.get(modality)
        return 0 if part is None else int(self.current[part.videos].sum())

    def _admitted(self, part: Part, wanted: Conditions) -> NDArray[np.int64] | None:
        """Return the rows that may be found; None for all."""
        videos = self.current
        if wanted != Conditions():
            admitted = (
                there and wanted.admit(fields) for there, fields in zip(videos, self.fields, strict=False)
            )
            videos = np.fromiter(admitted, np.bool_, len(videos))
        return None if videos.all() else np.flatnonzero(videos[part.videos])


class ReadCopy:
    """The rows of a space, added to by one thread; whoever searches asks a `View`."""

    def __init__(self, dimension: int, rows: Mapping[Modality, int]) -> None:
        """``rows`` says how many are expected."""
        self._dimension = dimension
        self._shelves = {modality: Shelf(dimension, count) for modality, count in rows.items()}
        self._fields: list[StoredFields] = []
        self._places: dict[str, int] = {}
        self._dead = 0
        self.versions: dict[str, int] = {}
        """Of the videos' rows, as they were when they were read."""

    def put(self, contents: VideoContents, version: int) -> None:
        """Make this all that there is of a video."""
        self.remove(contents.fields.video_id)
        place = len(self._fields)
        self._fields.append(contents.fields)
        for modality, (keys, vectors) in contents.clips.items():
            shelf = self._shelves.setdefault(modality, Shelf(self._dimension, 0))
            shelf.add(place, keys, vectors)
        self._places[contents.fields.video_id] = place
        self.versions[contents.fields.video_id] = version

    def remove(self, video_id: str) -> None:
        """Pass over the rows of a video from now on."""
        self.versions.pop(video_id, None)
        place = self._places.pop(video_id, None)
        if place is not None:
            self._dead += sum(
                int((shelf.videos[: shelf.used] == place).sum()) for shelf in self._shelves.values()
            )

    @property
    def wasted(self) -> float:
        """The share of rows that are passed over."""
        return self._dead / max(1, sum(shelf.used for shelf in self._shelves.values()))

    def view(self, version: int) -> View:
        """Return the copy as it is now, which is the space at this version."""
        current = np.zeros(len(self._fields), dtype=np.bool_)
        current[list(self._places.values())] = True
        parts = {
            modality: Part(
                shelf.vectors[: shelf.used], shelf.videos[: shelf.used], shelf.keys, shelf.place_of
            )
            for modality, shelf in self._shelves.items()
        }
        return View(version, parts, self._fields, current)


def _cosines(
    matrix: NDArray[np.float32], vectors: NDArray[np.float32], rows: NDArray[np.int64] | None
) -> tuple[NDArray[np.float32], NDArray[np.int64] | None]:
    """Return cosines (vectors, rows), and which row each column is; None where they are in order."""
    if rows is None:
        return vectors @ matrix.T, None
    if len(rows) <= _FEW * len(matrix):
        return vectors @ matrix[rows].T, rows
    return (vectors @ matrix.T)[:, rows], rows


def _nearest(
    keys: Sequence[str], cosines: NDArray[np.float32], places: NDArray[np.int64] | None, limit: int
) -> list[ScoredRow]:
    """Return what `ranked` makes of all rows of one line, looking only at those that may be in it.

    A word that few videos know leaves thousands of rows with the very same cosine.
    """
    start = max(0, len(cosines) - limit)
    last = min(float(np.partition(cosines, start)[start]), 1.0)
    # Twice the noise, because the comparison is one of float32.
    near = np.flatnonzero(cosines >= last - 2 * NOISE)
    near = near[np.argsort(-cosines[near], kind="stable")]
    values = np.clip(cosines[near].astype(np.float64), -1.0, 1.0)
    rows = (near if places is None else places[near]).tolist()
    falling = (-values).tolist()
    found: list[ScoredRow] = []
    begin = 0
    while begin < len(rows) and len(found) < limit:
        best, end = -falling[begin], begin + 1
        if end == len(rows) or falling[end] > NOISE - best:  # As nearly always: nothing is equal.
            found.append(ScoredRow(row_of(keys[rows[begin]]), best))
        else:
            end = bisect_right(falling, NOISE - best, end)
            equal = sorted(keys[row] for row in rows[begin:end])[: limit - len(found)]
            found += [ScoredRow(row_of(key), best) for key in equal]
        begin = end
    return found
