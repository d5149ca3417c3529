"""Answers of the insights on disk: whole or not there, and readable by this version alone.

An answer is a frozen dataclass: its arrays go into one .npz file, everything else into one line of JSON in
the same file. Nothing is pickled, so a file of an unknown origin can only be wrong.
"""

from __future__ import annotations

import json
import logging
import zipfile
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any, Final, TypeVar, get_type_hints

import numpy as np
from pydantic import TypeAdapter, ValidationError

from core.media.writing import written_whole
from core.model.insights import Points

log = logging.getLogger(__name__)

A = TypeVar("A")
_PLAIN: Final = "plain"
_VECTORS: Final = "vectors.npy"
_ROWS: Final = "rows.npz"


def write_answer(path: Path, answer: Any) -> None:
    """Write a dataclass of arrays and plain values. Raises: StorageFull."""
    arrays: dict[str, np.ndarray[Any, Any]] = {}
    plain: dict[str, Any] = {}
    for field in fields(answer):
        value = getattr(answer, field.name)
        if isinstance(value, np.ndarray):
            arrays[field.name] = value
        else:
            plain[field.name] = _adapter(type(answer), field.name).dump_python(value, mode="json")
    text = np.frombuffer(json.dumps(plain).encode(), np.uint8)
    with written_whole(path) as draft, draft.open("wb") as file:
        np.savez(file, **{_PLAIN: text}, **arrays)  # type: ignore[arg-type]  # numpy's stub knows one name less


def read_answer(path: Path, kind: type[A]) -> A | None:
    """Return what was written, None where there is nothing that can be read."""
    try:
        with np.load(path, allow_pickle=False) as file:
            plain = json.loads(file[_PLAIN].tobytes())
            values = {name: file[name] for name in file.files if name != _PLAIN}
        for name, value in plain.items():
            values[name] = _adapter(kind, name).validate_python(value)
        return kind(**values)
    except FileNotFoundError:
        return None
    except (OSError, ValueError, TypeError, KeyError, EOFError, zipfile.BadZipFile, ValidationError):
        log.warning("insights.unreadable file=%s", path.name, exc_info=True)
        return None


def _adapter(kind: type[Any], name: str) -> TypeAdapter[Any]:
    if not is_dataclass(kind):
        raise TypeError(f"not a dataclass: {kind}")
    return TypeAdapter(get_type_hints(kind)[name])


# -- points --------------------------------------------------------------------------------------


def write_points(folder: Path, points: Points) -> None:
    """Lay points out in a folder, so that `open_points` need not read the vectors. Raises: StorageFull."""
    with written_whole(folder / _VECTORS) as draft, draft.open("wb") as file:
        np.save(file, points.vectors)
    write_answer(folder / _ROWS, without_vectors(points))  # Last: whoever sees it may read the vectors.


def open_points(folder: Path) -> Points | None:
    """Return the points of a folder with their vectors mapped into memory; None where they are not whole."""
    bare = read_answer(folder / _ROWS, Points)
    if bare is None:
        return None
    try:
        vectors = np.load(folder / _VECTORS, mmap_mode="r", allow_pickle=False)
    except (OSError, ValueError):
        log.warning("insights.unreadable file=%s", _VECTORS, exc_info=True)
        return None
    if len(vectors) != len(bare):
        return None
    return with_vectors(bare, vectors)


def without_vectors(points: Points) -> Points:
    """Return the same rows with vectors of no dimension: for what only asks where they are."""
    return with_vectors(points, np.zeros((len(points), 0), np.float32))


def with_vectors(points: Points, vectors: np.ndarray[Any, np.dtype[np.float32]]) -> Points:
    """Return the same rows with these vectors."""
    return Points(
        points.space_key,
        points.modality,
        points.video_ids,
        points.video_of,
        points.start_s,
        points.end_s,
        vectors,
        points.total,
    )
