"""From a folder to checked vectors and their truth."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from benchmarks.quality.errors import BadSet
from benchmarks.quality.fields import ItemFields, read_fields
from benchmarks.quality.relevance import Relevant, read_pairs, read_relevant

Vectors = NDArray[np.float32]
_AT_ONCE: Final = 65_536
_MOST_DIMENSIONS: Final = 32_768


@dataclass(frozen=True, slots=True)
class Pair:
    """A blended query: a text, a clip, and what answers both (None where it is not said)."""

    text: int
    clip: int
    relevant: frozenset[int] | None


@dataclass(frozen=True, slots=True, eq=False)
class Given:
    """A set as it was given; all vectors are of unit length."""

    items: Vectors
    queries: Vectors
    clips: Vectors | None
    relevant: Sequence[Relevant]
    relevant_clips: Sequence[Relevant] | None
    pairs: Sequence[Pair]
    fields: ItemFields
    notes: tuple[str, ...]

    @property
    def examples(self) -> Vectors:
        """Return what stands for clips: those given, or the items themselves."""
        return self.items if self.clips is None else self.clips


def load(folder: Path) -> Given:
    """Return the set in a folder. Raises: BadSet."""
    if not folder.is_dir():
        raise BadSet(f"There is no folder {folder}.")
    items, queries = _vectors(folder / "items.npy"), _vectors(folder / "queries.npy")
    clips = _vectors(folder / "clips.npy") if (folder / "clips.npy").exists() else None
    for name, some in (("queries.npy", queries), ("clips.npy", clips)):
        if some is not None and some.shape[1] != items.shape[1]:
            raise BadSet(
                f"{name} has {some.shape[1]} dimensions and items.npy {items.shape[1]}; "
                "they have to be of one space."
            )
    truth = _truth(folder / "truth.json")
    if truth.get("relevant") is None:
        raise BadSet('truth.json has no "relevant", a list of item indices per query.')
    fields, notes = read_fields(truth, len(items))
    relevant_clips = None
    if truth.get("relevant_clips") is not None:
        if clips is None:
            raise BadSet('truth.json has "relevant_clips", but there is no clips.npy.')
        relevant_clips = read_relevant(truth["relevant_clips"], "relevant_clips", len(clips), len(items))
    pairs: list[Pair] = []
    if truth.get("pairs"):
        if clips is None:
            raise BadSet('truth.json has "pairs", but there is no clips.npy.')
        read = read_pairs(truth["pairs"], len(queries), len(clips), len(items))
        pairs = [Pair(text, clip, found) for text, clip, found in read]
    return Given(
        items=items,
        queries=queries,
        clips=clips,
        relevant=read_relevant(truth["relevant"], "relevant", len(queries), len(items)),
        relevant_clips=relevant_clips,
        pairs=pairs,
        fields=fields,
        notes=notes,
    )


def _truth(file: Path) -> dict[str, Any]:
    try:
        found = json.loads(file.read_text(encoding="utf-8-sig"))
    except FileNotFoundError as exc:
        raise BadSet(f"There is no {file.name} in {file.parent}.") from exc
    except (OSError, ValueError) as exc:
        raise BadSet(f"{file.name} cannot be read as JSON: {exc}.") from exc
    if not isinstance(found, dict):
        raise BadSet(f'{file.name} has to be one JSON object with at least "relevant".')
    return found


def _vectors(file: Path) -> Vectors:
    """Return the rows of a file at unit length, in float32."""
    try:
        found = np.load(file, allow_pickle=False, mmap_mode="r")
    except FileNotFoundError as exc:
        raise BadSet(f"There is no {file.name} in {file.parent}.") from exc
    except (OSError, ValueError, EOFError) as exc:
        raise BadSet(f"{file.name} is no array of numbers that numpy can load ({exc}).") from exc
    if not isinstance(found, np.ndarray) or found.dtype.kind not in "fiu":
        raise BadSet(f"{file.name} has to hold one array of numbers.")
    if found.ndim != 2:
        raise BadSet(f"{file.name} has the shape {found.shape}; it has to be (count, dimensions).")
    if not len(found):
        raise BadSet(f"{file.name} holds no vectors.")
    if not 2 <= found.shape[1] <= _MOST_DIMENSIONS:
        raise BadSet(f"{file.name} has {found.shape[1]} dimensions; 2 to {_MOST_DIMENSIONS} can be searched.")
    units = np.empty(found.shape, np.float32)
    for start in range(0, len(found), _AT_ONCE):
        some = np.asarray(found[start : start + _AT_ONCE], np.float64)
        unusable = ~np.isfinite(some).all(axis=1)
        if unusable.any():
            raise BadSet(f"Vector {start + int(unusable.argmax())} of {file.name} is not finite.")
        # By its largest number first: squares of very large or small ones are out of range.
        largest = np.abs(some).max(axis=1, keepdims=True)
        if not largest.all():
            raise BadSet(f"Vector {start + int((largest == 0).argmax())} of {file.name} is zero.")
        some = some / largest
        units[start : start + _AT_ONCE] = some / np.linalg.norm(some, axis=1, keepdims=True)
    return units
