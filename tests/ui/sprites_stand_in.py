"""The stand-in's small pictures: sheets that are drawn from the real files when a page asks for them."""

from __future__ import annotations

import threading
from dataclasses import replace
from pathlib import Path

import av
from PIL import Image

from core.model import Sprites, Video

COLUMNS, ROWS, WIDTH, HEIGHT = 10, 10, 160, 90


class StandInSprites:
    """The part of the façade that is about sheets; ``sprites_made`` says whether there are any yet."""

    folder: Path
    generation: int
    _files: dict[str, Path]
    _videos: dict[str, Video]

    def reset_sprites(self) -> None:
        self.sprites_made = True

    def make_long(self, title: str, duration_s: float) -> None:
        """Have a video say that it is so long, which its file is not."""
        video = next(one for one in self._videos.values() if one.title == title)
        longer = replace(video, media=replace(video.media, duration_s=duration_s))
        self._videos[video.id] = longer

    def video(self, video_id: str) -> Video:
        raise NotImplementedError

    def sprites(self, video_id: str) -> Sprites | None:
        if not self.sprites_made:
            return None
        duration_ms = round(self.video(video_id).duration_s * 1000)
        step_ms = max(500, -(-duration_ms // 1200))
        return Sprites(step_ms / 1000, COLUMNS, ROWS, WIDTH, HEIGHT, len(range(0, duration_ms, step_ms)))

    def sprite_link(self, video_id: str, sheet: int) -> str:
        return f"/api/media/sprites-{video_id}-{sheet}"

    def sprite_sheet(self, video_id: str, number: int) -> Path:
        """Return the file of one sheet, drawn anew where it is not there."""
        layout = self.sprites(video_id)
        target = self.folder / "sheets" / f"{video_id}-{layout.count if layout else 0}-{number}.jpg"
        if layout is not None and not target.exists():
            target.parent.mkdir(exist_ok=True)
            first = number * layout.per_sheet
            tiles = range(first, min(layout.count, first + layout.per_sheet))
            draft = target.with_name(f"{threading.get_ident()}-{target.name}")
            _draw(self._files[video_id], [tile * layout.interval_s for tile in tiles]).save(draft)
            draft.replace(target)
        return target


def _draw(source: Path, times_s: list[float]) -> Image.Image:
    sheet = Image.new("RGB", (COLUMNS * WIDTH, ROWS * HEIGHT))
    with av.open(str(source)) as opened:
        stream = opened.streams.video[0]
        length_s = (opened.duration or 1) / av.time_base
        for number, told_s in enumerate(times_s):
            # A video may say that it is longer than its file: then the file begins anew.
            at_s = told_s % length_s
            opened.seek(int(at_s * av.time_base), backward=True)
            for frame in opened.decode(stream):
                if frame.time is None or frame.time + 0.02 >= at_s:
                    break
            row, column = divmod(number, COLUMNS)
            small = Image.fromarray(frame.reformat(WIDTH, HEIGHT, "rgb24").to_ndarray())
            sheet.paste(small, (column * WIDTH, row * HEIGHT))
    return sheet
