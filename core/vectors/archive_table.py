"""What is inside an archive file: a table of embeddings, and metadata that say what they are."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final, get_args

import numpy as np
import pyarrow as pa

from core.errors import ArchiveDamaged, SpaceMismatch, StoreError
from core.model import MODALITIES, Embedding, Scope, Segment, Space

VERSION: Final = 1
_KEY: Final = b"cuepoint"


@dataclass(frozen=True, slots=True)
class ArchiveEntry:
    """One archive file: whose embeddings it holds, and how they were made."""

    video_id: str
    space: Space
    recipe: str
    path: Path
    rows: int
    size_bytes: int


def to_table(entry: ArchiveEntry, embeddings: Sequence[Embedding], created_at: datetime) -> pa.Table:
    """Return embeddings as a table. Raises: SpaceMismatch, StoreError where a number is not finite."""
    space = entry.space
    if any(each.vector.shape != (space.dimension,) for each in embeddings):
        raise SpaceMismatch(
            f"A vector does not have the {space.dimension} dimensions of {space.model}. "
            "Index the video again."
        )
    vectors = np.asarray([each.vector for each in embeddings], dtype=np.float32)
    if not np.isfinite(vectors).all():
        raise StoreError("The engine gave a vector that is not finite. Index the video again.")
    about = {
        "version": VERSION,
        "video_id": entry.video_id,
        "engine": space.engine,
        "model": space.model,
        "dimension": space.dimension,
        "recipe": entry.recipe,
        "rows": entry.rows,
        "created_at": created_at.isoformat(timespec="seconds"),
    }
    return pa.table(
        {
            "start_s": pa.array([each.segment.start_s for each in embeddings], pa.float64()),
            "end_s": pa.array([each.segment.end_s for each in embeddings], pa.float64()),
            "modality": pa.array([each.modality for each in embeddings], pa.string()),
            "scope": pa.array([each.scope for each in embeddings], pa.string()),
            "vector": pa.FixedSizeListArray.from_arrays(pa.array(vectors.ravel()), space.dimension),
        }
    ).replace_schema_metadata({_KEY: json.dumps(about)})


def entry_of(path: Path, metadata: Mapping[bytes, bytes] | None, rows: int) -> ArchiveEntry:
    """Return what the metadata of a file say. Raises: ArchiveDamaged, KeyError, ValueError."""
    about: dict[str, Any] = json.loads((metadata or {})[_KEY])
    if about["version"] > VERSION:
        raise ArchiveDamaged("This archive was written by a newer Cuepoint. Update Cuepoint to read it.")
    if about["rows"] != rows:
        raise ArchiveDamaged("An archive file is incomplete. Index the video again.")
    return ArchiveEntry(
        video_id=str(about["video_id"]),
        space=Space(str(about["engine"]), str(about["model"]), int(about["dimension"])),
        recipe=str(about["recipe"]),
        path=path,
        rows=rows,
        size_bytes=path.stat().st_size,
    )


def to_embeddings(entry: ArchiveEntry, table: pa.Table) -> list[Embedding]:
    """Return the embeddings of a table. Raises: ValueError where one of them makes no sense."""
    column = table.column("vector").combine_chunks()
    vectors = column.flatten().to_numpy(zero_copy_only=False).astype(np.float32)
    vectors = vectors.reshape(entry.rows, entry.space.dimension)
    if not np.isfinite(vectors).all():
        raise ValueError("a vector is not finite")
    scopes = get_args(Scope)
    found = []
    for start_s, end_s, modality, scope, vector in zip(
        *(table.column(name).to_pylist() for name in ("start_s", "end_s", "modality", "scope")),
        vectors,
        strict=True,
    ):
        if modality not in MODALITIES or scope not in scopes:
            raise ValueError("a modality or scope is not known")
        found.append(Embedding(vector.copy(), Segment(start_s, end_s), modality, scope))
    return found
