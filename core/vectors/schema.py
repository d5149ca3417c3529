"""The collections of a space: their names, fields and records.

``cuepoint_<space>`` has a record for every row. ``cuepoint_<space>_sums`` has, per video and modality,
how many rows there are and the sum of the clips' vectors, so that the exact mean over the collection
costs one small read instead of all vectors (`core.vectors.ledger`), and the times of all rows.

The clip rows of each modality are a partition of their own: Milvus Lite spends time on every row of what
it is told to look through, and a named partition is the only thing that lets it leave rows out (searches
of 50,000 of 100,000 rows: 47 ms by partition, 95 to 150 ms by a filter). Rows of whole videos, which are
never searched, are in the default partition.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Final

import numpy as np

from core.model import MODALITIES, Modality, Segment, Space
from core.vectors.expressions import TagStyle, tags_as_text
from core.vectors.fields import MAX_TAGS, TEXT_BYTES, StoredFields
from core.vectors.port import Row
from core.vectors.rows import StoredRow

PREFIX: Final = "cuepoint_"
SUMS: Final = "_sums"
"""No space's key ends so: keys end with the dimension."""

METRIC: Final = "COSINE"
ROW_FIELDS: Final = ("key", "video_id", "modality", "scope", "start_ms", "end_ms")
"""What `to_row` reads. Always asked for by name: asked for nothing, Lite sends everything, vectors too."""

PARTITIONS: Final = tuple(f"clip_{modality}" for modality in MODALITIES)
_ELSE: Final = "_default"
"""The partition that every collection has."""

_KEY_BYTES: Final = 256
_TAG_TEXT_BYTES: Final = 34 * MAX_TAGS


def rows_name(space: Space) -> str:
    return PREFIX + space.key


def sums_name(space: Space) -> str:
    return PREFIX + space.key + SUMS


def partition_of(modality: Modality, scope: str = "clip") -> str:
    """Return the partition that holds such rows."""
    return f"clip_{modality}" if scope == "clip" else _ELSE


def row_fields(types: Any, space: Space, tags: TagStyle) -> list[tuple[str, Any, dict[str, Any]]]:
    """Return (name, type, options) of a row's fields; ``types`` is pymilvus' DataType."""
    text, number = types.VARCHAR, types.INT64
    if tags == "array":
        tag_field = (
            "tags",
            types.ARRAY,
            {"element_type": text, "max_length": TEXT_BYTES, "max_capacity": MAX_TAGS},
        )
    else:
        tag_field = ("tags", text, {"max_length": _TAG_TEXT_BYTES})
    return [
        ("key", text, {"is_primary": True, "max_length": _KEY_BYTES}),
        ("vector", types.FLOAT_VECTOR, {"dim": space.dimension}),
        ("video_id", text, {"max_length": 128}),
        ("modality", text, {"max_length": 32}),
        ("scope", text, {"max_length": 16}),
        ("start_ms", number, {}),
        ("end_ms", number, {}),
        ("duration_ms", number, {}),
        ("category", text, {"max_length": TEXT_BYTES}),
        tag_field,
        ("recorded_day", number, {}),
        ("indexed_at", number, {}),
    ]


def sum_fields(types: Any, space: Space) -> list[tuple[str, Any, dict[str, Any]]]:
    """Return (name, type, options) of the fields of a sum; ``types`` is pymilvus' DataType."""
    return [
        ("key", types.VARCHAR, {"is_primary": True, "max_length": _KEY_BYTES}),
        ("vector", types.FLOAT_VECTOR, {"dim": space.dimension}),
        ("video_id", types.VARCHAR, {"max_length": 128}),
        ("modality", types.VARCHAR, {"max_length": 32}),
        ("clips", types.INT64, {}),
        ("rows", types.INT64, {}),
        ("part", types.INT64, {}),
        ("segments", types.VARCHAR, {"max_length": 65_535}),
    ]


def to_record(stored: StoredRow, fields: StoredFields, tags: TagStyle) -> dict[str, Any]:
    """Return a row as Milvus keeps it."""
    row = stored.row
    return {
        "key": row.key,
        "vector": stored.vector,
        "video_id": row.video_id,
        "modality": row.modality,
        "scope": row.scope,
        "start_ms": row.segment.start_ms,
        "end_ms": row.segment.end_ms,
        "duration_ms": fields.duration_ms,
        "category": fields.category,
        "tags": list(fields.tags) if tags == "array" else tags_as_text(fields.tags),
        "recorded_day": fields.recorded_day,
        "indexed_at": fields.indexed_at,
    }


def to_row(record: Mapping[str, Any]) -> Row:
    """Return the row of a record that has `ROW_FIELDS`."""
    return Row(
        key=record["key"],
        video_id=record["video_id"],
        segment=Segment(record["start_ms"] / 1000, record["end_ms"] / 1000),
        modality=record["modality"],
        scope=record["scope"],
    )


@lru_cache(maxsize=32_768)  # The same rows are found again and again; about 10 MB.
def row_of(key: str) -> Row:
    """Return the row with this key."""
    video_id, scope, modality, start, end = key.rsplit(":", 4)
    # Keys are made by `row_key` alone, so these are a modality and a scope.
    return Row(key, video_id, Segment(int(start) / 1000, int(end) / 1000), modality, scope)  # type: ignore[arg-type]


def to_vector(record: Mapping[str, Any]) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    """Return a record's vector, bit for bit as it was stored."""
    return np.asarray(record["vector"], dtype=np.float32)
