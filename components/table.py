"""Tables for spreadsheets, in which no cell can act as a formula."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from typing import Final

from components.formats import day
from core.model import Video

# A spreadsheet takes a cell that begins so for a formula. Full-width forms count too: some programs
# normalise them first.
_DANGEROUS: Final = tuple("=+-@\t\r\n＝＋－＠|")

HEADINGS: Final = (
    "title",
    "status",
    "duration_s",
    "width",
    "height",
    "frame_rate",
    "category",
    "tags",
    "recorded",
    "added",
    "segments",
    "id",
)


def neutral(cell: object) -> str:
    """Return a cell's text, with an apostrophe in front where a spreadsheet would calculate it.

    Numbers are left alone: a negative number is no formula.
    """
    if isinstance(cell, int | float) and not isinstance(cell, bool):
        return str(cell)
    text = "" if cell is None else str(cell)
    return (
        f"'{text}"
        if text.lstrip(" \u00a0\ufeff").startswith(_DANGEROUS) or text.startswith(_DANGEROUS)
        else text
    )


def csv_of(headings: Sequence[str], rows: Iterable[Sequence[object]]) -> bytes:
    """Return a CSV file as UTF-8 with a byte order mark, so that spreadsheets read it rightly."""
    written = io.StringIO()
    writer = csv.writer(written, lineterminator="\r\n")
    writer.writerow(headings)
    writer.writerows([neutral(cell) for cell in row] for row in rows)
    return written.getvalue().encode("utf-8-sig")


def videos_csv(videos: Iterable[Video]) -> bytes:
    """Return the list of videos as CSV."""
    return csv_of(
        HEADINGS,
        (
            (
                video.title,
                video.status,
                round(video.duration_s, 3),
                video.media.width,
                video.media.height,
                str(video.media.frame_rate),
                video.category,
                ", ".join(video.tags),
                day(video.recorded_at),
                day(video.added_at),
                video.segment_count,
                video.id,
            )
            for video in videos
        ),
    )
