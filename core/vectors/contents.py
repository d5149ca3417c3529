"""All that the clip rows of a video hold, as it is read from Milvus for a copy."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from core.model import Filters, Modality
from core.vectors.expressions import TagStyle, tag_code
from core.vectors.fields import Conditions, StoredFields, conditions

CONTENT_FIELDS: Final = (
    "key",
    "video_id",
    "modality",
    "vector",
    "category",
    "tags",
    "duration_ms",
    "recorded_day",
    "indexed_at",
)


@dataclass(frozen=True, slots=True, eq=False)
class VideoContents:
    """The filter fields of a video, and keys and vectors of its clip rows by modality."""

    fields: StoredFields
    """Tags are in the form that the back end keeps; `kept_conditions` asks for them so."""
    clips: Mapping[Modality, tuple[list[str], NDArray[np.float32]]]
    """Keys, and the (n, dimension) vectors in the same order."""


def contents_of(records: Iterable[Mapping[str, Any]], tags: TagStyle) -> list[VideoContents]:
    """Return the contents of videos from records of their rows with `CONTENT_FIELDS`."""
    videos: dict[str, dict[Modality, list[Mapping[str, Any]]]] = {}
    for record in records:
        videos.setdefault(record["video_id"], {}).setdefault(record["modality"], []).append(record)
    return [
        VideoContents(
            _fields(next(iter(parts.values()))[0], tags),
            {
                modality: (
                    [row["key"] for row in rows],
                    np.asarray([row["vector"] for row in rows], dtype=np.float32),
                )
                for modality, rows in parts.items()
            },
        )
        for parts in videos.values()
    ]


def kept_conditions(filters: Filters | None, tags: TagStyle) -> Conditions:
    """Return filters in the form in which the back end keeps fields."""
    wanted = conditions(filters)
    if tags == "array":
        return wanted
    return replace(wanted, tags=tuple(tag_code(tag) for tag in wanted.tags))


def _fields(record: Mapping[str, Any], tags: TagStyle) -> StoredFields:
    kept = record["tags"]
    return StoredFields(
        video_id=record["video_id"],
        category=record["category"],
        tags=tuple(kept) if tags == "array" else tuple(kept.strip("|").split("|")),
        duration_ms=record["duration_ms"],
        recorded_day=record["recorded_day"],
        indexed_at=record["indexed_at"],
    )
