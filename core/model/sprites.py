"""Small pictures of a whole video, many to a sheet: what a filmstrip is cut from."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Sprites:
    """How the sheets of one video are laid out; tile n is the frame on screen at ``n * interval_s``.

    Tiles run from left to right, then down, then on to the next sheet. Every sheet has the same size;
    what the last one does not need is black.
    """

    interval_s: float
    columns: int
    rows: int
    width: int
    """Of one tile, in pixels; its shape is the video's as displayed."""
    height: int
    count: int
    """How many tiles there are."""

    @property
    def per_sheet(self) -> int:
        return self.columns * self.rows

    @property
    def sheets(self) -> int:
        return -(-self.count // self.per_sheet)

    def sheet_at(self, at_s: float) -> int:
        """Return the number of the sheet, from 0, that shows this time."""
        tile = min(self.count - 1, max(0, int(at_s / self.interval_s + 1e-6)))
        return tile // self.per_sheet
