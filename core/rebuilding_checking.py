"""Comparing an index with the archive that it was made from: its rows, and what searches find.

The archive is read once more, video by video, and every cosine of the sample is worked out here; nothing
is taken from the index but what it answers.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from core.catalog.spaces import IndexedIn
from core.errors import ArchiveDamaged, NotFound, StoreError
from core.model import Modality, Space
from core.parts import Parts
from core.vectors.port import ScoredRow, key_of, video_of

log = logging.getLogger(__name__)

SAMPLE: Final = 16
"""Videos whose rows are searched for, of each modality."""
COUNTED: Final = 4
"""Videos whose rows the index counts one by one, which is slow; of the others its ledger is asked."""
LIMIT: Final = 10
_SPARE: Final = 64
"""Known beyond the limit, for rows that were indexed meanwhile take places in the index's answers."""
_SAME: Final = 1e-5
"""Cosines nearer than that are equal: both sides are sums of float32."""
_LEAST_FOUND: Final = 0.99
"""Share of the best rows that must be found; only an approximate index on a server may miss any."""

_TOLD: Final = ("scope", "modality", "start_s", "end_s")
"""Columns of the archive that make a key."""

_Best = dict[str, float]
"""Cosines by key of the rows nearest to one query."""


@dataclass(slots=True)
class _Rows:
    """The rows of one video as the archive has them."""

    keys: list[str]
    clips: dict[Modality, list[int]]
    """Places of the clip rows among them."""
    vectors: NDArray[np.float64]
    """Unit vectors, (n, dimension)."""


@dataclass(slots=True)
class _Sample:
    """Queries of one modality and the best rows for each."""

    queries: NDArray[np.float64]
    best: list[_Best]
    floors: list[float]
    """By query a cosine that so many rows reach that nothing below it counts."""

    def see(self, rows: _Rows, places: Sequence[int]) -> None:
        """Take a video's clip rows into account."""
        cosines = self.queries @ rows.vectors[list(places)].T
        for number, (best, line) in enumerate(zip(self.best, cosines, strict=True)):
            for column in np.flatnonzero(line > self.floors[number]).tolist():
                best[rows.keys[places[column]]] = float(line[column])
            if len(best) > 2 * (LIMIT + _SPARE):
                self.floors[number] = _trim(best)


