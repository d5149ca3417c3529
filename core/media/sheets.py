"""Drawing the sheets of small pictures. Runs in the child process of `core.isolation`."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any, Final

from av.video.frame import VideoFrame
from PIL import Image

from core.media.decoding import OpenVideo
from core.media.failures import media_errors
from core.media.orientation import displayed_size, orientation_of
from core.media.redrawing import Look, Redrawing
from core.media.sparse import SparseReading
from core.media.writing import written_whole

_QUALITY: Final = 70


def sprites_request(request: dict[str, Any], report: Callable[[float], None]) -> tuple[int, int]:
    """Write the sheets that the request asks for; return width and height of one tile."""
    source, count = Path(request["source"]), int(request["count"])
    times_s = (number * request["interval_ms"] / 1000 for number in range(count))
    with media_errors(source), OpenVideo(source) as video:
        sheets = _Sheets(
            Path(request["folder"]),
            (request["columns"], request["rows"]),
            request["longer_side"],
            video.picture.sample_aspect_ratio,
        )
        reading = SparseReading(video, source)
        try:
            for done, frame in enumerate(reading.frames_at(times_s), start=1):
                sheets.add(frame)
                report(done / count)
        finally:
            reading.close()
        sheets.finish()
        return sheets.tile


class _Sheets:
    """Fills one sheet after the other, so that no more than one is in memory."""

    def __init__(
        self, folder: Path, grid: tuple[int, int], longer_side: int, aspect: Fraction | None
    ) -> None:
        self._folder, self._grid = folder, grid
        self._longer_side, self._aspect = longer_side, aspect
        self.tile = (0, 0)
        """Width and height, as the first frame is shown; a frame of another shape is stretched to it."""
        self._redrawing: Redrawing | None = None
        self._sheet: Image.Image | None = None
        self._added = 0

    def add(self, frame: VideoFrame) -> None:
        if self._redrawing is None:
            self.tile = self._tile_of(frame)
            self._redrawing = Redrawing(Look(*self.tile, "rgb24"), deinterlace=False)
        (columns, rows), (width, height) = self._grid, self.tile
        if self._sheet is None:
            self._sheet = Image.new("RGB", (columns * width, rows * height))
        *_, drawn = self._redrawing.redraw(frame, self._added)
        row, column = divmod(self._added % (columns * rows), columns)
        self._sheet.paste(Image.fromarray(drawn.to_ndarray()), (column * width, row * height))
        self._added += 1
        if self._added % (columns * rows) == 0:
            self.finish()

    def finish(self) -> None:
        """Write the sheet in hand, if there is one."""
        if self._sheet is None:
            return
        number = (self._added - 1) // (self._grid[0] * self._grid[1])
        with written_whole(self._folder / f"{number:03d}.jpg") as draft:
            self._sheet.save(draft, "JPEG", quality=_QUALITY)
        self._sheet = None

    def _tile_of(self, frame: VideoFrame) -> tuple[int, int]:
        width, height = displayed_size(frame, self._aspect, orientation_of(frame))
        scale = min(1.0, self._longer_side / max(width, height))
        return max(1, round(width * scale)), max(1, round(height * scale))
