"""Fills a library with the demo clips."""

from __future__ import annotations

import logging
import secrets
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from core.catalog.catalog import Catalog
from core.demo.catalogue import DemoClip, demo_clips
from core.intake import Intake
from core.isolation import Bounds, run_isolated
from core.layout import Layout
from core.library_model import Added, Details
from core.media.incoming import Received, hash_file
from core.media.subtitles import write_vtt

log = logging.getLogger(__name__)

_AT_ONCE: Final = 2
_BOUNDS: Final = Bounds(timeout_s=600, idle_timeout_s=60)


@dataclass(frozen=True)
class DemoClips:
    """Draws the clips that the library does not have yet, two at a time, and takes them in."""

    catalog: Catalog
    intake: Intake
    layout: Layout
    batch_id: str | None = None
    """The batch that they belong to."""

    def add(self) -> list[Added]:
        """Return one outcome a clip, in their order. Raises: MediaError, StorageFull."""
        known = {video.source_url: video for video in self.catalog.videos()}
        with ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="cuepoint-demo") as threads:
            return list(
                threads.map(
                    lambda clip: (
                        Added(clip.title, known[_address(clip)], known=True)
                        if _address(clip) in known
                        else self._draw(clip)
                    ),
                    demo_clips(),
                )
            )

    def _draw(self, clip: DemoClip) -> Added:
        draft = self.layout.incoming / f"{secrets.token_hex(8)}.part"
        subtitles = draft.with_suffix(".vtt")
        try:
            run_isolated("demo.render", {"name": clip.name, "target": str(draft)}, bounds=_BOUNDS)
            write_vtt(clip.cues, subtitles)
            return self._take_in(clip, draft, subtitles)
        finally:
            draft.unlink(missing_ok=True)
            subtitles.unlink(missing_ok=True)

    def _take_in(self, clip: DemoClip, file: Path, subtitles: Path) -> Added:
        sha256, size_bytes = hash_file(file)
        details = Details(
            title=clip.title,
            category=clip.category,
            tags=clip.tags,
            recorded_at=clip.recorded_at,
            subtitles=subtitles,
            batch_id=self.batch_id,
        )
        added = self.intake.adopt(Received(file, sha256, size_bytes), f"{clip.title}.mp4", details)
        if added.video is not None:
            self.catalog.edit_video(added.video.id, source_url=_address(clip))
        log.info("demo.added clip=%s", clip.name)
        return added


def _address(clip: DemoClip) -> str:
    """Return what the catalog knows a drawn clip by, however this machine's encoder wrote it."""
    return f"cuepoint:demo/{clip.name}"