def check_space(parts: Parts, space: Space, entries: Sequence[IndexedIn]) -> int:
    """Compare a space with the archive; return how many searches were compared.

    Videos that are indexed or deleted meanwhile are left out. Raises: StoreError that says what differs.
    """
    samples = _samples(parts, space, entries[:: max(1, len(entries) // SAMPLE)][:SAMPLE])
    expected: dict[str, int] = {}
    differing: list[str] = []
    for entry in entries:
        rows = _rows_of(parts, space, entry)
        if rows is None:
            continue
        expected[entry.video_id] = len(rows.keys)
        if {row.key for row in parts.index.rows(space, entry.video_id)} != set(rows.keys):
            differing.append(entry.video_id)
        for modality, places in rows.clips.items():
            if modality in samples:
                samples[modality].see(rows, places)
    differing += _miscounted(parts, space, expected, differing)
    stable = _stable(parts, space, entries)
    differing = [video_id for video_id in differing if video_id in stable]
    if differing:
        log.error("index.rebuild_differs space=%s videos=%s", space.key, ",".join(differing[:50]))
        raise _differs(
            f"{len(differing)} of {len(expected)} videos do not have the rows that the archive has"
        )
    if len(stable) == len(entries):
        _compare_totals(parts, space, sum(expected.values()))
    return sum(_compare(parts, space, modality, sample, stable) for modality, sample in samples.items())


def archived_keys(parts: Parts, space: Space, entry: IndexedIn) -> set[str]:
    """Return the keys of a video's rows by the archive, without reading vectors; empty where it has none."""
    try:
        _, table = parts.archive.read_table(entry.video_id, space, entry.recipe, _TOLD)
    except (ArchiveDamaged, NotFound):
        return set()
    return set(_keys(entry.video_id, *(table.column(name).to_pylist() for name in _TOLD)))


# -- the archive's side ------------------------------------------------------------------------------


def _rows_of(parts: Parts, space: Space, entry: IndexedIn) -> _Rows | None:
    try:
        _, table = parts.archive.read_table(entry.video_id, space, entry.recipe)
    except (ArchiveDamaged, NotFound):
        return None
    told = [table.column(name).to_pylist() for name in _TOLD]
    # Of two embeddings of one segment the later one is kept.
    place_of = {key: place for place, key in enumerate(_keys(entry.video_id, *told))}
    vectors = table.column("vector").combine_chunks().flatten().to_numpy(zero_copy_only=False)
    vectors = vectors.reshape(-1, space.dimension)[list(place_of.values())].astype(np.float64)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    clips: dict[Modality, list[int]] = {}
    for number, place in enumerate(place_of.values()):
        if told[0][place] == "clip":
            clips.setdefault(told[1][place], []).append(number)
    return _Rows(list(place_of), clips, vectors)


def _keys(
    video_id: str,
    scopes: Iterable[str],
    modalities: Iterable[str],
    starts: Iterable[float],
    ends: Iterable[float],
) -> list[str]:
    return [
        key_of(video_id, scope, modality, round(start_s * 1000), round(end_s * 1000))
        for scope, modality, start_s, end_s in zip(scopes, modalities, starts, ends, strict=True)
    ]


def _samples(parts: Parts, space: Space, entries: Sequence[IndexedIn]) -> dict[Modality, _Sample]:
    """Return queries between two rows of each video, so that no row answers them with 1."""
    queries: dict[Modality, list[NDArray[np.float64]]] = {}
    for entry in entries:
        rows = _rows_of(parts, space, entry)
        if rows is None:
            continue
        for modality, places in rows.clips.items():
            mixed = rows.vectors[places[0]] + 0.8 * rows.vectors[places[len(places) // 2]]
            length = float(np.linalg.norm(mixed))
            if length > 0.1:
                queries.setdefault(modality, []).append(mixed / length)
    return {
        modality: _Sample(np.stack(some), [{} for _ in some], [-2.0] * len(some))
        for modality, some in queries.items()
    }


def _trim(best: _Best) -> float:
    """Leave the best rows alone, and return the cosine of the last of them."""
    nearest = sorted(best, key=best.__getitem__, reverse=True)
    for key in nearest[LIMIT + _SPARE :]:
        del best[key]
    return best[nearest[LIMIT + _SPARE - 1]]


# -- the index's side --------------------------------------------------------------------------------


def _miscounted(parts: Parts, space: Space, expected: Mapping[str, int], known: Iterable[str]) -> list[str]:
    """Return sampled videos of which the index itself counts another number of rows."""
    some = [*expected][:: max(1, len(expected) // COUNTED)][:COUNTED]
    return [one for one in some if one not in known and parts.index.count(space, one) != expected[one]]


def _stable(parts: Parts, space: Space, entries: Iterable[IndexedIn]) -> set[str]:
    """Return the videos of which the catalog still says the same."""
    now = {entry.video_id: entry for entry in parts.catalog.indexed_in(space.key)}
    return {entry.video_id for entry in entries if now.get(entry.video_id) == entry}


def _compare_totals(parts: Parts, space: Space, expected: int) -> None:
    there = parts.index.count(space)
    if there != expected and not parts.catalog.jobs(active_only=True):
        raise _differs(f"it has {there:,} rows where the archive has {expected:,}")


def _compare(parts: Parts, space: Space, modality: Modality, sample: _Sample, stable: set[str]) -> int:
    asked = LIMIT + _SPARE
    queries = sample.queries.astype(np.float32)
    answers = parts.index.search(space, modality, queries, limit=asked)
    wanted = found = 0
    for best, hits in zip(sample.best, answers, strict=True):
        ours = [hit for hit in hits if hit.row.video_id in stable][:LIMIT]
        # What is not among the best can at most be as near as the last of them.
        least = min(best.values(), default=-2.0)
        if any(abs(hit.cosine - best.get(hit.row.key, least)) > _SAME for hit in ours):
            raise _differs(f"a search of {modality} gives other scores than the archive's vectors")
        known = sorted((cosine for key, cosine in best.items() if video_of(key) in stable), reverse=True)
        wanted += min(LIMIT, len(known))
        found += _in_place(ours, known[:LIMIT])
    if found < wanted * _LEAST_FOUND:
        raise _differs(f"searches of {modality} find {found} of the {wanted} nearest rows")
    return len(answers)


def _in_place(hits: Sequence[ScoredRow], cosines: Sequence[float]) -> int:
    """Return how many hits are among the nearest; rows that are equally near may stand for each other."""
    return sum(hit.cosine >= cosines[-1] - _SAME for hit in hits) if cosines else 0


def _differs(what: str) -> StoreError:
    return StoreError(
        f"The index was written, but is not what the archive holds: {what}. Run `make rebuild` again; if it "
        "stays so, the log names the videos. The archive itself is not touched."
    )
