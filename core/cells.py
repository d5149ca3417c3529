"""Cells of tables for spreadsheets, of which none can act as a formula."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from typing import Final

# A spreadsheet takes a cell that begins so for a formula. Full-width forms count too: some programs
# normalise them first.
_DANGEROUS: Final = tuple("=+-@\t\r\n＝＋－＠|")


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
