"""Filters as Milvus expressions: the one place where an expression is put together.

Values are typed and stored forms (`core.vectors.fields`); text enters an expression only through
`quoted`. Neither `{` templates nor `%` exist in Milvus Lite, and none are needed.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from typing import Literal, TypeAlias

from core.model import Filters
from core.vectors.fields import Conditions, conditions

TagStyle: TypeAlias = Literal["array", "text"]
"""How a back end keeps tags.

``array``: ARRAY of VARCHAR, asked with array_contains_any. ``text``: one VARCHAR of codes such as
``|5d4…|9a1…|``, asked with LIKE. Milvus Lite 3.2.2 evaluates array functions row by row in Python over
whole rows, vectors included (5 s at 100,000 rows against 0.08 s for LIKE); Milvus 2.3 has no LIKE with
a leading wildcard. Both are exact.
"""


def search_expression(filters: Filters | None, tags: TagStyle) -> str:
    """Return the expression for rows that satisfy the filters; empty where all do."""
    return " and ".join(_parts(conditions(filters), tags))


def of_video(video_id: str) -> str:
    """Return the expression for all rows of one video."""
    return f"video_id == {quoted(video_id)}"


def of_videos(video_ids: Iterable[str]) -> str:
    """Return the expression for all rows of several videos."""
    return f"video_id in {_listed(video_ids)}"


def with_keys(keys: Iterable[str]) -> str:
    """Return the expression for rows by their keys; in Milvus Lite this exact form is the fast one."""
    return f"key in {_listed(keys)}"


def quoted(text: str) -> str:
    r"""Return a string literal. Milvus Lite knows the escapes \" \\ \n \r \t and no others.

    Stored forms hold no other control characters, so JSON writes nothing else.
    """
    return json.dumps(text, ensure_ascii=False)


def tag_code(tag: str) -> str:
    """Return a tag as it stands between bars in the ``text`` style: no wildcard can be in it."""
    return hashlib.sha256(tag.encode()).hexdigest()[:32]


def tags_as_text(tags: Iterable[str]) -> str:
    """Return tags in the ``text`` style; empty for none."""
    codes = [tag_code(tag) for tag in tags]
    return f"|{'|'.join(codes)}|" if codes else ""


def _parts(wanted: Conditions, tags: TagStyle) -> list[str]:
    parts = []
    if wanted.categories:
        parts.append(f"category in {_listed(wanted.categories)}")
    if wanted.tags:
        parts.append(_any_tag(wanted.tags, tags))
    if wanted.video_ids is not None:
        # No row has an empty id: a filter of nothing but impossible ids finds nothing.
        parts.append(f"video_id in {_listed(wanted.video_ids or ('',))}")
    for name in ("duration_ms", "recorded_day", "indexed_at"):
        bounds: tuple[int, int] | None = getattr(wanted, name)
        if bounds is not None:
            parts.append(f"{name} >= {bounds[0]} and {name} <= {bounds[1]}")
    return parts


def _any_tag(wanted: tuple[str, ...], style: TagStyle) -> str:
    if style == "array":
        return f"array_contains_any(tags, {_listed(wanted)})"
    return "(" + " or ".join(f'tags like "%|{tag_code(tag)}|%"' for tag in wanted) + ")"


def _listed(texts: Iterable[str]) -> str:
    return "[" + ", ".join(quoted(text) for text in texts) + "]"
